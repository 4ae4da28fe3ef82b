// What is sent to a visitor: how much, from where, and what makes it an app.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { launch, settled, POSTO_URL } from './support.mjs';

const WEB = new URL('../../web/', import.meta.url);
const MOST_BYTES = 150 * 1024;

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

test('a first visit costs at most 150 KB, answers and all', async (t) => {
  const page = await browser.newPage({ locale: 'en-US' });
  const session = await page.context().newCDPSession(page);
  await session.send('Network.enable');
  const urls = new Map();
  const heads = new Map();
  let bytes = 0;
  let headBytes = 0;
  session.on('Network.requestWillBeSent', ({ requestId, request }) => urls.set(requestId, request.url));
  session.on('Network.responseReceived', ({ requestId, response }) => heads.set(requestId, response.encodedDataLength));
  session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    if (!urls.get(requestId)?.startsWith(POSTO_URL)) return;
    bytes += encodedDataLength - heads.get(requestId);
    headBytes += heads.get(requestId);
  });
  await page.goto(`${POSTO_URL}/`);
  await settled(page);
  await page.waitForTimeout(1000);
  t.diagnostic(`${bytes} bytes, and ${headBytes} of HTTP headers`);
  assert.ok(bytes > 50000, `${bytes} bytes were counted`);
  assert.ok(bytes <= MOST_BYTES, `${bytes} bytes`);
  await page.context().close();
});

test('the vendored files are those of their list', async () => {
  const list = await readFile(new URL('vendor/SHA256SUMS', WEB), 'utf8');
  const listed = list.trim().split('\n').map((line) => line.split(/\s+/));
  const present = (await readdir(new URL('vendor/leaflet/', WEB))).map((name) => `leaflet/${name}`);
  assert.deepEqual(listed.map(([, name]) => name).sort(), present.sort());
  for (const [sum, name] of listed) {
    const bytes = await readFile(new URL(`vendor/${name}`, WEB));
    assert.equal(createHash('sha256').update(bytes).digest('hex'), sum, name);
  }
});

test('every module is named in the index, so that all come at once and are there offline', async () => {
  const index = await readFile(new URL('index.html', WEB), 'utf8');
  const named = [...index.matchAll(/(?:modulepreload" href|<script src)="\/([\w-]+\.js)"/g)].map(([, name]) => name);
  const present = (await readdir(WEB)).filter((name) => name.endsWith('.js') && name !== 'sw.js');
  assert.deepEqual(named.sort(), present.sort());
});

test('the page can be installed', async () => {
  const page = await browser.newPage();
  await page.goto(`${POSTO_URL}/`);
  const session = await page.context().newCDPSession(page);
  const { errors, data } = await session.send('Page.getAppManifest');
  assert.deepEqual(errors, []);
  const manifest = JSON.parse(data);
  assert.equal(manifest.display, 'standalone');
  const sizes = [];
  for (const icon of manifest.icons) {
    const response = await fetch(POSTO_URL + icon.src);
    assert.equal(response.headers.get('Content-Type'), icon.type, icon.src);
    if (icon.type === 'image/svg+xml') continue;
    const bytes = Buffer.from(await response.arrayBuffer());
    const size = `${bytes.readUInt32BE(16)}x${bytes.readUInt32BE(20)}`;
    assert.equal(size, icon.sizes, icon.src);
    sizes.push(`${size} ${icon.purpose ?? 'any'}`);
  }
  assert.deepEqual(sizes, ['192x192 any', '512x512 any', '512x512 maskable']);
  const worker = await fetch(`${POSTO_URL}/sw.js`);
  assert.match(worker.headers.get('Content-Type'), /^text\/javascript/);
  assert.equal(worker.headers.get('Cache-Control'), 'no-cache');
  assert.match((await fetch(`${POSTO_URL}/manifest.webmanifest`)).headers.get('Content-Type'), /^application\/manifest\+json/);
  await page.context().close();
});
