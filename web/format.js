// Numbers, money, distances and ages as the reader's locale writes them.

import { h } from './dom.js';
import { locale, language, t } from './i18n.js';

const plain = new Intl.NumberFormat(locale, { maximumFractionDigits: 2 });
const kilometres = new Intl.NumberFormat(locale, { style: 'unit', unit: 'kilometer', maximumFractionDigits: 1 });
const metres = new Intl.NumberFormat(locale, { style: 'unit', unit: 'meter', maximumFractionDigits: 0 });
const clock = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit' });
const day = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', year: 'numeric' });
const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'always', style: 'short' });
const moment = new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeStyle: 'short' });

const short = new Intl.NumberFormat(locale, { minimumFractionDigits: 2, maximumFractionDigits: 2 });

export const number = (value) => plain.format(value);

const exact = new Intl.NumberFormat(locale, { minimumFractionDigits: 2, maximumFractionDigits: 3 });

/** A price whose currency nobody has told yet. */
export const exactNumber = (value) => exact.format(value);

/** A price where there is room for three digits. */
export const bareNumber = (value) => (value < 100 ? short : plain).format(value);
export const shortDate = (moment_ms) => day.format(new Date(moment_ms));

/** Today's time, or the date of another day. */
export function time(moment_ms) {
  const isToday = new Date(moment_ms).toDateString() === new Date().toDateString();
  return isToday ? clock.format(new Date(moment_ms)) : moment.format(new Date(moment_ms));
}

export const date = (text) => moment.format(new Date(text));

/** A radius or a distance: metres below one kilometre. */
export function distance(km) {
  return km < 0.995 ? metres.format(Math.round(km * 100) * 10) : kilometres.format(km);
}

/** A total such as the cost of a trip: with the currency's usual digits. */
export function money(value, currency) {
  return new Intl.NumberFormat(locale, { style: 'currency', currency }).format(value);
}

/** A price of fuel: one digit more than the currency's usual, as on the signs of the stations. */
export function price(value, currency) {
  return priceFormat(currency).format(value);
}

/** The same price as an element: the extra digit is raised, again as on the signs. `bare` leaves the currency out. */
export function priceElement(station, { bare = false } = {}) {
  const usual = usualDigits(station.currency);
  const element = h('span', { class: 'price' });
  for (const part of priceFormat(station.currency).formatToParts(station.price)) {
    if (part.type === 'currency') {
      if (!bare) element.append(h('span', { class: 'currency' }, part.value));
    } else if (part.type === 'literal') {
      // The gap beside the currency is the style sheet's: some locales write none.
      continue;
    } else if (part.type === 'fraction' && usual > 0) {
      element.append(part.value.slice(0, usual), h('sup', {}, part.value.slice(usual)));
    } else {
      element.append(part.value);
    }
  }
  return element;
}

/** How long ago a price was reported; the server counts, so a wrong clock here does no harm. */
export function age(station) {
  const seconds = station.age_s;
  if (seconds === null || seconds === undefined) return t('age_unknown');
  if (seconds < 60) return t('now');
  const [size, unit] = AGES.find(([limit]) => seconds >= limit);
  return relative.format(-Math.floor(seconds / size), unit);
}

/** How long, from what the API writes: `8d`, `12h`, or seconds. */
export function span(text) {
  const unit = { d: 'day', h: 'hour', m: 'minute', s: 'second' }[text.slice(-1)] ?? 'second';
  return new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'long' }).format(parseInt(text, 10));
}

/** The name a person would use for a station. */
export const stationName = (station) => station.name ?? station.brand ?? t('unnamed');

/** A position the way the position field reads it back; four digits (11 m) are enough to tell stations apart. */
export function position({ lat, lon }, digits = 6) {
  const degrees = new Intl.NumberFormat(locale, { maximumFractionDigits: digits, useGrouping: false });
  const separator = language === 'pt' ? '; ' : ', ';
  return degrees.format(lat) + separator + degrees.format(lon);
}

/** What one unit of fuel is called: litre, kg, m³. */
export const unitName = (unit) => t(`per_${unit}`);

const AGES = [
  [31557600, 'year'],
  [2629800, 'month'],
  [86400, 'day'],
  [3600, 'hour'],
  [60, 'minute'],
];

const formats = new Map();

function priceFormat(currency) {
  if (!formats.has(currency)) {
    const least = Math.min(usualDigits(currency) + 1, 3);
    formats.set(currency, new Intl.NumberFormat(locale, { style: 'currency', currency, minimumFractionDigits: least, maximumFractionDigits: 3 }));
  }
  return formats.get(currency);
}

const digits = new Map();

function usualDigits(currency) {
  if (!digits.has(currency)) {
    digits.set(currency, new Intl.NumberFormat(locale, { style: 'currency', currency }).resolvedOptions().maximumFractionDigits);
  }
  return digits.get(currency);
}
