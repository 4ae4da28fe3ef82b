// The pieces a station is shown with, shared by the card, the list and the map's pop-up.

import { h, icon } from './dom.js';
import { hoursText } from './hours.js';
import { t } from './i18n.js';
import { age, date, distance, money, number, position, price, priceElement, stationName, unitName } from './format.js';
import { isOld } from './tiers.js';
import { navigationLink } from './navigate.js';

/** Distance, age, whether it is open, and doubts about a price, as a row of small facts. */
export function facts(station) {
  return h(
    'ul',
    { class: 'facts' },
    station.distance_km !== null && h('li', {}, icon('distance'), distance(station.distance_km)),
    h('li', { title: station.reported_at && date(station.reported_at) }, icon('age'), age(station)),
    station.trip_cost !== undefined && h('li', { class: 'fact-trip' }, icon('trip'), t('trip_total', { money: money(station.trip_cost, station.currency) })),
    typeof station.open === 'boolean' && h('li', { class: 'tag', title: station.opening_hours && hoursText(station.opening_hours) }, t(station.open ? 'open' : 'closed')),
    station.members_only && h('li', { class: 'tag' }, t('members_only')),
    isOld(station) && h('li', { class: 'tag' }, t('stale')),
    station.suspect && h('li', { class: 'tag' }, t('suspect')),
  );
}

/** The line below the name: the brand if the name is another, or the place of a station without a name. */
export function subtitle(station) {
  if (station.name && station.brand && station.name !== station.brand) return station.brand;
  return station.name || station.brand ? '' : position(station, 4);
}

/** The link to the reader's own navigation. */
export function navigateLink(station, from, className = 'button') {
  return h('a', { class: className, href: navigationLink(station, from), target: '_blank', rel: 'noopener' }, icon('navigate'), t('navigate'));
}

/** What opens on the map: short, because a phone's map is low. */
export function popupContent(station, { from, onDetails }) {
  const below = subtitle(station);
  const more = h('button', { type: 'button', class: 'button', onclick: () => onDetails(station) }, t('more_info'));
  return h(
    'div',
    { class: 'popup' },
    h('p', { class: 'popup-name' }, h('span', { class: 'popup-price' }, priceElement(station)), ' ', stationName(station), ' ', below && h('span', { class: 'row-brand' }, below)),
    facts(station),
    h('div', { class: 'actions' }, navigateLink(station, from), more),
  );
}

/** Address, hours, every fuel and the source, as `GET /stations/{id}` gives them. */
export function wholeStation(station, fuels) {
  const rows = station.prices.map((entry) =>
    h(
      'tr',
      { class: isOld(entry) && 'is-stale' },
      h('th', { scope: 'row' }, fuels.name(entry.fuel)),
      h('td', { class: 'table-price' }, `${price(entry.price, entry.currency)}/${unitName(entry.unit)}`),
      h('td', { class: 'quiet' }, age(entry), entry.suspect && [' ', h('span', { class: 'tag' }, t('suspect'))]),
    ),
  );
  return [
    station.address && h('p', {}, station.address),
    station.opening_hours && h('p', { class: 'hours' }, openingLine(station)),
    station.service && h('p', {}, t(`service_${station.service}`)),
    h('table', { 'aria-label': t('details') }, h('tbody', {}, rows)),
    h('p', { class: 'quiet' }, station.attribution ?? sourceText(station.source)),
  ].filter(Boolean);
}

/** `Open: Mon-Sat 07:00–22:00`, or the hours alone where nobody can tell whether it is open now. */
function openingLine({ open, opening_hours }) {
  const hours = hoursText(opening_hours);
  return typeof open !== 'boolean' ? t('hours', { hours }) : `${t(open ? 'open' : 'closed')}: ${hours}`;
}

function sourceText(source) {
  return source && source !== 'reports' ? t('source_feed', { source }) : t('source_reports');
}

/** The litres that a trip's cost speaks of. */
export const tripNote = ({ litres }) => t('trip_note', { litres: number(litres) });
