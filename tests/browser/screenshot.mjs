// Writes pictures of a running Posto: node screenshot.mjs DIRECTORY [QUERY]. Address from POSTO_URL.

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { launch, settled, POSTO_URL } from './support.mjs';

const [directory, query = ''] = process.argv.slice(2);
if (!directory) {
  console.error('usage: node screenshot.mjs DIRECTORY [QUERY]');
  process.exit(2);
}

const SCREENS = {
  phone: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true, locale: 'pt-BR' },
  desktop: { viewport: { width: 1366, height: 820 }, locale: 'en-US' },
};

await mkdir(directory, { recursive: true });
const browser = await launch();
for (const [name, screen] of Object.entries(SCREENS)) {
  for (const colorScheme of ['light', 'dark']) {
    const context = await browser.newContext({ ...screen, colorScheme });
    const page = await context.newPage();
    await page.goto(`${POSTO_URL}/${query}`);
    await settled(page);
    await page.screenshot({ path: join(directory, `${name}-${colorScheme}.png`) });
    await page.locator('#report-open').click();
    await page.screenshot({ path: join(directory, `${name}-${colorScheme}-report.png`) });
    await context.close();
  }
}
await browser.close();
