// What people type, read by the page's own modules in the browser that will run them.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, POSTO_URL } from './support.mjs';

let browser;
let page;
before(async () => {
  browser = await launch();
  page = await browser.newPage();
  await page.goto(`${POSTO_URL}/`);
});
after(() => browser.close());

const parsed = (name, text) => page.evaluate(async ([called, typed]) => (await import('/parse.js'))[called](typed), [name, text]);

test('positions are read in every form that has one meaning', async () => {
  const expected = { lat: -22.2175, lon: -54.7653 };
  for (const text of ['-22.2175, -54.7653', '-22.2175,-54.7653', '-22,2175; -54,7653', '-22,2175;-54,7653', '-22,2175, -54,7653', '-22,2175 -54,7653', '-22,2175,-54,7653', ' (-22.2175; -54.7653) ', '\u221222.2175 \u221254.7653']) {
    assert.deepEqual(await parsed('parsePosition', text), expected, text);
  }
  assert.deepEqual(await parsed('parsePosition', '0, 0'), { lat: 0, lon: 0 });
  assert.deepEqual(await parsed('parsePosition', '-22,-54'), { lat: -22, lon: -54 });
});

test('positions with two meanings or none are refused with the reason', async () => {
  for (const [text, error] of [['', 'position_empty'], ['10,20', 'position_ambiguous'], ['1,2,3', 'position_ambiguous'], ['Dourados', 'position_unreadable'], ['-22.2', 'position_unreadable'], ['91, 10', 'position_swapped'], ['91, 100', 'position_latitude'], ['9, 181', 'position_longitude'], ['NaN, 1', 'position_unreadable'], ['1e1, 2', 'position_unreadable']]) {
    assert.deepEqual(await parsed('parsePosition', text), { error }, text);
  }
});

test('prices are read with point or comma, with or without the currency', async () => {
  for (const [text, value] of [['4.999', 4.999], ['4,999', 4.999], ['R$ 4,99', 4.99], [' 5 ', 5], ['€1.239/l', 1.239], ['0.001', 0.001], ['999.999', 999.999], ['4.9990', 4.999]]) {
    assert.deepEqual(await parsed('parsePrice', text), { value }, text);
  }
});

test('what is no price is refused with the reason', async () => {
  for (const [text, error] of [['', 'price_missing'], ['R$', 'price_missing'], ['x', 'price_unreadable'], ['1.2.3', 'price_unreadable'], ['-1', 'price_range'], ['0', 'price_range'], ['1000', 'price_range'], ['4.9999', 'price_decimals'], ['1e2', 'price_unreadable']]) {
    assert.deepEqual(await parsed('parsePrice', text), { error }, text);
  }
});
