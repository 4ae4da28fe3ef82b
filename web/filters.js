// What narrows a search down: only closer or cheaper, open now, maximum age, brand.

import { byId, h } from './dom.js';
import { span } from './format.js';
import { t, tCount } from './i18n.js';
import { DEFAULTS } from './state.js';

/** Ages offered; a link may hold any other that the API reads. */
const AGES = ['', '1d', '3d', '8d', '30d', 'all'];

const NAMES = ['pareto', 'open_now', 'max_age', 'brand'];

/** `change(patch)` hears what was chosen. */
export function createFilters(change) {
  const brands = new Set();
  const pareto = byId('pareto');
  const openNow = byId('open-now');
  const maxAge = byId('max-age');
  const brand = byId('brand');

  pareto.addEventListener('change', () => change({ pareto: pareto.checked }));
  openNow.addEventListener('change', () => change({ open_now: openNow.checked }));
  maxAge.addEventListener('change', () => change({ max_age: maxAge.value }));
  brand.addEventListener('change', () => change({ brand: brand.value.trim() }));
  brand.addEventListener('keydown', (event) => event.key === 'Enter' && change({ brand: brand.value.trim() }));
  const clear = () => change(Object.fromEntries(NAMES.map((name) => [name, DEFAULTS[name]])));

  byId('filters-clear').addEventListener('click', () => {
    clear();
    byId('filters').querySelector('summary').focus();
  });

  return {
    clear,
    show(state) {
      pareto.checked = state.pareto;
      openNow.checked = state.open_now;
      const ages = AGES.includes(state.max_age) ? AGES : [...AGES, state.max_age];
      maxAge.replaceChildren(...ages.map((age) => h('option', { value: age }, ageText(age))));
      maxAge.value = state.max_age;
      brand.value = state.brand;
      const set = NAMES.filter((name) => state[name] !== DEFAULTS[name]).length;
      byId('filters-count').textContent = tCount('filters_count', set);
      byId('filters-count').hidden = set === 0;
      byId('filters-clear').hidden = set === 0;
    },
    /** Brands that were seen are offered from then on. */
    offer(stations) {
      const before = brands.size;
      for (const station of stations) if (station.brand) brands.add(station.brand);
      if (brands.size === before) return;
      const sorted = [...brands].sort((a, b) => a.localeCompare(b));
      byId('brands').replaceChildren(...sorted.map((name) => h('option', { value: name })));
    },
  };
}

function ageText(age) {
  if (age === '') return t('max_age_usual');
  return age === 'all' ? t('max_age_all') : span(age);
}
