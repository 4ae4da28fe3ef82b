// Older prices behind fresh ones: the API answers with fresh ones alone where there are any, the page shows the rest in grey.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, open, settled, shownPrice } from './support.mjs';

const CENTRE = { lat: 45.4642, lon: 9.19 };
const SEARCH = { fuel: 'gasoline', radius: 5, ...CENTRE };
const MONTHS_S = 8000000;

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

/** `count` stations in rows around the centre; ages in seconds, null for unknown. */
function stations(name, count, { age_s, price = 1.9 }) {
  return Array.from({ length: count }, (_, index) => ({
    id: `${name}-${index}`, name: `${name} ${index}`, brand: null, lat: CENTRE.lat + 0.002 * (index % 15) - 0.014, lon: CENTRE.lon + 0.004 * Math.floor(index / 15) + 0.004,
    fuel: 'gasoline', price: Number((price + index / 1000).toFixed(3)), currency: 'EUR', unit: 'l', reported_at: age_s === null ? null : '2026-01-01T00:00:00Z', age_s,
    stale: age_s === null || age_s > 2592000, distance_km: 1 + index / 100, suspect: false, source: 'reports', attribution: null,
  }));
}

/** Lists as the API does: fresh ones alone where there are any, and pages with a cursor. Returns what was asked. */
async function serve(context, all) {
  const asked = [];
  await context.route('**/stations?**', (route) => {
    const query = new URL(route.request().url()).searchParams;
    asked.push(Object.fromEntries(query));
    const fresh = all.filter(({ stale }) => !stale);
    const wanted = query.get('max_age') === 'all' || fresh.length === 0 ? all : fresh;
    const ranked = [...wanted].sort((a, b) => (query.get('rank') === 'distance' ? a.distance_km - b.distance_km : 0) || a.price - b.price);
    const from = Number(query.get('cursor') ?? 0);
    const to = from + Number(query.get('limit'));
    return route.fulfill({ json: { stations: ranked.slice(from, to), cursor: to < ranked.length ? String(to) : null } });
  });
  return asked;
}

async function openServed(all, search = SEARCH, options = { locale: 'en-US' }) {
  const context = await browser.newContext(options);
  const asked = await serve(context, all);
  return { page: await open(context, search), asked, context };
}

const ids = (page, list) => page.locator(`#${list} > li`).evaluateAll((items) => items.map((item) => item.dataset.station));

test('one fresh price does not hide the older ones', async () => {
  const fresh = stations('fresh', 1, { age_s: 60, price: 1.95 });
  const old = stations('old', 70, { age_s: MONTHS_S });
  const undated = stations('undated', 2, { age_s: null, price: 1.8 });
  const { page, asked, context } = await openServed([...fresh, ...old, ...undated]);
  await page.locator('#older > li').first().waitFor();
  await settled(page);
  assert.equal(await shownPrice(page), 1.95, 'the card is the API\'s answer');
  assert.deepEqual(await ids(page, 'list'), ['fresh-0']);
  assert.deepEqual((await ids(page, 'older')).slice(0, 3), ['undated-0', 'undated-1', 'old-0']);
  assert.equal(await page.locator('#older > li:not(.is-stale)').count(), 0);
  assert.equal(await page.locator('#older .chip:not(.tier-stale)').count(), 0);
  assert.match(await page.locator('#count').innerText(), /61 stations or more/);
  assert.match(await page.locator('#announce').innerText(), /€1\.95.*61 stations or more/);
  assert.equal(asked[1].max_age, 'all');
  assert.equal(asked[1].currency, 'EUR');

  await page.locator('#more').click();
  await page.locator('#older > li').nth(71).waitFor();
  assert.equal(new Set(await ids(page, 'older')).size, 72);
  assert.equal(await page.locator('#more').isVisible(), false);
  assert.equal(await page.locator('.marker').count(), 73);
  assert.equal(await page.locator('.marker.tier-stale').count(), 72);
  assert.match(await page.locator('#count').innerText(), /^73 stations/);

  await page.locator('#report-open').click();
  assert.ok((await page.locator('#report-station option').count()) > 1, 'a report may be for one of them');
  await context.close();
});

test('the older ones come after all fresh ones, by "show more"', async () => {
  const { page, asked, context } = await openServed([...stations('fresh', 130, { age_s: 60 }), ...stations('old', 90, { age_s: MONTHS_S, price: 3 })], { ...SEARCH, rank: 'distance' });
  assert.equal(await page.locator('#older-head').isVisible(), false);
  assert.equal(asked.filter(({ max_age }) => max_age).length, 0);
  for (const [fresh, older] of [[120, 0], [130, 90]]) {
    await page.locator('#more').click();
    await page.locator('#list > li').nth(fresh - 1).waitFor();
    if (older > 0) {
      await page.locator('#older > li').first().waitFor();
      if (await page.locator('#more').isVisible()) await page.locator('#more').click();
      await page.locator('#older > li').nth(older - 1).waitFor();
    }
  }
  assert.deepEqual([(await ids(page, 'list')).length, (await ids(page, 'older')).length], [130, 90]);
  await context.close();
});

test('where all prices are old, nothing more is asked and no legend is shown', async () => {
  const { page, asked, context } = await openServed(stations('old', 5, { age_s: MONTHS_S }));
  assert.equal(asked.length, 1);
  assert.equal((await ids(page, 'list')).length, 5);
  assert.equal(await page.locator('#older-head').isVisible(), false);
  assert.equal(await page.locator('#legend').isVisible(), false);
  await context.close();
});

test('the legend is there for coloured prices, and covers nothing of the map', async () => {
  const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, locale: 'pt-BR' };
  const { page, context } = await openServed([...stations('fresh', 5, { age_s: 60 }), ...stations('old', 3, { age_s: MONTHS_S })], SEARCH, phone);
  await page.locator('#legend', { hasText: /barato.*caro.*antigo/ }).waitFor();
  const [map, legend] = await Promise.all(['#map', '#legend'].map((part) => page.locator(part).boundingBox()));
  assert.ok(legend.y >= map.y + map.height - 1, 'below the map');
  await context.unroute('**/stations?**');
  await serve(context, []);
  await page.locator('#fuel').selectOption('lpg');
  await page.locator('#card .is-message').waitFor();
  assert.equal(await page.locator('#legend').isVisible(), false);
  await context.close();
});

test('when the older ones cannot be had the fresh ones stay', async () => {
  const context = await browser.newContext({ locale: 'en-US' });
  await serve(context, [...stations('fresh', 2, { age_s: 60 }), ...stations('old', 3, { age_s: MONTHS_S })]);
  await context.route('**/stations?**max_age=all**', (route) => route.abort());
  const page = await open(context, SEARCH);
  await page.locator('#banner').waitFor();
  assert.equal((await ids(page, 'list')).length, 2);
  await context.unroute('**/stations?**max_age=all**');
  await page.locator('#older > li').nth(2).waitFor();
  await page.locator('#banner').waitFor({ state: 'hidden' });
  await context.close();
});

test('the first page of many is coloured by what the whole area costs', async () => {
  const context = await browser.newContext({ locale: 'en-US' });
  await serve(context, stations('fresh', 130, { age_s: 60 }));
  await context.route('**/statistics?**', (route) => route.fulfill({ json: { count: 500, min: 1, q1: 1.2, median: 1.5, q3: 1.85, max: 2.5, currency: 'EUR', unit: 'l' } }));
  const page = await open(context, SEARCH);
  await page.locator('#list .chip.tier-3').first().waitFor();
  for (const part of ['#list .chip', '.marker']) {
    assert.equal(await page.locator(part).count(), 60);
    assert.equal(await page.locator(`${part}.tier-3`).count(), 60, 'in the dearest quarter, all of them');
  }
  await context.close();
});
