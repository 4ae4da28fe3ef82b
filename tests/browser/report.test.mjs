// Reporting prices with the page, against a running Posto (POSTO_URL).
// Each test that writes does so at a far-away place of its own, so that none disturbs another.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { api, launch, lonelyPlace, open, post, problem, shownPrice } from './support.mjs';

const DOURADOS = { lat: -22.2235, lon: -54.7812 };

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

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

test('reads name the place of the last report, and do without it where no server has come there', async () => {
  const place = lonelyPlace();
  const page = await open(browser, { fuel: 'diesel', radius: 5, ...place });
  const named = [];
  let refused = 0;
  await page.route('**/stations?**', async (route) => {
    const position = route.request().headers()['posto-position'];
    if (position) named.push(position);
    if (!position) return route.fallback();
    refused += 1;
    const problem = { type: '/problems/behind', title: 'Behind', status: 503, code: 'behind', detail: '', request_id: 'r' };
    return route.fulfill({ status: 503, contentType: 'application/problem+json', body: JSON.stringify(problem) });
  });
  await report(page, place, '4.444');
  await page.locator('.card-price', { hasText: '4.444' }).waitFor();
  assert.ok(refused >= 1);
  assert.match(named[0], /^[0-9a-f]{32}\.[1-9][0-9]*$/);
  await page.context().close();
});

test('a report whose answer was lost is kept, sent again under the same key, and counted once', async () => {
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
  await page.locator('#notice-text', { hasText: /counted once/ }).waitFor();
  await page.locator('#outbox-text', { hasText: '1 price waits' }).waitFor();
  await page.locator('#outbox-send').click();
  await page.locator('#notice-text', { hasText: '5.123' }).waitFor();
  await page.locator('#outbox').waitFor({ state: 'hidden' });
  assert.equal(keys.length, 2);
  assert.equal(keys[0], keys[1]);
  assert.match(keys[0], /^[A-Za-z0-9_-]{16,64}$/);
  const id = (await api('/stations/cheapest', { fuel: 'diesel', radius: 5, ...place })).id;
  assert.equal((await api(`/stations/${id}/prices`, {})).prices.length, 1);
  await page.context().close();
});

test('a report without a network outlives the page and is sent when the network is back', async () => {
  const place = lonelyPlace();
  const context = await browser.newContext({ locale: 'pt-BR' });
  let page = await open(context, { fuel: 'diesel', radius: 5, ...place });
  await context.setOffline(true);
  await report(page, place, '5,321');
  await page.locator('#outbox-text', { hasText: '1 preço espera' }).waitFor();
  await page.close();
  await context.setOffline(false);
  page = await open(context, { fuel: 'diesel', radius: 5, ...place });
  await page.locator('#notice-text', { hasText: '5,321' }).waitFor();
  await page.locator('.card-price', { hasText: '5,321' }).waitFor();
  assert.equal(await page.locator('#outbox').isVisible(), false);
  await context.close();
});

test('a kept report that is refused can be looked at and corrected', async () => {
  const place = lonelyPlace();
  const page = await open(browser, { fuel: 'diesel', radius: 5, ...place });
  let answers = 0;
  await page.route('**/stations', (route) => {
    if (route.request().method() !== 'POST') return route.fallback();
    answers += 1;
    if (answers === 1) return problem(route, 503, 'server-silent');
    return answers === 2 ? problem(route, 422, 'not-allowed', { errors: [] }) : route.fallback();
  });
  await report(page, place, '6.5');
  await page.locator('#outbox-send').click();
  await page.locator('#outbox-text', { hasText: '6.50' }).waitFor();
  await page.locator('#outbox-send', { hasText: 'Look at it' }).click();
  assert.equal(await page.locator('#report-price').inputValue(), '6.50');
  await page.locator('#report-price').fill('6.4');
  await page.locator('#report-send').click();
  await page.locator('#notice-text', { hasText: '6.4' }).waitFor();
  await page.context().close();
});

test('a price far from those around is asked about, with what was probably meant', async () => {
  const place = lonelyPlace();
  for (const [index, price] of [5.1, 5.15, 5.2, 5.22, 5.3].entries()) await post({ fuel: 'ethanol', price, lat: place.lat + index / 100, lon: place.lon });
  const context = await browser.newContext({ locale: 'pt-BR' });
  const page = await open(context, { fuel: 'ethanol', radius: 20, ...place });
  await page.locator('#report-open').click();
  await page.locator('#report-place').fill(`${place.lat}; ${place.lon}`);
  await page.locator('#report-place').blur();
  await page.locator('#report-price').fill('5,19');
  const hint = page.locator('#report-price-hint');
  await page.waitForTimeout(600);
  assert.equal(await hint.innerText(), '');
  for (const [typed, said] of [['0,9', /bem menos/], ['52', /bem mais/], ['5199', /R\$\s5,199/]]) {
    await page.locator('#report-price').fill(typed);
    await hint.filter({ hasText: said }).waitFor();
  }
  await hint.locator('button').click();
  assert.equal(await page.locator('#report-price').inputValue(), '5,199');
  await page.locator('#report-send').click();
  await page.locator('#notice-text', { hasText: '5,199' }).waitFor();
  await context.close();
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

test('the token field appears when the server wants a token, and the token is kept only if asked', async () => {
  for (const keep of [false, true]) {
    const context = await browser.newContext({ locale: 'en-US' });
    const page = await open(context, DOURADOS);
    const seen = [];
    await context.route('**/stations', (route) => {
      if (route.request().method() !== 'POST') return route.fallback();
      seen.push(route.request().headers().authorization ?? null);
      return problem(route, seen.at(-1) ? 403 : 401, 'token');
    });
    await report(page, DOURADOS, '5');
    await page.locator('#report-token').fill('secret');
    if (keep) await page.locator('#report-token-keep').check();
    await page.locator('#report-send').click();
    await page.locator('#report-token-problem', { hasText: /not accepted/ }).waitFor();
    assert.deepEqual(seen, [null, 'Bearer secret']);
    const kept = await page.evaluate(() => Object.values(localStorage).some((value) => value.includes('secret')));
    assert.equal(kept, keep);
    const again = await open(context, DOURADOS);
    await report(again, DOURADOS, '5');
    await again.locator('#report-token').waitFor();
    assert.equal(seen[2], keep ? 'Bearer secret' : null);
    await context.close();
  }
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
