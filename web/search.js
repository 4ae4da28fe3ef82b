// What a search finds, page by page: the best station, the stations that the API prefers, and behind them older prices.
// Where an area has prices of the last 30 days the API leaves the others out: one fresh report would empty a whole city.

import * as api from './api.js';

/** `kept_at`: when the answer was given, if it is one from before (kept.js). */
export const NOTHING = { best: null, stations: [], older: [], more: null, kept_at: null };

/** The first page. One request is enough where the order has the best station first. `besides`: more than usual by so many. */
export async function firstPage(wanted, signal, besides = 0) {
  const [page, best] = await Promise.all([api.stations(wanted, { besides }, signal), wanted.rank === 'distance' ? api.cheapest(wanted, signal) : null]);
  const { stations } = page;
  return { ...NOTHING, kept_at: page.kept_at ?? null, best: best ?? stations[0] ?? null, stations, more: afterPage(stations, page.cursor, wanted) };
}

/** What was found and one page more: of the stations, and when they end, of the older prices. */
export async function nextPage(found, wanted, signal) {
  if (found.more.list === 'older') return nextOlder(found, wanted, signal);
  const page = await api.stations(wanted, { cursor: found.more.cursor }, signal);
  const stations = [...found.stations, ...page.stations];
  return { ...found, stations, more: afterPage(stations, page.cursor, wanted) };
}

/** Whether the stations have ended and nobody has asked for the older ones yet. */
export const isOlderDue = ({ more }) => more !== null && more.list === 'older' && more.cursor === null;

export const hasMore = (found) => found.more !== null && !isOlderDue(found);

export const allStations = ({ stations, older }) => [...stations, ...older];

/** No older ones behind what the reader wants no older, nor behind a list where one price strikes out others. */
function afterPage(stations, cursor, { max_age, pareto }) {
  if (cursor !== null) return { list: 'stations', cursor };
  if (max_age || pareto) return null;
  const isFresh = stations.length > 0 && !stations[0].stale;
  return isFresh ? { list: 'older', cursor: null } : null;
}

/** Prices of any age hold the fresh ones again: those are left out, and a page of nothing else is passed over. */
async function nextOlder(found, wanted, signal) {
  const { currency, unit } = found.best;
  const anyAge = { max_age: 'all', currency, besides: found.stations.length };
  let { cursor } = found.more;
  let older = [];
  do {
    const page = await api.stations(wanted, { ...anyAge, cursor }, signal);
    older = page.stations.filter((station) => station.stale && station.unit === unit);
    cursor = page.cursor;
  } while (older.length === 0 && cursor !== null);
  const behind = older.map((station) => ({ ...station, isBehind: true }));
  return { ...found, older: [...found.older, ...behind], more: cursor === null ? null : { list: 'older', cursor } };
}
