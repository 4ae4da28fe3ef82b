// Sorts prices into five colours from cheap to dear; pure, used by map and list alike.

const TIERS = 5;

/**
 * A function from a price to 0 (cheap) … 4 (dear). Where prices are many the scale ends at the 95th percentile,
 * so that one absurd price does not paint all others in the same green.
 */
export function tierScale(stations) {
  const prices = stations.map((station) => station.price).sort((a, b) => a - b);
  const low = prices[0] ?? 0;
  const high = prices[Math.ceil((prices.length - 1) * 0.95)] ?? low;
  return (price) => (high > low ? Math.min(TIERS - 1, Math.max(0, Math.floor(((price - low) / (high - low)) * TIERS))) : 0);
}

/** Known to be old. A price without a date is stale to the server too, but nobody knows that it is old. */
export const isOld = (station) => station.stale && station.age_s !== null;

/** Class names of a price: its colour, hollow when nobody knows its date, grey when it is old. */
export function priceClass(station, tierOf) {
  if (isOld(station)) return 'tier-stale';
  return `tier-${tierOf(station.price)}${station.age_s === null ? ' is-hollow' : ''}`;
}
