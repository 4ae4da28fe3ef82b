// Prices that change while the page is open: told by the gateway's event stream, shown without a reload.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, lonelyPlace, open, post, settled, shownPrice } from './support.mjs';
import { startPosto } from './posto.mjs';

let browser;
let posto;
before(async () => ([browser, posto] = await Promise.all([launch(), startPosto()])));
after(() => Promise.all([browser?.close(), posto?.end()]));

const opened = (page) => page.waitForRequest((request) => new URL(request.url()).pathname === '/events');

/** The page, once its stream is open. */
async function listening(search) {
  const page = await browser.newPage({ locale: 'en-US' });
  const asked = opened(page);
  await page.goto(`${posto.url}/?${new URLSearchParams(search)}`);
  await settled(page);
  await (await asked).response();
  return page;
}

test('a price reported in one tab moves card, list and marker of the other', async () => {
  const place = lonelyPlace();
  const search = { fuel: 'gasoline', radius: 5, ...place };
  await post({ fuel: 'gasoline', price: 5.2, ...place, name: 'Posto A' }, posto.url);
  const second = await listening(search);
  assert.equal(await shownPrice(second), 5.2);
  await second.locator('#list .row').first().focus();

  const first = await open(browser, search, posto.url);
  await first.locator('#report-open').click();
  await first.locator('#report-place').fill(`${place.lat + 0.01}, ${place.lon}`);
  await first.locator('#report-price').fill('4.9');
  await first.locator('#report-send').click();
  await first.locator('#notice-text', { hasText: '4.90' }).waitFor();

  await second.locator('.card-price', { hasText: '4.90' }).waitFor();
  await second.locator('.marker.is-best .label', { hasText: '4.90' }).waitFor();
  assert.equal(await second.locator('#list > li').count(), 2);
  await second.locator('#announce', { hasText: /New price: gasoline, R\$4\.90/ }).waitFor({ state: 'attached' });
  assert.ok(await second.evaluate(() => document.activeElement.closest('li[data-station]') !== null), 'the focus stays in the list');
  await first.context().close();
  await second.context().close();
});

test('an open station hears of its new price; another fuel and a far place are not heard', async () => {
  const place = lonelyPlace();
  const { station } = await post({ fuel: 'gasoline', price: 5.2, ...place }, posto.url);
  const page = await listening({ fuel: 'gasoline', radius: 5, ...place, station });
  await page.locator('.details table').waitFor();
  const asked = [];
  page.on('request', (request) => asked.push(...[new URL(request.url()).pathname].filter((path) => path.startsWith('/stations'))));
  await post({ fuel: 'diesel', price: 6, ...place }, posto.url);
  await post({ fuel: 'gasoline', price: 1.5, lat: 1, lon: 1 }, posto.url);
  await page.waitForTimeout(1000);
  assert.deepEqual(asked, []);
  await post({ fuel: 'gasoline', price: 5.1, ...place, station }, posto.url);
  await page.locator('.station-price', { hasText: '5.10' }).waitFor();
  await page.context().close();
});

test('after the gateway has been away the stream is back, and what was missed is shown', async () => {
  const place = lonelyPlace();
  await post({ fuel: 'gasoline', price: 5.2, ...place }, posto.url);
  const page = await listening({ fuel: 'gasoline', radius: 5, ...place });
  await posto.stop();
  await page.locator('#banner').waitFor();
  await posto.start();
  await page.locator('#banner').waitFor({ state: 'hidden' });
  await post({ fuel: 'gasoline', price: 5.05, ...place }, posto.url);
  await page.locator('.card-price', { hasText: '5.05' }).waitFor();
  await page.context().close();
});

test('a search elsewhere listens elsewhere', async () => {
  const page = await listening({ fuel: 'gasoline', radius: 5, ...lonelyPlace() });
  const next = opened(page);
  await page.locator('#fuel').selectOption('diesel');
  assert.match((await next).url(), /fuel=diesel/);
  await page.context().close();
});
