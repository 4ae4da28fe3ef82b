// The only file that knows the HTTP API's routes. How it is spoken to, and what its failures are: http.js.

import { get, post } from './http.js';

/** How many stations one page of the list holds. */
export const PAGE_SIZE = 60;

/** The most that the API gives at once. */
const LARGEST_PAGE = 200;

export async function fuels(signal) {
  return (await get('/fuels', {}, signal)).fuels;
}

/** The cheapest station, or null: as `/stations/cheapest` answers, but an empty circle is no error in the browser's log. */
export async function cheapest(search, signal) {
  const page = await get('/stations', { ...query({ ...search, rank: 'price' }), limit: 1 }, signal);
  return page.stations[0] ?? null;
}

/**
 * One page of the ranked list: `{ stations, cursor }`. `max_age` and `currency` override the search's own;
 * `besides` is how many that are known already it may hold in addition.
 */
export function stations(search, { cursor = null, max_age, currency, besides = 0 }, signal) {
  const limit = Math.min(PAGE_SIZE + besides, LARGEST_PAGE);
  const more = { ...(cursor && { cursor }), ...(max_age && { max_age }), ...(currency && { currency }) };
  return get('/stations', { ...query(search), limit, ...more }, signal);
}

export function station(id) {
  return get(`/stations/${encodeURIComponent(id)}`, {});
}

/** The past prices of one fuel there, newest first. */
export async function history(id, fuel) {
  return (await get(`/stations/${encodeURIComponent(id)}/prices`, { fuel, limit: LARGEST_PAGE })).prices;
}

/** What the prices of a circle are like: `{ count, min, q1, median, q3, max, … }`. */
export function statistics({ fuel, radius, lat, lon, max_age }, signal) {
  return get('/statistics', { fuel, radius, lat, lon, ...(max_age && { max_age }) }, signal);
}

/** The cells of a box of the map, `[west, south, east, north]`. */
export async function cells({ fuel, box, zoom }, signal) {
  const bbox = box.map((degrees) => degrees.toFixed(5)).join(',');
  return (await get('/map', { fuel, bbox, zoom }, signal)).cells;
}

/** Where the price changes of a circle are told. */
export function eventsUrl({ fuel, radius, lat, lon }) {
  return `/events?${new URLSearchParams({ fuel, radius, lat, lon })}`;
}

/** Tells the operator that something about a station is wrong: `price-gone`, `station-closed` or `wrong-place`. */
export function flag(id, body, token) {
  return post(`/stations/${encodeURIComponent(id)}/flags`, body, { token });
}

/** Reports a price. The same key with the same report counts once, however often it is sent. */
export function report(body, key, token) {
  return post('/stations', body, { token, headers: { 'Idempotency-Key': key } });
}

/** 32 characters by the browser's own generator; `randomUUID` would be missing on plain http. */
export function newKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function query({ fuel, radius, lat, lon, rank, litres, consumption, pareto, max_age, brand, open_now }) {
  return {
    fuel, radius, lat, lon, rank,
    ...(rank === 'trip' && { litres, consumption }),
    ...(pareto && { pareto }),
    ...(max_age && { max_age }),
    ...(brand && { brand }),
    ...(open_now && { open_now }),
  };
}
