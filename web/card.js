// The answer in one glance: the best station, or why there is none.

import { byId, h } from './dom.js';
import { t } from './i18n.js';
import { distance, money, number, priceElement, stationName, unitName } from './format.js';
import { saving } from './saving.js';
import { facts, navigateLink, subtitle, tripNote } from './station-parts.js';
import { isOld } from './tiers.js';
import { nextRadius } from './controls.js';

/** `onDetails(station)` opens all that is known of it. */
export function showCard(station, { search, fuels, onDetails }) {
  const isTrip = search.rank === 'trip';
  const below = subtitle(station);
  byId('card').replaceChildren(
    h(
      'article',
      { class: `card${isOld(station) ? ' is-stale' : ''}`, 'data-station': station.id },
      h('p', { class: 'card-head' }, h('span', { class: 'badge' }, t(isTrip ? 'best_trip' : 'cheapest')), h('span', {}, fuels.name(station.fuel))),
      h('p', { class: 'card-price' }, priceElement(station), h('span', { class: 'unit' }, `/${unitName(station.unit)}`)),
      h('h2', { class: 'card-name' }, stationName(station), below && h('span', { class: 'card-brand' }, below)),
      facts(station),
      isTrip && h('p', { class: 'card-note' }, tripNote(search)),
      h('p', { id: 'saving', class: 'card-saving', hidden: true }),
      h(
        'div',
        { class: 'card-actions' },
        navigateLink(station, search, 'button card-go'),
        h('button', { type: 'button', class: 'button card-more', onclick: () => onDetails(station) }, t('more_info')),
      ),
    ),
  );
}

/** What driving there saves, where that can be told. */
export function showSaving(station, statistics, trip) {
  const saved = saving(station, statistics, trip);
  byId('saving').hidden = saved === null;
  if (saved === null) return;
  const values = { money: money(Math.abs(saved), station.currency), litres: number(trip.litres) };
  byId('saving').textContent = t(saved > 0 ? 'saved' : 'saved_none', values);
}

/** Nothing in the circle: says so, and offers to look without the filters, or in the next larger one. */
export function showEmptyCard({ search, fuels, onWiden, onClear }) {
  const wider = nextRadius(search.radius);
  const isFiltered = search.pareto || search.open_now || search.brand !== '' || search.max_age !== '';
  byId('card').replaceChildren(
    message(
      t('empty_title', { radius: distance(search.radius) }),
      isFiltered ? t('empty_filtered') : t('empty_text', { fuel: fuels.inSentence(search.fuel) }),
      isFiltered && h('button', { type: 'button', class: 'button', onclick: onClear }, t('filters_clear')),
      wider && h('button', { type: 'button', class: 'button', onclick: () => onWiden(wider) }, t('widen', { radius: distance(wider) })),
    ),
  );
}

/** The server answered that it will not do this search: names the parameters it complained of. */
export function showRefusedCard(error) {
  const bad = (error.problem?.errors ?? []).map(({ parameter, allowed }) => (allowed ? `${parameter} (${allowed})` : parameter));
  byId('card').replaceChildren(
    bad.length > 0
      ? message(t('refused_title'), t('refused_text', { parameters: bad.join(', ') }))
      : message(t('failed_title'), t('failed_text', { id: error.problem?.request_id ?? error.code })),
  );
}

/** Grey shapes until the first answer. */
export function showWaitingCard() {
  byId('card').replaceChildren(h('div', { class: 'card is-waiting', 'aria-hidden': 'true' }, h('span'), h('span'), h('span')));
}

function message(title, text, ...actions) {
  return h('article', { class: 'card is-message' }, h('h2', { class: 'card-name' }, title), h('p', {}, text), ...actions);
}
