// What the map shows: colours, labels that hide nothing, the circle.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, open, settled, POSTO_URL } from './support.mjs';

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

async function withModule(call, ...values) {
  const page = await browser.newPage();
  await page.goto(`${POSTO_URL}/`);
  const answer = await page.evaluate(call, values);
  await page.context().close();
  return answer;
}

test('colours are fifths of the prices: no absurd one, cheap or dear, paints the others alike', async () => {
  const usual = Array.from({ length: 50 }, (_, index) => Number((1.9 + index / 500).toFixed(3)));
  const cases = [[], [5], [5, 5, 5], [1, 2, 3], [0.001, ...usual], [...usual, 999], [1, 2, 2, 2, 2, 2, 2, 2, 2]];
  const tiers = await withModule(async ([lists]) => {
    const { tierScale } = await import('/tiers.js');
    return lists.map((prices) => prices.map(tierScale(prices.map((price) => ({ price })))));
  }, cases);
  assert.deepEqual(tiers.slice(0, 4), [[], [0], [0, 0, 0], [0, 2, 4]]);
  const area = await withModule(async () => {
    const { areaScale } = await import('/tiers.js');
    return [0.5, 1, 2, 3, 4, 9, 10].map(areaScale({ min: 1, q1: 2, median: 3, q3: 4, max: 9 }));
  });
  assert.deepEqual(area, [0, 0, 1, 2, 3, 4, 4], 'and of a whole area where only a part is shown');
  for (const some of tiers.slice(4, 6)) {
    for (let tier = 0; tier < 5; tier += 1) {
      const share = some.filter((other) => other === tier).length / some.length;
      assert.ok(share > 0.15 && share < 0.25, `${share} of the prices have colour ${tier}`);
    }
  }
  assert.deepEqual(tiers[6], [0, 2, 2, 2, 2, 2, 2, 2, 2], 'what nearly all cost is neither cheap nor dear');
});

test('at the start on a phone all three stations and the pin can be seen', async () => {
  for (const viewport of [{ width: 360, height: 740 }, { width: 390, height: 844 }]) {
    const context = await browser.newContext({ viewport, isMobile: true, hasTouch: true, locale: 'pt-BR', reducedMotion: 'reduce' });
    const page = await open(context, {});
    assert.equal(await page.locator('.marker:not(.is-dot)').count(), 3);
    const boxes = await page.locator('.marker .label, .pin .pin-shape').evaluateAll((parts) => parts.map((part) => ({ ...part.getBoundingClientRect().toJSON(), what: part.textContent || 'pin' })));
    assert.equal(boxes.length, 4);
    for (const a of boxes) {
      for (const b of boxes.slice(boxes.indexOf(a) + 1)) {
        const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
        const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
        assert.ok(across <= 0 || down <= 0, `${a.what} and ${b.what} cover ${across} by ${down} px of each other at ${viewport.width} px`);
      }
    }
    await context.close();
  }
});

test('in a crowd labels keep off each other, off the pin and inside the view', async () => {
  const sides = await withModule(async () => {
    const { place } = await import('/label-room.js');
    const view = { left: 0, top: 0, right: 390, bottom: 290 };
    const around = Array.from({ length: 40 }, (_, index) => ({ x: 195 + 4 * (index % 8), y: 145 + 4 * Math.floor(index / 8), isBest: index === 0 }));
    return {
      crowd: place(around, { pinAt: { x: 195, y: 145 }, view }),
      edges: place([{ x: 195, y: 5 }, { x: 195, y: 285 }, { x: 3, y: 145 }, { x: 388, y: 145 }], { pinAt: { x: 195, y: 145 }, view }),
    };
  });
  assert.notEqual(sides.crowd[0], null, 'the best one always has a label');
  assert.notEqual(sides.crowd[0], 'top', 'and keeps off the pin');
  assert.ok(sides.crowd.filter((side) => side === null).length > 30, 'most are dots');
  assert.deepEqual(sides.edges, ['bottom', 'top', 'right', 'left']);
});

test('a circle that would span continents is not drawn', async () => {
  for (const [radius, isDrawn] of [[5, true], [2000, true], [2001, false], [20000, false]]) {
    const page = await open(browser, { fuel: 'gasoline', radius, lat: -22.2235, lon: -54.7812 });
    assert.equal(await page.locator('.search-circle').count(), isDrawn ? 1 : 0, `${radius} km`);
    await page.locator('.card-price').waitFor();
    await page.locator('#radius').selectOption('0.5');
    await page.waitForURL('**radius=0.5&**');
    await settled(page);
    assert.equal(await page.locator('.search-circle').count(), 1);
    await page.context().close();
  }
});

test('what is said has no gender that the fuel may not have', async () => {
  for (const [locale, said] of [['pt-BR', /^Mais barato: gasolina, R\$\s3,999 por litro, Auto Posto Tauros/], ['en-US', /^Cheapest: gasoline, R\$3\.999 per litre, Auto Posto Tauros/]]) {
    const context = await browser.newContext({ locale });
    const page = await open(context, { fuel: 'gasoline', radius: 10, lat: -22.2235, lon: -54.7812 });
    await page.locator('#announce', { hasText: said }).waitFor({ state: 'attached' });
    await page.locator('label[for="rank-trip"]').click();
    await page.locator('#announce', { hasText: locale === 'pt-BR' ? /^Melhor para a viagem: gasolina/ : /^Best for the trip: gasoline/ }).waitFor({ state: 'attached' });
    await context.close();
  }
});

test('the pin can be dragged, and the search goes with it', async () => {
  const page = await open(browser, { fuel: 'gasoline', radius: 5, lat: -22.2235, lon: -54.7812 });
  const pin = await page.locator('.pin-shape').boundingBox();
  await page.mouse.move(pin.x + 12, pin.y + 12);
  await page.mouse.down();
  await page.mouse.move(pin.x + 112, pin.y - 38, { steps: 5 });
  await page.mouse.up();
  await page.waitForURL((url) => Number(url.searchParams.get('lon')) > -54.78 && Number(url.searchParams.get('lat')) > -22.22);
  await settled(page);
  assert.match(page.url(), /radius=5&/);
  await page.context().close();
});

test('without tiles the map says so and all else works', async () => {
  const context = await browser.newContext({ locale: 'en-US' });
  await context.route(/tile\.openstreetmap\.org/, (route) => route.abort());
  const page = await open(context, { fuel: 'gasoline', radius: 10, lat: -22.2235, lon: -54.7812 });
  await page.locator('.leaflet-control-attribution', { hasText: /pictures unavailable/ }).waitFor();
  assert.ok((await page.locator('.marker .label').count()) > 2);
  assert.match(await page.locator('.leaflet-control-attribution').innerText(), /OpenStreetMap/);
  await context.close();
});

test('a map that the reader has zoomed stays so when the form opens; another search takes it along', async () => {
  const page = await browser.newPage({ viewport: { width: 390, height: 844 }, locale: 'en-US' });
  await page.goto(`${POSTO_URL}/?fuel=gasoline&radius=5&lat=-22.2235&lon=-54.7812`);
  await settled(page);
  const circle = () => page.locator('.search-circle').evaluate((path) => Math.round(path.getBoundingClientRect().width));
  // While the map still moves to the circle, it hears no button.
  const still = async () => page.waitForFunction(async () => {
    const width = () => document.querySelector('.search-circle')?.getBoundingClientRect().width;
    const first = width();
    await new Promise((resolve) => setTimeout(resolve, 300));
    return first > 0 && first === width() && !document.querySelector('.leaflet-zoom-anim');
  });
  await still();
  const before = await circle();
  const shrunk = async (factor) => page.waitForFunction(([wide, part]) => document.querySelector('.search-circle').getBoundingClientRect().width < wide * part, [before, factor]);
  await page.locator('.leaflet-control-zoom-out').click();
  await shrunk(0.6);
  await page.locator('#report-open').click();
  await page.waitForTimeout(600);
  assert.ok((await circle()) < before * 0.6);
  await page.locator('#report-cancel').click();
  await page.locator('#radius').selectOption('10');
  await page.waitForFunction((wide) => Math.abs(document.querySelector('.search-circle').getBoundingClientRect().width - wide) < wide * 0.15, before);
  await page.context().close();
});
