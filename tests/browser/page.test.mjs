// Searching with the page, against a running Posto (POSTO_URL) that holds the nine sample records.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { api, hear, launch, open, problem, settled, shownPrice, POSTO_URL } from './support.mjs';

const DOURADOS = { lat: -22.2235, lon: -54.7812 };

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

test('the page shows the same cheapest station as the API', async () => {
  for (const fuel of ['gasoline', 'diesel', 'ethanol']) {
    const search = { fuel, radius: 10, ...DOURADOS };
    const best = await api('/stations/cheapest', search);
    const page = await open(browser, search);
    assert.equal(await shownPrice(page), best.price, fuel);
    assert.equal(await page.locator('#card .card').getAttribute('data-station'), best.id);
    const ranked = await api('/stations', search);
    const rows = await page.locator('#list > li').evaluateAll((items) => items.map((item) => item.dataset.station));
    assert.deepEqual(rows, ranked.stations.map(({ id }) => id));
    await page.context().close();
  }
});

test('every rank shows the order of the API', async () => {
  for (const rank of ['distance', 'trip']) {
    const page = await open(browser, { fuel: 'gasoline', radius: 10, ...DOURADOS });
    await page.locator(`label[for="rank-${rank}"]`).click();
    await page.waitForURL(`**rank=${rank}**`);
    await settled(page);
    const ranked = await api('/stations', { fuel: 'gasoline', radius: 10, ...DOURADOS, rank, ...(rank === 'trip' && { litres: 40, consumption: 7 }) });
    const rows = await page.locator('#list > li').evaluateAll((items) => items.map((item) => item.dataset.station));
    assert.deepEqual(rows, ranked.stations.map(({ id }) => id), rank);
    const best = await api('/stations/cheapest', { fuel: 'gasoline', radius: 10, ...DOURADOS, rank: rank === 'trip' ? 'trip' : 'price' });
    assert.equal(await page.locator('#card .card').getAttribute('data-station'), best.id, `the card, ordered by ${rank}`);
    assert.equal(await page.locator('#trip').isVisible(), rank === 'trip');
    await page.context().close();
  }
});

test('another fuel and another radius change the result and the address', async () => {
  const page = await open(browser, { fuel: 'gasoline', radius: 10, ...DOURADOS });
  const gasoline = await shownPrice(page);

  await page.locator('#fuel').selectOption('diesel');
  await page.waitForURL('**fuel=diesel**');
  await settled(page);
  assert.equal(await shownPrice(page), (await api('/stations/cheapest', { fuel: 'diesel', radius: 10, ...DOURADOS })).price);
  assert.notEqual(await shownPrice(page), gasoline);

  await page.locator('#radius').selectOption('0.5');
  await page.waitForURL('**radius=0.5&**');
  await settled(page);
  await page.locator('#card .is-message').waitFor();
  assert.equal(await page.locator('#list > li').count(), 0);

  await page.locator('#card button').click();
  await page.waitForURL('**radius=1&**');
  await page.context().close();
});

test('a search is one request, and an empty one is no error in the log', async () => {
  const page = await browser.newPage({ locale: 'en-US' });
  const heard = hear(page);
  const asked = [];
  page.on('request', (request) => new URL(request.url()).pathname.startsWith('/stations') && asked.push(request.url()));
  await page.goto(`${POSTO_URL}/?fuel=gasoline&radius=0.1&lat=0&lon=0`);
  await settled(page);
  await page.locator('#card .is-message').waitFor();
  assert.equal(asked.length, 1, asked.join('\n'));
  assert.deepEqual(heard, []);
  await page.context().close();
});

test('a broken link falls back and says so', async () => {
  const page = await open(browser, { fuel: 'kerosene', radius: '-3', lat: '91', lon: 'x', rank: 'beauty' });
  const said = await page.locator('#notice-text').innerText();
  for (const part of ['kerosene', '-3', '91', 'beauty']) assert.ok(said.includes(part), `${part} in: ${said}`);
  assert.equal(new URL(page.url()).search, '?fuel=gasoline&radius=5&lat=-22.2235&lon=-54.7812&rank=price');
  await page.locator('#notice-close').click();
  assert.equal(await page.locator('#notice').isVisible(), false);
  await page.context().close();
});

test('a typed position moves the search, a mistyped one is explained', async () => {
  const page = await open(browser, { fuel: 'gasoline', radius: 1, ...DOURADOS });
  const field = page.locator('#position');
  await field.fill('-22,226945; -54,807717');
  await field.press('Enter');
  await page.waitForURL('**lat=-22.226945&lon=-54.807717**');
  await settled(page);
  assert.equal(await shownPrice(page), (await api('/stations/cheapest', { fuel: 'gasoline', radius: 1, lat: -22.226945, lon: -54.807717 })).price);

  const address = page.url();
  for (const [typed, explained] of [['-22,2175', /semicolon/], ['somewhere', /not a position/], ['-122.5, 45', /swapped/], ['10, 200', /-180 to 180/]]) {
    await field.fill(typed);
    await field.press('Enter');
    await page.locator('#position-problem', { hasText: explained }).waitFor();
    assert.equal(await field.getAttribute('aria-invalid'), 'true');
  }
  assert.equal(page.url(), address);
  await page.context().close();
});

test('a tap on the map moves the search', async () => {
  const page = await open(browser, { fuel: 'lpg', radius: 5, ...DOURADOS });
  const before = page.url();
  await page.locator('#map').click({ position: { x: 60, y: 160 } });
  await page.waitForURL((url) => url.href !== before);
  await page.context().close();
});

test('where the browser forbids the position, the page says why', async () => {
  const context = await browser.newContext({ locale: 'en-US' });
  await context.addInitScript(() => Object.defineProperty(window, 'isSecureContext', { value: false }));
  const page = await open(context, DOURADOS);
  await page.locator('#position-locate').click();
  await page.locator('#position-problem', { hasText: /https/ }).waitFor();
  await context.close();
});

test('a reader who gives no position is told what else there is', async () => {
  const context = await browser.newContext({ locale: 'pt-BR', permissions: [] });
  await context.addInitScript(() => (navigator.geolocation.getCurrentPosition = (_, refused) => refused({ code: 1 })));
  const page = await open(context, DOURADOS);
  await page.locator('#position-locate').click();
  await page.locator('#position-problem', { hasText: /Toque no mapa ou digite/ }).waitFor();
  assert.ok((await shownPrice(page)) > 0);
  await context.close();
});

test('a position the reader allows becomes the search', async () => {
  const context = await browser.newContext({ geolocation: { latitude: -22.2267, longitude: -54.8077 }, permissions: ['geolocation'] });
  const page = await open(context, {});
  await page.waitForURL('**lat=-22.2267&lon=-54.8077**');
  assert.match(await page.locator('#position').inputValue(), /My position|Minha posição/);
  await page.locator('#position').focus();
  assert.match(await page.locator('#position').inputValue(), /-22[.,]2267/);
  await context.close();
});

test('when the server is away a banner says so, and goes by itself', async () => {
  const page = await open(browser, { fuel: 'gasoline', radius: 10, ...DOURADOS });
  const before = await shownPrice(page);
  await page.route('**/stations**', (route) => route.abort());
  await page.locator('#fuel').selectOption('ethanol');
  await page.locator('#banner').waitFor({ state: 'visible' });
  assert.equal(await shownPrice(page), before, 'what was known stays on the screen');
  await page.unroute('**/stations**');
  await page.locator('#banner').waitFor({ state: 'hidden' });
  await settled(page);
  assert.equal(await shownPrice(page), (await api('/stations/cheapest', { fuel: 'ethanol', radius: 10, ...DOURADOS })).price);
  await page.context().close();
});

test('while the server is away the page asks at least every three seconds, and at once when looked at', async () => {
  const page = await open(browser, { fuel: 'gasoline', radius: 10, ...DOURADOS });
  await page.locator('#report-open').click();
  const tries = [];
  await page.route('**/stations?**', (route) => {
    tries.push(Date.now());
    return problem(route, 503, 'server-silent');
  });
  const tried = async (count) => {
    for (const end = Date.now() + 20000; tries.length < count; await page.waitForTimeout(20)) assert.ok(Date.now() < end, `${tries.length} tries`);
  };
  await page.evaluate(() => document.getElementById('fuel').dispatchEvent(new Event('change')));
  await tried(6);
  const pauses = tries.slice(1).map((at, index) => at - tries[index]);
  assert.ok(Math.max(...pauses) < 3400, `pauses of ${pauses} ms`);
  for (const [target, event] of [['window', 'focus'], ['window', 'online'], ['document', 'visibilitychange']]) {
    // After the answer, so that no try is under way.
    await page.waitForTimeout(200);
    const before = tries.length;
    const asked = Date.now();
    await page.evaluate(([name, type]) => globalThis[name].dispatchEvent(new Event(type)), [target, event]);
    await tried(before + 1);
    assert.ok(tries[before] - asked < 500, `${event} after ${tries[before] - asked} ms`);
  }
  await page.unroute('**/stations?**');
  await page.locator('#banner').waitFor({ state: 'hidden', timeout: 4000 });
  assert.ok(await page.locator('#report').isVisible());
  await page.context().close();
});

test('a page opened while the server is away fills itself later', async () => {
  for (const fail of [(route) => route.abort(), (route) => problem(route, 503, 'server-silent')]) {
    const page = await browser.newPage({ locale: 'en-US' });
    await page.route('**/fuels', fail);
    await page.goto(`${POSTO_URL}/`);
    await page.locator('#banner').waitFor({ state: 'visible' });
    await page.unroute('**/fuels');
    await settled(page);
    assert.equal(await page.locator('#banner').isVisible(), false);
    await page.context().close();
  }
});

test('a whole visit breaks no rule of the content policy and logs no error', async () => {
  const page = await browser.newPage({ locale: 'en-US' });
  const heard = hear(page);
  const answer = await page.goto(`${POSTO_URL}/`);
  assert.match(answer.headers()['content-security-policy'] ?? '', /default-src 'none'/);
  await settled(page);
  await page.locator('#list .row').first().click();
  await page.locator('.details table').waitFor();
  await page.locator('#station-back').click();
  await page.locator('.marker .label').first().click();
  await page.locator('.popup').waitFor();
  await page.locator('.popup .actions button').click();
  await page.locator('.past').waitFor();
  await page.locator('#report-open').click();
  await page.locator('#report-cancel').click();
  await page.locator('#station-back').click();
  await page.locator('#filters summary').click();
  await page.locator('#pareto').click();
  await settled(page);
  await page.locator('label[for="rank-trip"]').click();
  await settled(page);
  assert.deepEqual(heard, []);
  await page.context().close();
});

test('a search needs nothing but the keyboard', async () => {
  const page = await open(browser, { fuel: 'gasoline', radius: 10, ...DOURADOS });
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.className), 'skip');
  const reached = async (id) => {
    for (let presses = 0; presses < 12; presses += 1) {
      await page.keyboard.press('Tab');
      if ((await page.evaluate(() => document.activeElement.id)) === id) return;
    }
    assert.fail(`${id} is not reached by Tab`);
  };
  await reached('position');
  await page.keyboard.type('-22.2175 -54.7653');
  await page.keyboard.press('Enter');
  await page.waitForURL('**lat=-22.2175&lon=-54.7653**');
  await reached('fuel');
  await page.keyboard.type('Diesel');
  await page.waitForURL('**fuel=diesel&**');
  await reached('radius');
  await page.keyboard.press('ArrowDown');
  await page.waitForURL('**radius=15&**');
  await reached('rank-price');
  await page.keyboard.press('ArrowRight');
  await page.waitForURL('**rank=distance');
  await settled(page);
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Space');
  await page.waitForURL('**pareto=true');
  await settled(page);
  await page.locator('#list .row').first().focus();
  await page.keyboard.press('Enter');
  await page.locator('.details table').waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.id), 'station-title');
  await page.keyboard.press('Escape');
  await page.locator('#results').waitFor();
  assert.ok(await page.locator('#list .row').first().evaluate((row) => row === document.activeElement), 'the focus is back where it was');
  const said = await page.locator('#announce').innerText();
  assert.match(said, /^Cheapest: diesel, /);
  await page.context().close();
});
