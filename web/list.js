// The ranked list, and below it the older prices; each row unfolds to all prices of its station.

import { byId, h } from './dom.js';
import { t, tCount } from './i18n.js';
import { distance, number, priceElement, stationName } from './format.js';
import { details, facts, subtitle } from './station-parts.js';
import { isGrey, priceClass } from './tiers.js';

/** `options` is what `details` needs; `onMore` fetches the next page. */
export function showList({ stations, older }, { tierOf, hasMore, radius, onMore, ...options }) {
  byId('count').textContent = countText(stations.length + older.length, hasMore, radius);
  const rows = (some, name) => some.map((station, index) => row(station, `${name}-${index}`, tierOf, options));
  byId('list').replaceChildren(...rows(stations, 'row'));
  byId('older').replaceChildren(...rows(older, 'older'));
  byId('older-head').hidden = older.length === 0;
  byId('more').hidden = !hasMore;
  byId('more').onclick = onMore;
}

export function countText(count, hasMore, radius) {
  const within = { radius: distance(radius) };
  return hasMore ? t('stations_more', { count: number(count), ...within }) : tCount('stations', count, within);
}

function row(station, id, tierOf, options) {
  const below = subtitle(station);
  const head = h(
    'button',
    { type: 'button', class: 'row', 'aria-expanded': 'false', 'aria-controls': id, onclick: unfold },
    h('span', { class: `chip ${priceClass(station, tierOf)}` }, priceElement(station)),
    h('span', { class: 'row-text' }, h('span', { class: 'row-name' }, stationName(station), ' ', below && h('span', { class: 'row-brand' }, below)), rowFacts(station)),
    h('span', { class: 'row-mark', 'aria-hidden': 'true' }),
  );
  const body = h('div', { id, class: 'row-body', hidden: true });

  function unfold() {
    const opens = body.hidden;
    if (opens) body.replaceChildren(details(station, options));
    body.hidden = !opens;
    head.setAttribute('aria-expanded', String(opens));
  }

  return h('li', { class: isGrey(station) && 'is-stale', 'data-station': station.id }, head, body);
}

/** A button may hold only phrases, so the facts lose their list. */
function rowFacts(station) {
  const phrase = (fact) => h('span', { class: fact.className, title: fact.title || null }, ...fact.childNodes, ' ');
  return h('span', { class: 'facts' }, [...facts(station).children].map(phrase));
}
