// Says when a price that is being typed is far from the area's: nearly always a slip of the decimal mark.

import { areaStatistics, FEWEST } from './area.js';
import { byId, h } from './dom.js';
import { price } from './format.js';
import { t } from './i18n.js';
import { parseNumber } from './parse.js';

/** Around the report's place: where people compare. */
const RADIUS_KM = 10;

/** How many times the middle half's width a price may be away from it. */
const FAR = 3;

/** Prices that are all alike still move: at least so much of the median counts as their width. */
const LEAST_WIDTH = 0.03;

const PAUSE_MS = 250;

/** `usual` prices of an area: within three widths of the middle half around it. */
export function usualRange({ q1, median, q3 }) {
  const width = Math.max(q3 - q1, median * LEAST_WIDTH);
  return { low: q1 - FAR * width, high: q3 + FAR * width };
}

/** The price that was meant, if the decimal mark was left out or misplaced: 4999 for 4,999. */
export function meant(value, { low, high }) {
  const candidate = [10, 100, 1000, 0.1].map((factor) => Number((value / factor).toFixed(3))).find((one) => one >= low && one <= high);
  return candidate ?? null;
}

/** Watches the price field; `read()` gives `{ fuel, place }`, its place null where nobody has chosen one. */
export function createSanity(read) {
  const field = byId('report-price');
  const hint = byId('report-price-hint');
  let timer = null;
  let turn = 0;

  field.addEventListener('input', later);

  function later() {
    clearTimeout(timer);
    timer = setTimeout(judge, PAUSE_MS);
  }

  async function judge() {
    turn += 1;
    const mine = turn;
    const value = parseNumber(field.value.replace(/[^\d.,-]/g, ''));
    const { fuel, place } = read();
    if (value === null || value <= 0 || place === null) return hint.replaceChildren();
    const around = { fuel, radius: RADIUS_KM, lat: Number(place.lat.toFixed(2)), lon: Number(place.lon.toFixed(2)) };
    const statistics = await areaStatistics(around);
    if (mine !== turn) return;
    if (statistics === null || statistics.count < FEWEST) return hint.replaceChildren();
    show(value, statistics);
  }

  function show(value, statistics) {
    const usual = usualRange(statistics);
    if (value >= usual.low && value <= usual.high) return hint.replaceChildren();
    const written = (amount) => price(amount, statistics.currency);
    const text = t(value < usual.low ? 'report_far_low' : 'report_far_high', { min: written(statistics.q1), max: written(statistics.q3) });
    const better = meant(value, usual);
    const use = better !== null && h('button', { type: 'button', class: 'button is-small', onclick: () => put(better) }, t('report_meant', { money: written(better) }));
    hint.replaceChildren(...[text, ' ', use].filter(Boolean));
  }

  function put(value) {
    field.value = String(value).replace('.', t('decimal_mark'));
    field.focus();
    hint.replaceChildren();
  }

  return { judge: later, clear: () => hint.replaceChildren() };
}
