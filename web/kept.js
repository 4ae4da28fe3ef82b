// Answers from before: offline the service worker (sw.js) gives the last ones it has seen, and here their ages become true again.

/** On an answer that is not from now: when it was, in milliseconds since 1970. */
const KEPT_AT = 'Posto-Kept-At';

/** The answer; one from before gets `kept_at`, and every `age_s` in it has grown by the time it lay on this device. */
export function freshened(data, response) {
  const at = Number(response.headers.get(KEPT_AT) ?? NaN);
  if (Number.isNaN(at)) return data;
  return { ...grown(data, Math.max(0, Math.round((Date.now() - at) / 1000))), kept_at: at };
}

function grown(value, by_s) {
  if (Array.isArray(value)) return value.map((part) => grown(part, by_s));
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).map(([name, part]) => {
    if (name === 'age_s' && part !== null) return [name, part + by_s];
    // Whether it was open is of no use now.
    if (name === 'open') return [name, null];
    return [name, grown(part, by_s)];
  });
  return Object.fromEntries(entries);
}
