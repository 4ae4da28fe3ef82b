// Sorts prices into five colours from cheap to dear; pure, used by map and list alike.

const TIERS = 5;

/**
 * A function from a price to 0 (cheap) … 4 (dear): its fifth among the shown prices, so that no absurd price, cheap
 * or dear, paints all others alike. Equal prices share the colour of the middle of their places.
 */
export function tierScale(stations) {
  const prices = stations.map((station) => station.price).sort((a, b) => a - b);
  const last = prices.length - 1;
  if (prices[0] === prices[last]) return () => 0;
  const places = new Map(prices.map((price, index) => [price, index]));
  return (price) => {
    // Of equal ones the last: the first is as many places before it as there are others.
    const end = places.get(price) ?? prices.filter((other) => other < price).length;
    const others = places.has(price) ? end - prices.indexOf(price) : 0;
    return Math.min(TIERS - 1, Math.floor(((end - others / 2) / last) * TIERS));
  };
}

/** The same for an area of which only a part is shown, from its statistics: a fifth of the way from its lowest price to its highest. */
export function areaScale(statistics) {
  const { min, q1, median, q3, max } = statistics;
  return (price) => Math.min(TIERS - 1, Math.floor(placeOf(price, [min, q1, median, q3, max]) * TIERS));
}

/** Which quarter of an area a price belongs to; on a bound, to the cheaper one. */
export function quarterOf(value, [, q1, median, q3]) {
  return [q1, median, q3].filter((bound) => value > bound).length;
}

/**
 * The place of a price among an area's: 0 the lowest, 1 the highest, each quarter of the prices the same room, and within
 * it as far as the price is between the quarter's bounds.
 */
export function placeOf(value, bounds) {
  if (bounds[0] === bounds[4]) return 0.5;
  if (value <= bounds[0]) return 0;
  if (value >= bounds[4]) return 1;
  const quarter = quarterOf(value, bounds);
  const [from, to] = [bounds[quarter], bounds[quarter + 1]];
  return (quarter + (to > from ? (value - from) / (to - from) : 0.5)) / 4;
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

/** Gives an element that shows a price its colour, by another scale than before. */
export function repaint(element, station, tierOf) {
  element.classList.remove(...[...element.classList].filter((name) => name.startsWith('tier-')));
  element.classList.add(...priceClass(station, tierOf).split(' '));
}
