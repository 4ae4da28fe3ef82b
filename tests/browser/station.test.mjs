// One station: its panel, its past, its place among the area's prices, its link, and what can be said about it.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, lonelyPlace, open, post, problem, settled, POSTO_URL } from './support.mjs';

const DOURADOS = { fuel: 'gasoline', radius: 10, lat: -22.2235, lon: -54.7812 };

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

/** Five stations in a row, the first with a past of three prices. */
async function street() {
  const place = lonelyPlace();
  const prices = [5.0, 5.2, 5.4, 5.6, 5.8];
  const made = [];
  for (const [index, price] of prices.entries()) made.push(await post({ fuel: 'gasoline', price, lat: place.lat + index / 200, lon: place.lon, name: `Posto ${index}` }));
  for (const price of [4.9, 5.1]) await post({ fuel: 'gasoline', price, lat: place.lat, lon: place.lon });
  await post({ fuel: 'diesel', price: 6.1, lat: place.lat, lon: place.lon });
  return { place, ids: made.map(({ station }) => station) };
}

test('a station shows every fuel, its past and its place among the prices around', async () => {
  const { place, ids } = await street();
  const page = await open(browser, { fuel: 'gasoline', radius: 10, ...place });
  await page.locator(`#list li[data-station="${ids[0]}"] .row`).click();
  await page.waitForURL(`**station=${ids[0]}`);
  assert.equal(await page.locator('#station-title').innerText(), 'Posto 0');
  await page.locator('.details tr').nth(1).waitFor();
  assert.match(await page.locator('.area').innerText(), /cheapest quarter/);
  assert.match(await page.locator('.bar').getAttribute('aria-label'), /R\$5\.100, R\$5\.200, R\$5\.400, R\$5\.600, R\$5\.800/);
  assert.ok((await page.locator('.bar-mark').evaluate((mark) => parseFloat(mark.style.left))) < 1);
  const said = await page.locator('.history svg').getAttribute('aria-label');
  assert.match(said, /From R\$5\.000 .* to R\$5\.100 .*lowest R\$4\.900, highest R\$5\.100/);
  assert.equal(await page.locator('.history circle').count(), 3);

  await page.locator('.past select').selectOption('diesel');
  await page.locator('.past', { hasText: /Only one price.*R\$6\.10/ }).waitFor();
  await page.context().close();
});

test('what is saved is told against the middle price, after the detour', async () => {
  const { place } = await street();
  const page = await open(browser, { fuel: 'gasoline', radius: 10, ...place, lat: place.lat + 0.02 });
  await page.locator('#saving').waitFor();
  // 40 l at the middle price 5.40 against 5.10 for 40 l and a detour of 2 × 2.224 km × 1.3 at 7 l/100 km.
  const saved = 40 * 5.4 - 5.1 * (40 + (2 * 2.224 * 1.3 * 7) / 100);
  assert.match(await page.locator('#saving').innerText(), new RegExp(`R\\$${saved.toFixed(2).replace('.', '\\.')} cheaper`.slice(0, -9)));
  const values = await page.evaluate(async () => {
    const { saving } = await import('/saving.js');
    const station = { price: 5, currency: 'BRL', unit: 'l', distance_km: 0, stale: false, age_s: 1, suspect: false };
    const statistics = { count: 9, median: 5.5, currency: 'BRL', unit: 'l' };
    const trip = { litres: 40, consumption: 7 };
    return [
      saving(station, statistics, trip), saving({ ...station, distance_km: 100 }, statistics, trip) < 0, saving({ ...station, price: 5.49 }, statistics, trip),
      saving({ ...station, stale: true }, statistics, trip), saving({ ...station, suspect: true }, statistics, trip), saving(station, { ...statistics, count: 4 }, trip),
      saving(station, { ...statistics, currency: 'EUR' }, trip), saving({ ...station, unit: 'm3' }, { ...statistics, unit: 'm3' }, trip), saving(station, null, trip),
    ];
  });
  assert.deepEqual(values, [20, true, null, null, null, null, null, null, null]);
  await page.context().close();
});

test('back and forward, a link, and a link to nobody', async () => {
  const page = await open(browser, DOURADOS);
  const row = page.locator('#list .row').nth(1);
  const id = await page.locator('#list > li').nth(1).getAttribute('data-station');
  await row.click();
  await page.locator('.details table').waitFor();
  await page.goBack();
  await page.locator('#results').waitFor();
  assert.ok(!page.url().includes('station='));
  await page.goForward();
  await page.locator('.details table').waitFor();
  assert.ok(page.url().endsWith(`station=${id}`));

  const linked = await open(browser, { ...DOURADOS, station: id });
  await linked.locator('.details table').waitFor();
  await linked.locator('#station-back').click();
  await linked.locator('#results').waitFor();
  assert.ok(!linked.url().includes('station='));

  await page.route('**/stations/nobody', (route) => problem(route, 404, 'unknown-station'));
  await page.goto(`${POSTO_URL}/?${new URLSearchParams({ ...DOURADOS, station: 'nobody' })}`);
  await page.locator('#notice-text', { hasText: /not known/ }).waitFor();
  await page.locator('#results').waitFor();
  await settled(page);
  await page.context().close();
  await linked.context().close();
});

test('a shared link leads to the station, not to who shared it', async () => {
  const context = await browser.newContext({ locale: 'en-US', permissions: ['clipboard-read', 'clipboard-write'] });
  const page = await open(context, DOURADOS);
  await page.locator('#list .row').first().click();
  await page.locator('.details table').waitFor();
  await page.locator('#station .actions button', { hasText: 'Share' }).click();
  await page.locator('.station-actions', { hasText: 'copied' }).waitFor();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  assert.ok(!link.includes(String(DOURADOS.lat)), link);
  const other = await context.newPage();
  await other.goto(link);
  await other.locator('.details table').waitFor();
  assert.equal(await other.locator('#station-title').innerText(), await page.locator('#station-title').innerText());

  await page.evaluate(() => (navigator.share = async (data) => (window.shared = data)));
  await page.locator('#station .actions button', { hasText: 'Share' }).click();
  await page.waitForFunction(() => window.shared);
  assert.deepEqual(await page.evaluate(() => [window.shared.url, /gasoline at R\$3\.999/i.test(window.shared.text)]), [link, true]);
  await context.close();
});

test('that a price is gone can be said, and it is told where nobody listens', async () => {
  const page = await open(browser, DOURADOS);
  const sent = [];
  let [status, code] = [202, ''];
  await page.route('**/flags', (route) => {
    sent.push(route.request().postDataJSON());
    return status === 202 ? route.fulfill({ status }) : problem(route, status, code);
  });
  for (const [answer, said, why] of [[202, /Thank you/], [501, /does not take/], [404, /does not take/], [404, /not known/, 'unknown-station'], [401, /access token/], [503, /just now/]]) {
    [status, code] = [answer, why ?? 'code'];
    await page.locator('#list .row').first().click();
    await page.locator('.flags summary').click();
    await page.locator('.flags button').first().click();
    await page.locator('.flags [role="status"]', { hasText: said }).waitFor();
    await page.locator('#station-back').click();
  }
  assert.deepEqual(sent[0], { reason: 'price-gone', fuel: 'gasoline' });
  await page.context().close();
});
