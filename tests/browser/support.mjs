// What the tests and the pictures share: the browser, the address, and waiting for an answer on the page.

import { randomInt } from 'node:crypto';

import { chromium } from 'playwright-core';

export const POSTO_URL = (process.env.POSTO_URL ?? 'http://127.0.0.1:8080').replace(/\/$/, '');

/** A service worker would answer in the place of the tests' own routes: only tests of it let it in (`serviceWorkers: 'allow'`). */
const QUIET = { serviceWorkers: 'block' };

export async function launch() {
  const browser = await chromium.launch({
    executablePath: process.env.POSTO_CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
  const { newContext, newPage } = browser;
  browser.newContext = (options) => newContext.call(browser, { ...QUIET, ...options });
  browser.newPage = (options) => newPage.call(browser, { ...QUIET, ...options });
  return browser;
}

/** The page with this search in its address, answered. From a browser it gets an English context of its own. */
export async function open(from, search, url = POSTO_URL) {
  const page = await from.newPage('newContext' in from ? { locale: 'en-US' } : undefined);
  await page.goto(`${url}/?${new URLSearchParams(search)}`);
  await settled(page);
  return page;
}

/** Until the search under way is answered and shown. */
export async function settled(page) {
  await page.locator('#results:not([aria-busy]) #card .card:not(.is-waiting)').first().waitFor({ state: 'attached' });
}

/** The price on the card as a number, whatever the locale writes. */
export async function shownPrice(page) {
  const text = await page.locator('.card-price .price').evaluate((element) => element.textContent);
  return Number(text.replace(/[^\d.,]/g, '').replace(',', '.'));
}

/** The API's own answer, to hold the page against. */
export async function api(path, parameters, url = POSTO_URL) {
  const response = await fetch(`${url}${path}?${new URLSearchParams(parameters)}`);
  if (!response.ok) throw new Error(`${path} answered ${response.status}`);
  return response.json();
}

/** Collects what the page complains of; pictures of the map may fail, they are not ours. */
export function hear(page) {
  const complaints = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    const isTile = /\.png/.test(message.location().url) && !message.location().url.startsWith(POSTO_URL);
    const isOurs = /Service Worker registration blocked by Playwright/.test(message.text());
    if (['error', 'warning'].includes(message.type()) && !isTile && !isOurs) complaints.push(`${message.text()} ${message.location().url}`);
  });
  return complaints;
}

/** A report of somebody else. */
export async function post(body, url = POSTO_URL) {
  const response = await fetch(`${url}/stations`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(await response.text());
  return response.json();
}

/** A place in the empty South Pacific that no other test, and no earlier run, has used. */
export function lonelyPlace() {
  return { lat: -(randomInt(300000, 500000) / 10000), lon: -(randomInt(1000000, 1400000) / 10000) };
}

/** Answers a request in the server's place with one of its errors. */
export function problem(route, status, code, more = {}) {
  return route.fulfill({ status, contentType: 'application/problem+json', body: JSON.stringify({ type: code, title: code, status, code, ...more }) });
}
