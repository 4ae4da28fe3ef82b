// Reporting prices with the page, against a running Posto (POSTO_URL).
// Each test that writes does so at a far-away place of its own, so that none disturbs another.

import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { after, before, test } from 'node:test';
import { api, launch, open, problem, shownPrice } from './support.mjs';

const DOURADOS = { lat: -22.2235, lon: -54.7812 };

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

/** A place in the empty South Pacific that no other test, and no earlier run, has used. */
function lonelyPlace() {
  return { lat: -(randomInt(300000, 500000) / 10000), lon: -(randomInt(1000000, 1400000) / 10000) };
}

test('a reported price becomes the cheapest', async () => {
  const place = lonelyPlace();
  const page = await open(browser, { fuel: 'gasoline', radius: 5, ...place });
  await page.locator('#card .is-message').waitFor();
  await report(page, place, '4.999');
  await page.locator('#notice-text', { hasText: '4.999' }).waitFor();
  await page.locator('.card-price').waitFor();
  assert.equal(await shownPrice(page), 4.999);

  await report(page, place, '4.899');
  await page.locator('#notice-text', { hasText: /4\.899.*4\.999/ }).waitFor();
  await page.locator('.card-price', { hasText: '4.899' }).waitFor();
  assert.equal((await api('/stations/cheapest', { fuel: 'gasoline', radius: 5, ...place })).price, 4.899);
  assert.equal(await page.locator('#list > li').count(), 1);
  await page.context().close();
});

test('a decimal comma is understood and a wrong price explained', async () => {
  const place = lonelyPlace();
  const context = await browser.newContext({ locale: 'pt-BR' });
  const page = await open(context, { fuel: 'ethanol', radius: 5, ...place });
  for (const [typed, explained] of [['', /Digite o preço/], ['barato', /não é um preço/], ['4,9999', /três casas/], ['0', /0,001/], ['1000', /999,999/]]) {
    await report(page, place, typed);
    await page.locator('#report-price-problem', { hasText: explained }).waitFor();
    assert.equal(await page.evaluate(() => document.activeElement.id), 'report-price');
  }
  await report(page, place, 'R$ 3,459');
  await page.locator('#notice-text', { hasText: '3,459' }).waitFor();
  await page.locator('.card-price', { hasText: '3,459' }).waitFor();
  assert.equal(await shownPrice(page), 3.459);
  await context.close();
});

test('a report whose answer was lost is sent again under the same key', async () => {
  const place = lonelyPlace();
  const page = await open(browser, { fuel: 'diesel', radius: 5, ...place });
  const keys = [];
  await page.route('**/stations', async (route) => {
    if (route.request().method() !== 'POST') return route.fallback();
    keys.push(route.request().headers()['idempotency-key']);
    if (keys.length > 1) return route.fallback();
    await route.fetch();
    return route.abort();
  });
  await report(page, place, '5.123');
  await page.locator('#report-message', { hasText: /counted once/ }).waitFor();
  await page.locator('#report-send').click();
  await page.locator('#notice-text', { hasText: '5.123' }).waitFor();
  assert.equal(keys.length, 2);
  assert.equal(keys[0], keys[1]);
  assert.match(keys[0], /^[A-Za-z0-9_-]{16,64}$/);
  await page.context().close();
});

test('of several stations at one place the reader chooses', async () => {
  const page = await open(browser, { fuel: 'gasoline', radius: 5, ...DOURADOS });
  const sent = [];
  await page.route('**/stations', (route) => {
    if (route.request().method() !== 'POST') return route.fallback();
    sent.push(route.request().postDataJSON());
    const candidate = { id: 'b', name: 'Posto B', brand: null, ...DOURADOS, distance_m: 31 };
    if (sent.length === 1) return problem(route, 409, 'ambiguous-station', { candidates: [{ ...candidate, id: 'a', name: 'Posto A' }, candidate] });
    return route.fulfill({ status: 200, json: { station: 'b', fuel: 'gasoline', price: 5, currency: 'BRL', unit: 'l', new_station: false, replaced: null, reported_at: '2026-01-01T00:00:00Z' } });
  });
  await report(page, DOURADOS, '5');
  await page.locator('.candidate', { hasText: 'Posto B' }).click();
  await page.locator('#notice').waitFor();
  assert.equal(sent[0].station, undefined);
  assert.equal(sent[1].station, 'b');
  await page.context().close();
});

test('the token field appears when the server wants a token', async () => {
  const page = await open(browser, DOURADOS);
  let authorization = null;
  await page.route('**/stations', (route) => {
    if (route.request().method() !== 'POST') return route.fallback();
    authorization = route.request().headers().authorization ?? null;
    return problem(route, authorization ? 403 : 401, 'token');
  });
  await report(page, DOURADOS, '5');
  await page.locator('#report-token').fill('secret');
  await page.locator('#report-send').click();
  await page.locator('#report-token-problem', { hasText: /not accepted/ }).waitFor();
  assert.equal(authorization, 'Bearer secret');
  await page.context().close();
});

test('what the server refuses is marked at its field', async () => {
  const page = await open(browser, DOURADOS);
  await page.route('**/stations', (route) =>
    route.request().method() === 'POST'
      ? problem(route, 422, 'not-allowed', { errors: [{ parameter: 'price', value: 900, reason: 'too large', allowed: '0.001 to 800' }] })
      : route.fallback(),
  );
  await report(page, DOURADOS, '900');
  await page.locator('#report-price-problem', { hasText: '0.001 to 800' }).waitFor();
  await page.context().close();
});

async function report(page, place, price) {
  if (!(await page.locator('#report').isVisible())) await page.locator('#report-open').click();
  await page.locator('#report-place').fill(`${place.lat}, ${place.lon}`);
  await page.locator('#report-price').fill(price);
  await page.locator('#report-send').click();
}
