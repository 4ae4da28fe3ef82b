// Reads what people type: positions, prices and plain numbers, with decimal point or comma.

const NUMBER = String.raw`[+-]?\d+(?:[.,]\d+)?`;

/** The number a text stands for, or null. `1.234,5` and `1,234.5` are both understood. */
export function parseNumber(text) {
  let digits = text.replace(/[\s\u00a0\u202f]/g, '').replace(/\u2212/g, '-');
  const point = digits.lastIndexOf('.');
  const comma = digits.lastIndexOf(',');
  if (point >= 0 && comma >= 0) digits = digits.replaceAll(point > comma ? ',' : '.', '');
  digits = digits.replace(',', '.');
  return /^[+-]?(\d+\.?\d*|\.\d+)$/.test(digits) ? Number(digits) : null;
}

/** `{ value }` of a price, or `{ error }`: the key of the sentence that explains it. */
export function parsePrice(text) {
  const bare = text.replace(/R\$|US\$|[€£$]|\/\s*(l|kg|m3|m³)\s*$/gi, '').trim();
  if (bare === '') return { error: 'price_missing' };
  const value = parseNumber(bare);
  if (value === null) return { error: 'price_unreadable' };
  if (value < 0.001 || value > 999.999) return { error: 'price_range' };
  // More digits would have to be rounded, and a price is never guessed.
  if (Math.abs(value * 1000 - Math.round(value * 1000)) > 1e-6) return { error: 'price_decimals' };
  return { value };
}

/** `{ lat, lon }`, or `{ error }`: the key of the sentence that explains it. */
export function parsePosition(text) {
  const clean = text.replace(/\u2212/g, '-').replace(/[°()[\]]/g, ' ').trim();
  if (clean === '') return { error: 'position_empty' };
  const pair = splitPair(clean);
  if (pair.error) return pair;
  const [lat, lon] = pair.map((part) => Number(part.replace(',', '.')));
  if (Math.abs(lat) > 90) return { error: Math.abs(lat) <= 180 && Math.abs(lon) <= 90 ? 'position_swapped' : 'position_latitude' };
  if (Math.abs(lon) > 180) return { error: 'position_longitude' };
  return { lat, lon };
}

/** The two numbers as text. A comma is a decimal mark or a separator: only what reads in one way is taken. */
function splitPair(text) {
  const separated = text.match(new RegExp(`^(${NUMBER})(?:\\s*;\\s*|\\s*,\\s+|\\s+,?\\s*)(${NUMBER})$`));
  if (separated) return separated.slice(1);
  const points = text.match(/^([+-]?\d+\.\d+),([+-]?\d+(?:\.\d+)?)$/) ?? text.match(/^([+-]?\d+),([+-]?\d+\.\d+)$/);
  if (points) return points.slice(1);
  const signed = text.match(/^([+-]?\d+),([+-]\d+)$/);
  if (signed) return signed.slice(1);
  const fourGroups = text.match(/^([+-]?\d+,\d+),([+-]?\d+,\d+)$/);
  if (fourGroups) return fourGroups.slice(1);
  return { error: /^[+-]?\d+(,[+-]?\d+){1,3}$/.test(text) ? 'position_ambiguous' : 'position_unreadable' };
}
