// Speaks HTTP with the gateway. Every failure leaves here as an ApiError.

import { freshened } from './kept.js';
import { giveUpOwn, noteOwn, ownPosition } from './read-own.js';

/** Longer than the gateway's own deadline (2 s), so that its answer, not our patience, decides. */
const PATIENCE_MS = 8000;

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

/** Sends a body; `token` is the writer's, where the gateway wants one. */
export function post(path, body, { token, headers }) {
  const authorization = token ? { Authorization: `Bearer ${token}` } : {};
  return request(path, { method: 'POST', headers: { 'Content-Type': 'application/json', ...headers, ...authorization }, body: JSON.stringify(body) });
}

export async function get(path, parameters, signal) {
  const text = new URLSearchParams(parameters).toString();
  const read = (headers) => request(text ? `${path}?${text}` : path, { signal, headers });
  const sent = ownPosition();
  try {
    return await read(sent);
  } catch (error) {
    if (!giveUpOwn(error, sent)) throw error;
    return read({});
  }
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
  // A proxy's page with status 200 is no answer of ours; a 202 may say nothing.
  if (data === null && response.status !== 202) throw new ApiError(502, null, null);
  if (options.method === 'POST') noteOwn(response);
  return freshened(data, response);
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
