// What narrows a search: only closer or cheaper, open now, age, brand; and all of it in the address.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { api, launch, open, settled, POSTO_URL } from './support.mjs';

const DOURADOS = { fuel: 'gasoline', radius: 10, lat: -22.2235, lon: -54.7812 };

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

const shown = (page) => page.locator('#list > li').evaluateAll((items) => items.map((item) => item.dataset.station));

async function choose(page, act) {
  const before = page.url();
  await act();
  await page.waitForURL((url) => url.href !== before);
  await settled(page);
}

test('only closer or cheaper: the list of the API', async () => {
  const page = await open(browser, DOURADOS);
  const all = await shown(page);
  await page.locator('#filters summary').click();
  await choose(page, () => page.locator('#pareto').check());
  const expected = await api('/stations', { ...DOURADOS, pareto: true });
  assert.deepEqual(await shown(page), expected.stations.map(({ id }) => id));
  assert.ok(expected.stations.length < all.length);
  assert.equal(await page.locator('#filters-count').innerText(), '1 set');
  await choose(page, () => page.locator('#filters-clear').click());
  assert.deepEqual(await shown(page), all);
  await page.context().close();
});

test('age, brand and open now are asked for, kept in the address and read back', async () => {
  const page = await open(browser, DOURADOS);
  const asked = [];
  page.on('request', (request) => new URL(request.url()).pathname === '/stations' && asked.push(new URL(request.url()).searchParams));
  await page.locator('#filters summary').click();
  await choose(page, () => page.locator('#max-age').selectOption('8d'));
  await choose(page, () => page.locator('#open-now').check());
  await choose(page, async () => {
    await page.locator('#brand').fill(' Ipiranga ');
    await page.locator('#brand').press('Enter');
  });
  assert.deepEqual(['max_age', 'open_now', 'brand'].map((name) => asked.at(-1).get(name)), ['8d', 'true', 'Ipiranga']);
  assert.match(page.url(), /max_age=8d&brand=Ipiranga&open_now=true$/);
  await page.locator('#card .is-message').waitFor();

  await page.reload();
  await settled(page);
  assert.equal(await page.locator('#max-age').inputValue(), '8d');
  assert.equal(await page.locator('#brand').inputValue(), 'Ipiranga');
  assert.ok(await page.locator('#open-now').isChecked());
  assert.equal(await page.locator('#filters-count').textContent(), '3 set');
  await choose(page, () => page.locator('#card button', { hasText: 'Clear the filters' }).click());
  await page.locator('.card-price').waitFor();
  await page.context().close();
});

test('a link may hold other values than the page offers; broken ones are told', async () => {
  const page = await open(browser, { ...DOURADOS, radius: 7.5, max_age: '12h' });
  assert.equal(await page.locator('#radius').inputValue(), '7.5');
  assert.equal(await page.locator('#max-age').inputValue(), '12h');
  assert.equal(await page.locator('#notice').isVisible(), false);

  await page.goto(`${POSTO_URL}/?${new URLSearchParams({ ...DOURADOS, pareto: 'perhaps', max_age: 'old', brand: ' ', open_now: '1', station: '../x', colour: 'red', utm_source: 'x' })}`);
  await settled(page);
  const said = await page.locator('#notice-text').innerText();
  for (const part of ['perhaps', 'old', '“1”', '../x', 'colour']) assert.ok(said.includes(part), `${part} in: ${said}`);
  assert.ok(!said.includes('utm'), said);
  assert.match(page.url(), /rank=price$/);
  await page.context().close();
});

test('the last search is where a visit without a link begins', async () => {
  const context = await browser.newContext({ locale: 'en-US' });
  const page = await open(context, { ...DOURADOS, fuel: 'diesel', radius: 15 });
  await page.goto(`${POSTO_URL}/`);
  await settled(page);
  assert.match(page.url(), /fuel=diesel&radius=15/);
  await context.close();
});

test('tank and consumption are remembered, in km/l in Portuguese', async () => {
  const context = await browser.newContext({ locale: 'pt-BR' });
  const page = await open(context, { ...DOURADOS, rank: 'trip' });
  await page.locator('#litres').fill('55');
  await page.locator('#consumption').fill('12,5');
  await page.locator('#consumption').press('Enter');
  const asked = page.waitForRequest((request) => request.url().includes('consumption=8') && request.url().includes('litres=55'));
  await page.reload();
  await asked;
  assert.equal(await page.locator('#consumption').inputValue(), '12,5');
  await context.close();
});
