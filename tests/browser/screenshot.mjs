// Writes pictures of every state of the page of a running Posto: node screenshot.mjs DIRECTORY [QUERY]. Address from POSTO_URL.

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { launch, settled, POSTO_URL } from './support.mjs';

const [directory, query = ''] = process.argv.slice(2);
if (!directory) {
  console.error('usage: node screenshot.mjs DIRECTORY [QUERY]');
  process.exit(2);
}

const PHONE = { deviceScaleFactor: 2, isMobile: true, hasTouch: true, locale: 'pt-BR' };
const SCREENS = {
  phone: { ...PHONE, viewport: { width: 390, height: 844 } },
  small: { ...PHONE, viewport: { width: 360, height: 740 } },
  desktop: { viewport: { width: 1366, height: 820 }, locale: 'en-US' },
};

/** Each state begins where the one before has ended. */
const STATES = {
  answer: () => {},
  filters: async (page) => {
    await page.locator('label[for="rank-trip"]').click();
    await page.locator('#filters summary').click();
    await page.locator('#pareto').check();
    await settled(page);
    await page.locator('.list-head').scrollIntoViewIfNeeded();
  },
  station: async (page) => {
    await page.locator('#list .row').first().click();
    await page.locator('.past p').first().waitFor();
    await page.locator('.flags summary').click();
  },
  popup: async (page) => {
    await page.locator('#station-back').click();
    await page.evaluate(() => window.scrollTo(0, 0));
    await page.locator('.marker .label').first().click();
    await page.locator('.popup').waitFor();
  },
  moved: async (page) => {
    await page.keyboard.press('Escape');
    for (let step = 0; step < 3; step += 1) {
      await page.locator('.leaflet-control-zoom-out').click();
      await page.waitForTimeout(500);
    }
    await page.locator('#search-here').waitFor();
  },
  report: async (page) => {
    await page.locator('#report-open').click();
    await page.locator('#report-station').selectOption({ index: 1 });
    await page.locator('#report-price').fill('39');
    await page.waitForTimeout(600);
  },
  mistakes: async (page) => {
    await page.locator('#report-price').fill('x');
    await page.locator('#report-send').click();
  },
  kept: async (page) => {
    await page.route('**/stations**', (route) => route.abort());
    await page.locator('#report-price').fill('4');
    await page.locator('#report-send').click();
    await page.locator('#outbox').waitFor();
    await page.locator('#radius').selectOption('20');
    await page.locator('#banner').waitFor();
    await page.evaluate(() => window.scrollTo(0, 0));
  },
  empty: async (page) => {
    await page.unroute('**/stations**');
    await page.locator('#outbox-discard').click();
    await page.locator('#fuel').selectOption('lpg');
    await page.locator('#card .is-message').waitFor();
  },
};

await mkdir(directory, { recursive: true });
const browser = await launch();
for (const [name, screen] of Object.entries(SCREENS)) {
  for (const colorScheme of ['light', 'dark']) {
    const context = await browser.newContext({ ...screen, colorScheme });
    const page = await context.newPage();
    await page.goto(`${POSTO_URL}/${query}`);
    await settled(page);
    for (const [index, [state, reach]] of Object.entries(STATES).entries()) {
      await reach(page);
      await page.waitForTimeout(400);
      await page.screenshot({ path: join(directory, `${name}-${colorScheme}-${index}-${state}.png`) });
    }
    await context.close();
  }
}
await browser.close();
