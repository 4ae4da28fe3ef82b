// Opening hours, service and whose the prices are, as the page shows them.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, open } from './support.mjs';

const CENTRE = { lat: 45.4642, lon: 9.19 };
const SEARCH = { fuel: 'gasoline', radius: 5, ...CENTRE };
const CREDIT = 'Dati: MIMIT';

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

const fact = {
  brand: null, ...CENTRE, currency: 'EUR', unit: 'l', fuel: 'gasoline', reported_at: '2026-01-01T00:00:00Z', age_s: 60, stale: false,
  distance_km: 1, suspect: false, source: 'it', attribution: CREDIT,
};
const STATIONS = [
  { ...fact, id: 'it-1', name: 'Day and night', price: 1.7, opening_hours: '24/7', open: true, service: 'both', members_only: true },
  { ...fact, id: 'it-2', name: 'By day', price: 1.8, opening_hours: 'Mo-Sa 07:00-22:00; Su off', open: false, service: 'served', members_only: false },
  { ...fact, id: 'it-3', name: 'Who knows', price: 1.9, opening_hours: null, open: null, service: null, members_only: null },
];

async function openServed(locale) {
  const context = await browser.newContext({ locale });
  await context.route('**/stations?**', (route) => route.fulfill({ json: { stations: STATIONS, sources: [{ source: 'it', attribution: CREDIT }], cursor: null } }));
  await context.route('**/stations/it-*', (route) => {
    const station = STATIONS.find(({ id }) => route.request().url().endsWith(`/${id}`));
    return route.fulfill({ json: { ...station, address: null, prices: [station] } });
  });
  return { page: await open(context, SEARCH), context };
}

test('a word tells who is open, and no word where nobody knows', async () => {
  for (const [locale, words] of [['en-US', ['openmembers only', 'closed', '']], ['pt-BR', ['abertosó para sócios', 'fechado', '']]]) {
    const { page, context } = await openServed(locale);
    const tags = await page.locator('#list > li').evaluateAll((items) => items.map((item) => [...item.querySelectorAll('.tag')].map((tag) => tag.textContent.trim()).join('')));
    assert.deepEqual(tags, words, locale);
    await context.close();
  }
});

test('a station that is opened tells its hours, its service and its source', async () => {
  for (const [locale, texts] of [
    ['en-US', ['closed: Mon-Sat 07:00–22:00; Sun closed', 'Served', CREDIT]],
    ['pt-BR', ['fechado: seg-sáb 07:00–22:00; dom fechado', 'Com frentista', CREDIT]],
  ]) {
    const { page, context } = await openServed(locale);
    await page.locator('#list > li').nth(1).locator('.row').click();
    const more = page.locator('#station .details');
    await more.locator('table').waitFor();
    const shown = await more.evaluate((element) => element.textContent);
    for (const text of texts) assert.ok(shown.includes(text), `${text} in ${shown}`);
    assert.ok((await page.locator('.leaflet-control-attribution').evaluate((element) => element.textContent)).includes(CREDIT));
    await context.close();
  }
});
