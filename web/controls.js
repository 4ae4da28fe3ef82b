// Fuel, radius and order: the controls above the map and the list.

import { byId, h } from './dom.js';
import { distance } from './format.js';
import { RANKS } from './state.js';

/** Stops of the radius slider, in km; a link may hold any other. */
const RADII = [0.5, 1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 100, 200, 500];

/** The next stop above this radius, if there is one. */
export function nextRadius(radius) {
  return RADII.find((stop) => stop >= radius * 1.9) ?? RADII.find((stop) => stop > radius);
}

/** `change(patch)` hears what was chosen, `preview(radius)` a slider that is still moving. */
export function createControls({ change, preview }) {
  const fuel = byId('fuel');
  const radius = byId('radius');
  radius.max = String(RADII.length - 1);

  fuel.addEventListener('change', () => change({ fuel: fuel.value }));
  radius.addEventListener('input', () => {
    writeRadius(RADII[radius.value]);
    preview(RADII[radius.value]);
  });
  radius.addEventListener('change', () => change({ radius: RADII[radius.value] }));
  for (const rank of RANKS) byId(`rank-${rank}`).addEventListener('change', () => change({ rank }));
  byId('search').addEventListener('submit', (event) => event.preventDefault());

  function writeRadius(km) {
    byId('radius-value').textContent = distance(km);
    radius.setAttribute('aria-valuetext', distance(km));
    radius.style.setProperty('--filled', `${(radius.value / radius.max) * 100}%`);
  }

  return {
    show(state) {
      fuel.value = state.fuel;
      radius.value = String(nearestStop(state.radius));
      writeRadius(state.radius);
      byId(`rank-${state.rank}`).checked = true;
      byId('trip').hidden = state.rank !== 'trip';
    },
  };
}

/** Fills a select with the fuels; those of the page and of the report form are the same. */
export function fillFuels(select, fuels) {
  select.replaceChildren(...fuels.all.map(({ slug }) => h('option', { value: slug }, fuels.name(slug))));
}

function nearestStop(km) {
  const away = RADII.map((stop) => Math.abs(Math.log(stop / km)));
  return away.indexOf(Math.min(...away));
}
