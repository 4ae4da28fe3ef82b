// A program as somebody would write it with openapi-typescript and openapi-fetch: it reports a price,
// finds it again in every way, and meets an error whose type it knows. Nothing here is written by hand
// about the API: where the document is wrong, this does not compile or does not hold.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import createClient from 'openapi-fetch';
import type { components, paths } from './api.js';

type Problem = components['schemas']['Problem'];
type Report = components['schemas']['Report'];

const client = createClient<paths>({
  baseUrl: process.env['POSTO_URL'] ?? 'http://127.0.0.1:8080',
  // The document says so of bbox, but this library looks at types alone.
  querySerializer: { array: { style: 'form', explode: false } },
});

// Somewhere in the Atlantic, so that nobody else's station is near.
const place = { lat: -12.5, lon: -20.25 };
const report: Report = { fuel: 'gasoline', price: 4.321, ...place, name: 'Posto TypeScript' };
const header = { 'Idempotency-Key': randomUUID() };

const first = await client.POST('/stations', { params: { header }, body: report });
assert.equal(first.response.status, 201);
assert(first.data && 'replaced' in first.data, 'a good answer has data, and this one waits for nobody');
assert.equal(first.data.price, 4.321);
assert.equal(first.data.replaced, null);
const id = first.data.station;
assert.equal(first.response.headers.get('Location'), `/stations/${id}`);

const again = await client.POST('/stations', { params: { header }, body: report });
assert.deepEqual(again.data, first.data, 'the same key counts once');

const replaced = await client.POST('/stations', { body: { ...report, price: 4.299 } });
assert(replaced.data && 'replaced' in replaced.data);
assert.equal(replaced.data.replaced, 4.321);

const cheapest = await client.GET('/stations/cheapest', { params: { query: { fuel: 'gasoline', radius: 5, ...place } } });
assert(cheapest.data);
assert.equal(cheapest.data.id, id);
assert.equal(cheapest.data.price, 4.299);
assert.equal(cheapest.data.name, 'Posto TypeScript');
assert(cheapest.data.age_s !== null && cheapest.data.age_s < 3600);

const list = await client.GET('/stations', { params: { query: { fuel: 'gasoline', bbox: [-20.3, -12.6, -20.2, -12.4] } } });
assert(list.data && typeof list.data === 'object' && 'stations' in list.data);
assert.deepEqual(list.data.stations.map((station) => station.id), [id]);

const tag = list.response.headers.get('ETag');
assert(tag);
const known = await client.GET('/stations', {
  params: { query: { fuel: 'gasoline', bbox: [-20.3, -12.6, -20.2, -12.4] }, header: { 'If-None-Match': tag } },
});
assert.equal(known.response.status, 304);

const station = await client.GET('/stations/{id}', { params: { path: { id } } });
assert.deepEqual(station.data?.prices.map(({ fuel, price }) => [fuel, price]), [['gasoline', 4.299]]);

const history = await client.GET('/stations/{id}/prices', { params: { path: { id }, query: { fuel: 'gasoline' } } });
assert.deepEqual(history.data?.prices.map((past) => past.price), [4.299, 4.321]);

const wrong = await client.GET('/stations/cheapest', { params: { query: { fuel: 'gasoline', radius: -1, lat: 91, lon: 0 } } });
assert(wrong.error, 'a bad answer has an error');
const problem: Problem = wrong.error;
assert.equal(problem.status, 422);
assert.equal(problem.code, 'not-allowed');
assert.deepEqual(problem.errors?.map((error) => error.parameter), ['radius', 'lat']);

console.log(`TypeScript: reported and found ${id}, and met ${problem.code}`);
