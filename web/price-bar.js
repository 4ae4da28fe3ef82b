// Statistics of an area as a bar: each of its four parts holds a quarter of the prices, and a mark shows this one's place.

import { h } from './dom.js';
import { t } from './i18n.js';
import { distance, number, price } from './format.js';
import { isComparable } from './area.js';
import { placeOf, quarterOf } from './tiers.js';

const VERDICTS = ['area_first', 'area_second', 'area_third', 'area_fourth'];

/** The bar with its sentence, or null where the statistics say nothing about this price. */
export function priceBar(entry, statistics, { radius, fuels }) {
  if (!isComparable(statistics, entry)) return null;
  const { min, q1, median, q3, max, count } = statistics;
  const bounds = [min, q1, median, q3, max];
  const written = (value) => price(value, entry.currency);
  const place = placeOf(entry.price, bounds);
  const mark = h('span', { class: 'bar-mark' });
  mark.style.left = `${place * 100}%`;
  const parts = [0, 1, 2, 3].map((quarter) => h('span', { class: `bar-part is-part-${quarter}` }));
  const values = { min: written(min), q1: written(q1), median: written(median), q3: written(q3), max: written(max) };
  return h(
    'section',
    { class: 'area' },
    h('h3', {}, t('area_title', { fuel: fuels.name(entry.fuel), radius: distance(radius) })),
    h('p', {}, min === max ? t('area_same') : t(VERDICTS[quarterOf(entry.price, bounds)])),
    h('div', { class: 'bar', role: 'img', 'aria-label': t('area_bar', { count: number(count), ...values }) }, parts, mark),
    h('p', { class: 'bar-ends', 'aria-hidden': 'true' }, h('span', {}, values.min), h('span', {}, values.median), h('span', {}, values.max)),
  );
}
