// A station's past prices as a line of steps. The numbers are written beside it: a picture alone tells a screen reader nothing.

import { h, svg } from './dom.js';
import { t } from './i18n.js';
import { age, price, shortDate } from './format.js';

const WIDTH = 320;
const HEIGHT = 110;
const EDGE = 6;

/** How many changes are listed below the picture. */
const LISTED = 6;

/** What is known of the past of one fuel's price; `prices` as the API has them, newest first. */
export function historyChart(prices, now_ms = Date.now()) {
  const steps = [...prices].reverse().map((past) => ({ ...past, at: Date.parse(past.reported_at ?? past.recorded_at) }));
  const priced = steps.filter((step) => step.price !== null);
  if (priced.length === 0) return h('p', { class: 'quiet' }, t('history_none'));
  const { currency } = priced.at(-1);
  const written = (step) => price(step.price, step.currency);
  if (steps.length === 1) {
    return h('p', { class: 'quiet' }, t('history_one', { money: written(priced[0]), date: steps[0].reported_at ? shortDate(steps[0].at) : t('age_unknown') }));
  }
  const values = priced.map((step) => step.price);
  const [min, max] = [Math.min(...values), Math.max(...values)];
  const said = t('history_chart', {
    first: written(priced[0]), since: shortDate(priced[0].at), last: written(priced.at(-1)), until: shortDate(priced.at(-1).at),
    min: price(min, currency), max: price(max, currency),
  });
  return h('figure', { class: 'history' }, picture(steps, { min, max, until: now_ms, said, currency }), h('figcaption', { class: 'quiet' }, said), changes(steps));
}

function picture(steps, { min, max, until, said, currency }) {
  const from = steps[0].at;
  const x = (at) => EDGE + ((at - from) / Math.max(1, until - from)) * (WIDTH - 2 * EDGE);
  const y = (value) => (max === min ? HEIGHT / 2 : EDGE + ((max - value) / (max - min)) * (HEIGHT - 2 * EDGE));
  let path = '';
  let before = null;
  for (const step of steps) {
    if (before !== null) path += `H${x(step.at).toFixed(1)}`;
    if (step.price !== null) path += `${before === null ? `M${x(step.at).toFixed(1)} ` : 'V'}${y(step.price).toFixed(1)}`;
    before = step.price;
  }
  if (before !== null) path += `H${x(until).toFixed(1)}`;
  const dots = steps.filter((step) => step.price !== null).map((step) => svg('circle', { cx: x(step.at).toFixed(1), cy: y(step.price).toFixed(1), r: 3 }));
  return h(
    'div',
    { class: 'history-picture' },
    h('p', { class: 'history-scale', 'aria-hidden': 'true' }, h('span', {}, price(max, currency)), max === min ? null : h('span', {}, price(min, currency))),
    svg('svg', { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: 'img', 'aria-label': said }, svg('path', { d: path, class: 'history-line' }), ...dots),
  );
}

function changes(steps) {
  const rows = steps.slice(-LISTED).reverse().map((step) =>
    h('tr', {}, h('th', { scope: 'row' }, step.price === null ? t('history_ended') : price(step.price, step.currency)), h('td', {}, age(step))),
  );
  return h('details', { class: 'fold' }, h('summary', {}, t('history_changes')), h('table', {}, h('tbody', {}, rows)));
}
