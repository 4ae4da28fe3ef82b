// What the prices around are like: asked once for each area, used by the card, the station's panel and the report form.

import * as api from './api.js';

/** Quartiles of fewer prices say little. */
export const FEWEST = 5;

/** A minute is long enough for statistics, and short enough for a day of changes. */
const LASTS_MS = 60000;

const MOST_KEPT = 20;

const kept = new Map();

/** The statistics of a search's circle, or null when they cannot be had. Never rejects: nothing depends on them. */
export async function areaStatistics({ fuel, radius, lat, lon, max_age }) {
  const key = JSON.stringify([fuel, radius, lat, lon, max_age]);
  const known = kept.get(key);
  if (known && performance.now() - known.at_ms < LASTS_MS) return known.answer;
  const answer = api.statistics({ fuel, radius, lat, lon, max_age }).catch(() => {
    kept.delete(key);
    return null;
  });
  kept.delete(key);
  kept.set(key, { at_ms: performance.now(), answer });
  if (kept.size > MOST_KEPT) kept.delete(kept.keys().next().value);
  return answer;
}

/** Whether these statistics can be held against this price: enough of them, of the same money and measure. */
export function isComparable(statistics, { currency, unit }) {
  return statistics !== null && statistics.count >= FEWEST && statistics.currency === currency && statistics.unit === unit;
}

/** After a price has changed, what was asked before is not asked again by its old answer. */
export function forgetStatistics() {
  kept.clear();
}
