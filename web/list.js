// The ranked list, and below it the older prices; each row leads to its station.

import { byId, h } from './dom.js';
import { t, tCount } from './i18n.js';
import { distance, number, priceElement, stationName } from './format.js';
import { facts, subtitle } from './station-parts.js';
import { isGrey, priceClass, repaint } from './tiers.js';

/** `onDetails(station)` hears a pressed row, `onMore` fetches the next page. */
export function showList({ stations, older }, { tierOf, hasMore, radius, onMore, onDetails }) {
  const focused = document.activeElement?.closest('li[data-station]')?.dataset.station;
  byId('count').textContent = countText(stations.length + older.length, hasMore, radius);
  byId('list').replaceChildren(...stations.map((station) => row(station, tierOf, onDetails)));
  byId('older').replaceChildren(...older.map((station) => row(station, tierOf, onDetails)));
  byId('older-head').hidden = older.length === 0;
  byId('more').hidden = !hasMore;
  byId('more').onclick = onMore;
  // A list that renews itself does not lose the reader's place.
  if (focused) byId('results').querySelector(`li[data-station="${CSS.escape(focused)}"] .row`)?.focus({ preventScroll: true });
}

/** Other colours, the rest as it is. */
export function repaintList(stations, tierOf) {
  const chips = new Map([...byId('results').querySelectorAll('li[data-station]')].map((item) => [item.dataset.station, item.querySelector('.chip')]));
  for (const station of stations) if (chips.has(station.id)) repaint(chips.get(station.id), station, tierOf);
}

export function countText(count, hasMore, radius) {
  const within = { radius: distance(radius) };
  return hasMore ? t('stations_more', { count: number(count), ...within }) : tCount('stations', count, within);
}

function row(station, tierOf, onDetails) {
  const below = subtitle(station);
  const button = h(
    'button',
    { type: 'button', class: 'row', onclick: () => onDetails(station) },
    h('span', { class: `chip ${priceClass(station, tierOf)}` }, priceElement(station)),
    h('span', { class: 'row-text' }, h('span', { class: 'row-name' }, stationName(station), ' ', below && h('span', { class: 'row-brand' }, below)), rowFacts(station)),
    h('span', { class: 'row-mark', 'aria-hidden': 'true' }),
  );
  return h('li', { class: isGrey(station) && 'is-stale', 'data-station': station.id }, button);
}

/** A button may hold only phrases, so the facts lose their list. */
function rowFacts(station) {
  const phrase = (fact) => h('span', { class: fact.className, title: fact.title || null }, ...fact.childNodes, ' ');
  return h('span', { class: 'facts' }, [...facts(station).children].map(phrase));
}
