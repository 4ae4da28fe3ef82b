// Sentences for those who listen to the page: what was found, what has changed, what a link had wrong.

import { byId } from './dom.js';
import { distance, position, price, stationName, unitName } from './format.js';
import { t } from './i18n.js';
import { countText } from './list.js';
import { allStations, hasMore } from './search.js';
import { DEFAULTS } from './state.js';

export function announce(text) {
  // The same again would be read out again.
  if (byId('announce').textContent !== text) byId('announce').textContent = text;
}

export function foundText(found, wanted, fuels) {
  const { best } = found;
  if (!best) return t('empty_title', { radius: distance(wanted.radius) });
  return t('said_best', {
    best: t(wanted.rank === 'trip' ? 'best_trip' : 'cheapest'),
    fuel: fuels.inSentence(best.fuel),
    money: price(best.price, best.currency),
    unit: unitName(best.unit),
    name: stationName(best),
    distance: distance(best.distance_km),
    count: countText(allStations(found).length, hasMore(found), wanted.radius),
  });
}

/** The first of the changed stations that is shown, in one sentence; empty where none is. */
export function changedText(found, ids, fuels) {
  const station = allStations(found).find(({ id }) => ids?.has(id));
  if (!station) return '';
  return t('updated', { fuel: fuels.inSentence(station.fuel), money: price(station.price, station.currency), name: stationName(station) });
}

/** What the server did with a report. */
export function thanksText(answer, fuels) {
  if (answer?.price === undefined || answer.pending) return t('report_waiting');
  const money = price(answer.price, answer.currency);
  const replaced = answer.replaced === null ? '' : ` ${t('report_replaced', { money: price(answer.replaced, answer.currency) })}`;
  return t('report_done', { fuel: fuels.name(answer.fuel), money, unit: unitName(answer.unit) }) + replaced;
}

/** What a link had wrong and what is used instead. */
export function problemsText(problems, fuels) {
  return t('state_problem', { problems: problems.map((problem) => problemText(problem, fuels)).join('; ') });
}

function problemText({ name, value }, fuels) {
  if (name === 'unknown') return t('state_unknown', { value });
  const used = {
    fuel: () => fuels.inSentence(DEFAULTS.fuel),
    radius: () => distance(DEFAULTS.radius),
    position: () => position(DEFAULTS),
    rank: () => t(`rank_${DEFAULTS.rank}`),
  }[name];
  const values = { name: t(`state_name_${name}`), value };
  return used ? t('state_used', { ...values, used: used() }) : t('state_left_out', values);
}
