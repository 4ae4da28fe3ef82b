// The only file that calls the HTTP API. Every failure leaves here as an ApiError.

/** Longer than the gateway's own deadline (2 s), so that its answer, not our patience, decides. */
const PATIENCE_MS = 8000;

/** How many stations one page of the list holds. */
const PAGE_SIZE = 60;

/** The most that the API gives at once. */
const LARGEST_PAGE = 200;

/**
 * Why a request failed. `status` 0 means that no answer came. `problem` is the gateway's
 * problem+json when it sent one; `retryAfter_s` what it asks us to wait.
 */
export class ApiError extends Error {
  constructor(status, problem, retryAfter_s) {
    super(problem?.title ?? `HTTP ${status}`);
    this.status = status;
    this.problem = problem;
    this.retryAfter_s = retryAfter_s;
  }

  get code() {
    return this.problem?.code ?? String(this.status);
  }

  /** Whether asking again later can help: nobody answered, or the server said that it is not able just now. */
  get isPassing() {
    return [0, 429, 500, 502, 503, 504].includes(this.status);
  }
}

export async function fuels(signal) {
  return (await get('/fuels', {}, signal)).fuels;
}

/** The cheapest station, or null: as `/stations/cheapest` answers, but an empty circle is no error in the browser's log. */
export async function cheapest(search, signal) {
  const page = await get('/stations', { ...query({ ...search, rank: 'price' }), limit: 1 }, signal);
  return page.stations[0] ?? null;
}

/** One page of the ranked list: `{ stations, cursor }`. `besides` is how many that are known already it may hold in addition. */
export function stations(search, { cursor = null, max_age, currency, besides = 0 }, signal) {
  const limit = Math.min(PAGE_SIZE + besides, LARGEST_PAGE);
  return get('/stations', { ...query(search), limit, ...(cursor && { cursor }), ...(max_age && { max_age }), ...(currency && { currency }) }, signal);
}

export function station(id) {
  return get(`/stations/${encodeURIComponent(id)}`, {});
}

/** Reports a price. The same key with the same report counts once, however often it is sent. */
export function report(body, key, token) {
  const headers = { 'Content-Type': 'application/json', 'Idempotency-Key': key };
  if (token) headers.Authorization = `Bearer ${token}`;
  return request('/stations', { method: 'POST', headers, body: JSON.stringify(body) });
}

/** 32 characters by the browser's own generator; `randomUUID` would be missing on plain http. */
export function newKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function query({ fuel, radius, lat, lon, rank, litres, consumption }) {
  return { fuel, radius, lat, lon, rank, ...(rank === 'trip' && { litres, consumption }) };
}

function get(path, parameters, signal) {
  const text = new URLSearchParams(parameters).toString();
  return request(text ? `${path}?${text}` : path, { signal });
}

async function request(path, { signal, ...options }) {
  const patience = AbortSignal.timeout(PATIENCE_MS);
  const abort = signal ? anyOf(signal, patience) : patience;
  let response;
  let body;
  try {
    response = await fetch(path, { ...options, signal: abort });
    body = await response.text();
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError(0, null, null);
  }
  const data = parse(body);
  if (!response.ok) throw new ApiError(response.status, data, seconds(response.headers.get('Retry-After')));
  // A proxy's page with status 200 is no answer of ours.
  if (data === null) throw new ApiError(502, null, null);
  return data;
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** `AbortSignal.any` is missing in browsers that are only two years old. */
function anyOf(...signals) {
  const controller = new AbortController();
  for (const signal of signals) {
    if (signal.aborted) controller.abort();
    signal.addEventListener('abort', () => controller.abort(), { once: true });
  }
  return controller.signal;
}

function seconds(header) {
  return /^\d+$/.test(header ?? '') ? Number(header) : null;
}
