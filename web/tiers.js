// Sorts prices into five colours from cheap to dear; pure, used by map and list alike.

const TIERS = 5;

/**
 * A function from a price to 0 (cheap) … 4 (dear): its fifth among the shown prices, so that no absurd price, cheap
 * or dear, paints all others alike. Equal prices share the colour of the middle of their places.
 */
export function tierScale(stations) {
  const prices = stations.map((station) => station.price);
  const last = prices.length - 1;
  if (prices.every((price) => price === prices[0])) return () => 0;
  return (price) => {
    const below = prices.filter((other) => other < price).length;
    const equal = prices.filter((other) => other === price).length;
    const place = below + Math.max(0, equal - 1) / 2;
    return Math.min(TIERS - 1, Math.floor((place / last) * TIERS));
  };
}

/** Known to be old. A price without a date is stale to the server too, but nobody knows that it is old. */
export const isOld = (station) => station.stale && station.age_s !== null;

/** Shown in grey: old, or put behind fresh prices because it is old or nobody knows its date. */
export const isGrey = (station) => station.isBehind === true || isOld(station);

/** Class names of a price: its colour, hollow when nobody knows its date, or grey. */
export function priceClass(station, tierOf) {
  if (isGrey(station)) return 'tier-stale';
  return `tier-${tierOf(station.price)}${station.age_s === null ? ' is-hollow' : ''}`;
}
