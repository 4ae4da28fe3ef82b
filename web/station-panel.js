// One station with all that is known of it, in the place of the list. What it consists of: station-parts.js, price-bar.js, history-chart.js.

import * as api from './api.js';
import { areaStatistics } from './area.js';
import { byId, h, icon } from './dom.js';
import { flagBox } from './flags.js';
import { stationName, unitName, priceElement } from './format.js';
import { historyChart } from './history-chart.js';
import { ApiError } from './http.js';
import { t } from './i18n.js';
import { navigationLink, webLink } from './navigate.js';
import { priceBar } from './price-bar.js';
import { share } from './share.js';
import { facts, navigateLink, subtitle, wholeStation } from './station-parts.js';
import { isOld } from './tiers.js';

/** `onBack` closes, `onReport(station)` opens the form, `onUnknown` hears that nobody knows the station. */
export function createStationPanel({ fuels, onBack, onReport, onUnknown }) {
  const body = byId('station-body');
  let current = null;

  byId('station-back').addEventListener('click', onBack);
  byId('station').addEventListener('keydown', (event) => event.key === 'Escape' && onBack());

  /** Shows what is known already, then the rest as it comes; a newer call makes an older one void. */
  async function show(id, search, known) {
    const mine = { id, search, known };
    current = mine;
    if (known) head(known, search);
    else byId('station-title').textContent = t('details_wait');
    body.setAttribute('aria-busy', 'true');
    try {
      const whole = await api.station(id);
      if (current === mine) fill(mine, whole);
    } catch (error) {
      if (current !== mine) return;
      if (!(error instanceof ApiError)) throw error;
      if (error.status === 404) return onUnknown();
      if (!known) byId('station-title').textContent = t('details_failed');
      else if (byId('station-more') === null) body.append(h('p', { id: 'station-more', class: 'quiet' }, t('details_failed')));
    } finally {
      if (current === mine) body.removeAttribute('aria-busy');
    }
  }

  /** Name, price and what can be done: enough to drive there. */
  function head(station, search) {
    byId('station-title').replaceChildren(stationName(station), ...(subtitle(station) ? [' ', h('span', { class: 'row-brand' }, subtitle(station))] : []));
    const isPriced = station.price !== undefined;
    const top = [
      isPriced && h('p', { class: `station-price${isOld(station) ? ' is-stale' : ''}` }, h('span', {}, fuels.name(station.fuel)), priceElement(station), h('span', { class: 'unit' }, `/${unitName(station.unit)}`)),
      isPriced && facts(station),
      actions(station, search),
    ];
    body.replaceChildren(...top.filter(Boolean));
  }

  function fill({ id, search, known }, whole) {
    const entry = whole.prices.find(({ fuel }) => fuel === search.fuel) ?? whole.prices[0] ?? null;
    const { prices, ...place } = whole;
    const station = { ...place, ...entry, distance_km: known?.distance_km ?? null };
    current.station = station;
    head(station, search);
    const area = h('div');
    const history = h('section', { class: 'past' });
    body.append(...[h('div', { id: 'station-more', class: 'details' }, wholeStation(whole, fuels)), area, history, flagBox(id, entry?.fuel ?? null)]);
    if (entry === null) return;
    fillHistory(history, id, prices.map(({ fuel }) => fuel), entry.fuel);
    areaStatistics({ ...search, fuel: entry.fuel }).then((statistics) => {
      const bar = priceBar(entry, statistics, { radius: search.radius, fuels });
      if (bar) area.replaceChildren(bar);
    });
  }

  function actions(station, search) {
    const said = h('p', { class: 'quiet', role: 'status' });
    const handOn = async () => {
      said.textContent = await share(station, search, fuels);
    };
    const web = webLink(station, search);
    return h(
      'div',
      { class: 'station-actions' },
      h(
        'div',
        { class: 'actions' },
        navigateLink(station, search, 'button is-primary'),
        h('button', { type: 'button', class: 'button', onclick: () => onReport(station) }, icon('report'), t('report_here')),
        h('button', { type: 'button', class: 'button', onclick: handOn }, icon('share'), t('share')),
      ),
      navigationLink(station, search) !== web && h('p', {}, h('a', { href: web, target: '_blank', rel: 'noopener' }, t('navigate_web'))),
      said,
    );
  }

  /** The chart of one fuel, and a choice where the station sells several. */
  function fillHistory(section, id, slugs, first) {
    const place = h('div', { 'aria-live': 'polite' });
    const choice = h('select', { 'aria-label': t('fuel'), onchange: () => load(choice.value) }, slugs.map((slug) => h('option', { value: slug, selected: slug === first }, fuels.name(slug))));
    section.append(h('div', { class: 'past-head' }, h('h3', {}, t('history_title')), slugs.length > 1 && choice), place);
    load(first);

    async function load(fuel) {
      try {
        place.replaceChildren(historyChart(await api.history(id, fuel)));
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        place.replaceChildren(h('p', { class: 'quiet' }, t('history_failed')));
      }
    }
  }

  return {
    show,
    /** Asks again, after a price has changed. */
    renew: () => current && show(current.id, current.search, current.known),
    /** What is shown, or null. */
    get id() {
      return current?.id ?? null;
    },
    /** With its price of the searched fuel, once it is known. */
    get station() {
      return current?.station ?? current?.known ?? null;
    },
    close() {
      current = null;
      body.replaceChildren();
    },
  };
}
