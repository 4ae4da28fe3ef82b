// The page's own calls, held to the API document: what web/api.js sends to a running gateway, what comes
// back, and every address and member that any of the page's files names.

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import test from 'node:test';
import * as api from '../../../web/api.js';
import { complaints, mayAnswer, names, operation } from './document.mjs';

const POSTO_URL = process.env.POSTO_URL ?? 'http://127.0.0.1:8080';
const WEB = new URL('../../../web/', import.meta.url);
const HERE = { lat: -22.2175, lon: -54.7653 };

/** Everything that was asked, with the answer's status. */
const asked = [];

const send = globalThis.fetch;
globalThis.fetch = async (path, options = {}) => {
  const url = new URL(path, POSTO_URL).href;
  const { method = 'GET', headers = {}, body } = options;
  const response = await send(url, options);
  asked.push({ method, url, status: response.status, headers: lowered(headers), body: body && JSON.parse(body) });
  return response;
};

function lowered(headers) {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

/** The page's scripts, without what others wrote. */
function scripts() {
  const files = readdirSync(WEB).filter((file) => file.endsWith('.js'));
  return files.map((file) => ({ file, text: readFileSync(new URL(file, WEB), 'utf8') }));
}

test('every call of web/api.js is one of the document, and so is its answer', async () => {
  const search = { fuel: 'gasoline', radius: 5, ...HERE, litres: 40, consumption: 7 };
  const fuels = await api.fuels();
  assert(fuels.length > 0);
  assert.equal((await api.cheapest({ ...search, rank: 'distance' })).fuel, 'gasoline');
  for (const rank of ['price', 'distance', 'trip']) {
    const page = await api.stations({ ...search, rank }, {});
    assert(page.stations.length > 0 && 'cursor' in page);
    await api.stations({ ...search, rank }, { max_age: 'all', currency: 'BRL', besides: 3 });
    assert.equal((await api.station(page.stations[0].id)).id, page.stations[0].id);
  }
  const body = { fuel: 'diesel', price: 5.999, lat: -14.5, lon: -22.5, name: 'Posto da página' };
  const key = api.newKey();
  assert.deepEqual(await api.report(body, key), await api.report(body, key));
  await assert.rejects(api.stations({ ...search, radius: -1, rank: 'price' }, {}), ({ status, code }) => status === 422 && code === 'not-allowed');
  await assert.rejects(api.station('nobody'), ({ code }) => code === 'unknown-station');

  for (const request of asked) {
    assert.deepEqual(complaints(request), []);
    const { pathname } = new URL(request.url);
    assert(mayAnswer(request.method, pathname, request.status), `${request.method} ${pathname} answered ${request.status}, which the document does not know`);
  }
});

test('every address that a script of the page names is in the document', () => {
  const addresses = scripts().flatMap(({ file, text }) =>
    [...text.matchAll(/['"`](\/[a-z][a-z/]*(?:\$\{[^}]+\})?[a-z/]*)(?:\?[^'"`]*)?['"`]/g)].map(([, path]) => ({ file, path: path.replace(/\$\{[^}]+\}/g, 'x') })));
  assert(addresses.length >= 3, 'some are found at all');
  for (const { file, path } of addresses) {
    assert(operation('GET', path) ?? operation('POST', path), `web/${file} names ${path}, which is not in the document`);
  }
});

test('every member that the page reads of an answer is in the document', () => {
  // Names of the API have underscores; the page's own names never do, save units behind the last one.
  const own = /_(s|ms|km|m|px)$|^kept_at$/;
  const known = names();
  const strange = scripts().flatMap(({ file, text }) =>
    [...text.matchAll(/\.([a-z]+(?:_[a-z0-9]+)+)\b(?!['"`])/g)].map(([, name]) => ({ file, name })).filter(({ name }) => !known.has(name) && !own.test(name)));
  assert.deepEqual(strange, []);
  for (const name of ['distance_km', 'age_s', 'trip_cost', 'stations', 'cursor', 'candidates']) {
    assert(known.has(name), `${name} has left the document`);
  }
});

test('a parameter that the API does not know would be found', () => {
  const request = { method: 'GET', url: `${POSTO_URL}/stations?fuel=gasoline&raduis=5`, headers: { 'x-new': '1' }, body: null };
  assert.deepEqual(complaints(request), ['GET /stations has no parameter raduis', 'GET /stations has no header x-new']);
  const report = { method: 'POST', url: `${POSTO_URL}/stations`, headers: {}, body: { fuel: 'gasoline', prices: 1 } };
  assert.deepEqual(complaints(report), ['POST /stations has no member prices in its body', 'POST /stations misses price in its body', 'POST /stations misses lat in its body', 'POST /stations misses lon in its body']);
  assert.deepEqual(complaints({ method: 'GET', url: `${POSTO_URL}/nowhere`, headers: {} }), ['GET /nowhere is not in the document']);
});
