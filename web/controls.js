// Fuel, radius and order: the controls above the map and the list. The rest of what can be chosen is in filters.js.

import { byId, h } from './dom.js';
import { distance } from './format.js';
import { RANKS } from './state.js';

/** The radii offered, in km; a link may hold any other. */
const RADII = [0.5, 1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 100, 200, 500];

/** The next stop above this radius, if there is one. */
export function nextRadius(radius) {
  return RADII.find((stop) => stop >= radius * 1.9) ?? RADII.find((stop) => stop > radius);
}

/** The stop that holds this radius, or the largest. */
export const roundRadius = (radius) => RADII.find((stop) => stop >= radius) ?? RADII.at(-1);

/** `change(patch)` hears what was chosen. */
export function createControls(change) {
  const fuel = byId('fuel');
  const radius = byId('radius');

  fuel.addEventListener('change', () => change({ fuel: fuel.value }));
  radius.addEventListener('change', () => change({ radius: Number(radius.value) }));
  for (const rank of RANKS) byId(`rank-${rank}`).addEventListener('change', () => change({ rank }));
  byId('search').addEventListener('submit', (event) => event.preventDefault());

  return {
    show(state) {
      fuel.value = state.fuel;
      const stops = RADII.includes(state.radius) ? RADII : [...RADII, state.radius].sort((a, b) => a - b);
      radius.replaceChildren(...stops.map((stop) => h('option', { value: stop }, distance(stop))));
      radius.value = String(state.radius);
      byId(`rank-${state.rank}`).checked = true;
      byId('trip').hidden = state.rank !== 'trip';
    },
  };
}

/** Fills a select with the fuels; those of the page and of the report form are the same. */
export function fillFuels(select, fuels) {
  select.replaceChildren(...fuels.all.map(({ slug }) => h('option', { value: slug }, fuels.name(slug))));
}
