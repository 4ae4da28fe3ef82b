// Litres and consumption for the trip's cost, remembered on this device. Inside: l/100 km; in Portuguese people read km/l.

import { byId } from './dom.js';
import { language, t } from './i18n.js';
import { number } from './format.js';
import { recall, remember } from './memory.js';
import { parseNumber } from './parse.js';

const MEMORY = 'posto-trip';
const DEFAULTS = { litres: 40, consumption: 7 };
const LITRES = { least: 1, most: 1000 };
const CONSUMPTION = { least: 1, most: 100 };

/** Shows the two fields; `changed` is told after a good value. Returns the getter of the values. */
export function createTrip(changed) {
  const values = remembered();
  const litres = byId('litres');
  const consumption = byId('consumption');
  litres.value = number(values.litres);
  consumption.value = number(shown(values.consumption));

  litres.addEventListener('change', () => take(litres, 'litres', LITRES, (value) => value));
  consumption.addEventListener('change', () => take(consumption, 'consumption', CONSUMPTION, shown));

  function take(field, name, limits, convert) {
    const typed = parseNumber(field.value);
    const good = typed !== null && typed >= limits.least && typed <= limits.most;
    const problem = byId(`${name}-problem`);
    field.setAttribute('aria-invalid', String(!good));
    problem.textContent = good ? '' : t(`${name}_wrong`);
    if (!good) return;
    values[name] = Number(convert(typed).toFixed(3));
    remember(MEMORY, values);
    changed();
  }

  return () => ({ ...values });
}

/** km/l and l/100 km turn into each other by the same division. */
function shown(consumption) {
  return language === 'pt' ? 100 / consumption : consumption;
}

function remembered() {
  const kept = recall(MEMORY) ?? {};
  const good = (name, { least, most }) => (kept[name] >= least && kept[name] <= most ? kept[name] : DEFAULTS[name]);
  return { litres: good('litres', LITRES), consumption: good('consumption', CONSUMPTION) };
}
