// Without a gateway: the page opens from the service worker, says how old its answers are, and recovers by itself.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, open, settled, shownPrice } from './support.mjs';
import { startPosto } from './posto.mjs';

const DOURADOS = { fuel: 'gasoline', radius: 10, lat: -22.2235, lon: -54.7812 };

let browser;
let posto;
before(async () => ([browser, posto] = await Promise.all([launch(), startPosto()])));
after(() => Promise.all([browser?.close(), posto?.end()]));

test('offline and back: the last answers, marked as old, then the new ones', async () => {
  const context = await browser.newContext({ locale: 'en-US', serviceWorkers: 'allow' });
  const page = await open(context, DOURADOS, posto.url);
  const before = await shownPrice(page);
  await page.evaluate(() => navigator.serviceWorker.ready);
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
  await page.reload();
  await settled(page);
  assert.equal(await page.locator('#banner').isVisible(), false, 'with a gateway nothing is old');

  await posto.stop();
  await page.goto(`${posto.url}/`);
  await settled(page);
  assert.equal(await shownPrice(page), before, 'the last search of this device');
  assert.match(await page.locator('#banner-text').innerText(), /prices as of \d/);
  await page.locator('#list .row').first().click();
  await page.locator('#station-title').waitFor();
  await page.goBack();

  await posto.start();
  await page.locator('#banner').waitFor({ state: 'hidden' });
  await settled(page);
  assert.equal(await shownPrice(page), before);
  await context.close();
});

test('an answer from before is never taken for one from now', async () => {
  const context = await browser.newContext({ locale: 'en-US', serviceWorkers: 'allow' });
  const place = { lat: -40.1, lon: -120.2 };
  const report = (price) => context.request.post(`${posto.url}/stations`, { data: { fuel: 'gasoline', price, ...place } });
  await report(5.5);
  const page = await open(context, { fuel: 'gasoline', radius: 5, ...place }, posto.url);
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
  await page.reload();
  await settled(page);
  await report(5.4);
  await page.reload();
  await settled(page);
  assert.equal(await shownPrice(page), 5.4);

  const [age, kept] = await page.evaluate(async () => {
    const { freshened } = await import('/kept.js');
    const answer = { stations: [{ age_s: 10, open: true }, { age_s: null }] };
    const headers = new Headers({ 'Posto-Kept-At': String(Date.now() - 60000) });
    const old = freshened(answer, { headers });
    return [old.stations, freshened(answer, { headers: new Headers() }).kept_at ?? null, old.kept_at];
  });
  assert.deepEqual(age, [{ age_s: 70, open: null }, { age_s: null }]);
  assert.equal(kept, null);
  await context.close();
});

test('while the gateway is away what is shown stays, and the page recovers without a reload', async () => {
  const page = await open(browser, DOURADOS, posto.url);
  await page.evaluate(() => (window.isTheSamePage = true));
  const before = await shownPrice(page);
  await posto.stop();
  await page.locator('#fuel').selectOption('diesel');
  await page.locator('#banner').waitFor();
  assert.equal(await shownPrice(page), before);
  await posto.start();
  await page.locator('#banner').waitFor({ state: 'hidden' });
  await page.locator('.card-head', { hasText: 'Diesel' }).waitFor();
  assert.ok(await page.evaluate(() => window.isTheSamePage));
  await page.context().close();
});
