// How the page looks to machines that judge it: accessibility rules, width on a phone, languages.

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { launch, open, problem, settled } from './support.mjs';

const PHONE = { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true };
const SEARCH = { fuel: 'gasoline', radius: 10, lat: -22.2235, lon: -54.7812 };
const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

for (const colorScheme of ['light', 'dark']) {
  for (const [screen, options] of [['phone', PHONE], ['desktop', { viewport: { width: 1366, height: 820 } }]]) {
    test(`axe finds nothing: ${colorScheme}, ${screen}`, async () => {
      const context = await browser.newContext({ ...options, colorScheme, locale: 'pt-BR', reducedMotion: 'reduce' });
      const page = await open(context, { ...SEARCH, radius: 'x' });
      await examine(page, 'answer');

      await page.locator('label[for="rank-trip"]').click();
      await settled(page);
      await page.locator('#filters summary').click();
      await page.locator('#pareto').check();
      await settled(page);
      await examine(page, 'trip, filters');
      await page.locator('#list .row').first().click();
      await page.locator('.past p').first().waitFor();
      await page.locator('.flags summary').click();
      await examine(page, 'station');
      await page.locator('#station-back').click();

      await page.locator('.marker .label').first().click();
      await page.locator('.popup').waitFor();
      await examine(page, 'pop-up');

      await page.locator('#report-open').click();
      await page.locator('#report summary').click();
      await page.locator('#report-send').click();
      await examine(page, 'form with mistakes');
      await page.locator('#report-cancel').click();

      await page.route('**/stations**', (route) => route.abort());
      await page.locator('#fuel').selectOption('lpg');
      await page.locator('#banner').waitFor();
      await examine(page, 'banner');
      await page.unroute('**/stations**');
      await page.locator('#card .is-message').waitFor();
      await examine(page, 'nothing found');
      await context.close();
    });
  }
}

test('axe finds nothing in the rarer states of a report', async () => {
  const context = await browser.newContext({ ...PHONE, colorScheme: 'dark', locale: 'en-US', reducedMotion: 'reduce' });
  const page = await open(context, SEARCH);
  const answers = [
    (route) => problem(route, 401, 'token-missing'),
    (route) => problem(route, 409, 'ambiguous-station', { candidates: [{ id: 'a', name: 'Posto A', brand: null, lat: 0, lon: 0, distance_m: 3 }] }),
    (route) => problem(route, 503, 'server-silent'),
  ];
  await page.route('**/stations', (route) => (route.request().method() === 'POST' ? answers.shift()(route) : route.fallback()));
  await page.route('**/statistics?**', (route) => route.fulfill({ json: { count: 9, min: 4, q1: 4.1, median: 4.2, q3: 4.3, max: 4.4, currency: 'BRL', unit: 'l' } }));
  await page.locator('#report-open').click();
  await page.locator('#report-station').selectOption({ index: 1 });
  await page.locator('#report-price').fill('42');
  await page.locator('#report-price-hint button').waitFor();
  await page.locator('#report-send').click();
  await page.locator('#report-token').fill('x');
  await examine(page, 'hint and token');
  await page.locator('#report-send').click();
  await page.locator('.candidate').first().waitFor();
  await examine(page, 'candidates');
  await page.locator('.candidate').first().click();
  await page.locator('#outbox').waitFor();
  await examine(page, 'kept report');
  await context.close();
});

for (const [locale, { price, button }] of Object.entries({
  'pt-BR': { price: /R\$\s?3,999/, button: 'Informar preço' },
  'en-US': { price: /R\$\s?3\.999/, button: 'Report a price' },
})) {
  test(`a phone in ${locale} shows everything in its width and language`, async () => {
    const context = await browser.newContext({ ...PHONE, locale });
    const page = await open(context, SEARCH);
    assert.equal(await page.locator('html').getAttribute('lang'), locale);
    assert.equal(await page.locator('#report-open').innerText(), button);
    assert.match(await page.locator('.card-price').evaluate((element) => element.textContent), price);
    await noSideways(page);
    await page.locator('label[for="rank-trip"]').click();
    await noSideways(page);
    await page.locator('#filters summary').click();
    await noSideways(page);
    await page.locator('#list .row').first().click();
    await page.locator('.details table').waitFor();
    await noSideways(page);
    await page.locator('#report-open').click();
    await noSideways(page);
    assert.equal(await page.locator('[data-text]:not(option)').evaluateAll((elements) => elements.filter((element) => !element.textContent).length), 0);
    await context.close();
  });
}

test('both languages have the same sentences', async () => {
  const page = await open(browser, SEARCH);
  const [en, pt] = await page.evaluate(async () => {
    const texts = await Promise.all(['/text-en.js', '/text-pt.js'].map((path) => import(path)));
    return texts.map(({ default: text }) => Object.entries(text).map(([key, value]) => `${key} ${(value.match(/\{\w+\}/g) ?? []).sort()}`));
  });
  assert.deepEqual(pt, en);
  await page.context().close();
});

async function examine(page, moment) {
  // Colours that are still fading would be judged halfway.
  await page.evaluate(() => Promise.all(document.getAnimations().map((animation) => animation.finished.catch(() => null))));
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run({ resultTypes: ['violations'] }));
  const found = violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target.join(' ')} ${node.any[0]?.message ?? ''}`));
  assert.deepEqual(found, [], moment);
}

async function noSideways(page) {
  const [content, window] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
  assert.ok(content <= window, `${content} px wide in a window of ${window}`);
}
