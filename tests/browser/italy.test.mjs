// Twenty thousand stations on the map: the Italian register, when it lies beside the project. Times are told, not judged.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { launch, open, settled } from './support.mjs';
import { run, startPosto } from './posto.mjs';

const DATA = process.env.POSTO_SHARED_DATA ?? fileURLToPath(new URL('../../../shared/data', import.meta.url));
const FILES = ['anagrafica_impianti_attivi.csv', 'prezzo_alle_8.csv'].map((name) => `${DATA}/italy/${name}`);
const MILAN = { fuel: 'gasoline', radius: 5, lat: 45.4642, lon: 9.19 };
const MARGIN = 0.4;

const skip = FILES.every((file) => existsSync(file)) ? false : 'SKIPPED: the Italian register is not beside the project';

let browser;
let posto;
before(async () => {
  if (skip) return;
  [browser, posto] = await Promise.all([launch(), startPosto()]);
  await run('import', 'italy', ...FILES, '--server', posto.udp);
});
after(() => Promise.all([browser?.close(), posto?.end()]));

/** Where a cell of an answer to /map is on the screen: the box asked for is the view and a margin on each side. */
function spot(cell, url, map) {
  const [west, south, east, north] = new URL(url).searchParams.get('bbox').split(',').map(Number);
  const mercator = (lat) => Math.log(Math.tan(Math.PI / 4 + (lat * Math.PI) / 360));
  // The margin is in degrees; the view itself is what Mercator draws.
  const margin = MARGIN / (1 + 2 * MARGIN);
  const [top, bottom] = [north - (north - south) * margin, south + (north - south) * margin].map(mercator);
  const [left, right] = [west + (east - west) * margin, east - (east - west) * margin];
  return { x: map.x + ((cell.lon - left) / (right - left)) * map.width, y: map.y + ((top - mercator(cell.lat)) / (top - bottom)) * map.height };
}

/** Zooms and gives the cells that were asked for by it. */
async function zoom(page, button) {
  const answered = page.waitForResponse((response) => response.url().includes('/map?'));
  await page.locator(`.leaflet-control-zoom-${button}`).click();
  const response = await answered;
  const { cells } = await response.json();
  await page.waitForTimeout(400);
  return { url: response.url(), cells };
}

test('all stations of a country are on the map as at most 500 cells, and a tap leads from the many to one', { skip }, async () => {
  const page = await open(browser, MILAN, posto.url);
  let seen;
  for (let step = 0; step < 4; step += 1) seen = await zoom(page, 'out');
  assert.ok(seen.cells.length > 50 && seen.cells.length <= 500, `${seen.cells.length} cells`);
  assert.ok(seen.cells.reduce((sum, { count }) => sum + count, 0) > 1000);
  assert.ok((await page.locator('.marker').count()) <= 61, 'cells are no elements');

  await page.locator('#search-here').waitFor();
  for (let taps = 0; taps < 8; taps += 1) {
    const map = await page.locator('#map').boundingBox();
    const inside = ({ x, y }) => x > map.x + 80 && x < map.x + map.width - 80 && y > map.y + 80 && y < map.y + map.height - 80;
    const [best] = seen.cells
      .map((cell) => ({ cell, at: spot(cell, seen.url, map) }))
      .filter(({ at }) => inside(at))
      .sort((a, b) => a.cell.min_price - b.cell.min_price);
    const answered = page.waitForResponse((response) => response.url().includes('/map?') || /\/stations\/it-/.test(response.url()), { timeout: 5000 }).catch(() => null);
    await page.mouse.click(best.at.x, best.at.y);
    const response = await answered;
    if (await page.locator('.popup').isVisible()) break;
    assert.ok(response, 'a tap on a cell asks for something');
    if (!response.url().includes('/map?')) break;
    seen = { url: response.url(), cells: (await response.json()).cells };
    await page.waitForTimeout(500);
  }
  await page.locator('.popup').waitFor();
  await page.context().close();
});

test('the map that was moved is searched on request, and its stations are a list', { skip }, async () => {
  const page = await open(browser, MILAN, posto.url);
  await zoom(page, 'out');
  await page.locator('#map').focus();
  for (let step = 0; step < 4; step += 1) {
    await page.keyboard.press('ArrowRight');
    await page.waitForTimeout(350);
  }
  await page.locator('#announce', { hasText: /stations on the map, from €/ }).waitFor({ state: 'attached' });
  await page.locator('#search-here').click();
  await page.waitForURL((url) => Number(url.searchParams.get('lon')) > 9.3);
  await settled(page);
  assert.ok((await page.locator('#list > li').count()) > 5);
  assert.equal(await page.locator('#search-here').isVisible(), false);
  await page.context().close();
});

test('how smooth it is', { skip }, async (t) => {
  const page = await browser.newPage({ viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, locale: 'en-US' });
  await page.addInitScript(() => {
    window.tasks = [];
    new PerformanceObserver((list) => window.tasks.push(...list.getEntries().map(({ duration }) => duration))).observe({ type: 'longtask', buffered: true });
  });
  await page.goto(`${posto.url}/?${new URLSearchParams(MILAN)}`);
  await settled(page);
  const card = await page.evaluate(() => Math.round(performance.now()));
  const loading = await page.evaluate(() => window.tasks.splice(0).map(Math.round));
  for (let step = 0; step < 3; step += 1) await zoom(page, 'out');
  await page.evaluate(() => {
    window.tasks.splice(0);
    window.frames = [];
    let last = performance.now();
    const tick = (now) => {
      window.frames.push(now - last);
      last = now;
      requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
  });
  const map = await page.locator('#map').boundingBox();
  for (let swipe = 0; swipe < 6; swipe += 1) {
    await page.mouse.move(map.x + 300, map.y + 150);
    await page.mouse.down();
    await page.mouse.move(map.x + 60, map.y + 120, { steps: 20 });
    await page.mouse.up();
    await page.waitForTimeout(300);
  }
  const [frames, tasks] = await page.evaluate(() => [window.frames.slice(1), window.tasks.map(Math.round)]);
  frames.sort((a, b) => a - b);
  const share = (part) => frames[Math.floor((frames.length - 1) * part)].toFixed(1);
  t.diagnostic(`navigation to card ${card} ms, long tasks until then ${JSON.stringify(loading)} ms`);
  t.diagnostic(`panning: ${frames.length} frames, median ${share(0.5)} ms, 95 % ${share(0.95)} ms, worst ${share(1)} ms; long tasks ${JSON.stringify(tasks)} ms`);
  assert.ok(frames.length > 10);
  await page.context().close();
});
