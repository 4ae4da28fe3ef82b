// The service worker: the page opens without a network, with the last answers it has seen. They are marked as old:
// kept.js reads the mark, and the page says so. With a network nothing here answers in the gateway's place.

/** Changes when what is kept changes its form; older caches are thrown away. */
const VERSION = 1;
const SHELL = `posto-shell-${VERSION}`;
const ANSWERS = `posto-answers-${VERSION}`;

/** As kept.js knows it. */
const KEPT_AT = 'Posto-Kept-At';

/** Enough for the searches and stations of some days, at a few kilobytes each. */
const MOST_ANSWERS = 60;

/** A network that says nothing for so long is none: the page opens from here. */
const PATIENCE_MS = 4000;

/** Reads worth keeping. The map's cells are many and quickly wrong, events are a stream, writes are writes. */
const WORTH_KEEPING = /^\/(fuels|stations|statistics)(\/|$)/;

/** Routes that are no files of the page. */
const NO_FILES = /^\/(events|map|metrics|healthz|readyz|time|docs|openapi\.json|problems)(\/|$)/;

self.addEventListener('install', (event) => {
  event.waitUntil(fill().then(() => self.skipWaiting()));
});

self.addEventListener('activate', (event) => {
  event.waitUntil(forgetOthers().then(() => self.clients.claim()));
});

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== 'GET' || origin !== self.location.origin || NO_FILES.test(pathname)) return;
  event.respondWith(WORTH_KEEPING.test(pathname) ? answer(event) : file(event));
});

/** The files that index.html names (those with a dot) are all there are. */
async function fill() {
  const shell = await caches.open(SHELL);
  const index = await fetch('/', { cache: 'no-cache' });
  const text = await index.clone().text();
  await shell.put('/', index);
  const named = [...text.matchAll(/(?:href|src)="(\/[^"]+\.\w+)"/g)].map(([, path]) => path);
  await shell.addAll([...new Set(named)]);
}

async function forgetOthers() {
  const names = await caches.keys();
  const others = names.filter((name) => name.startsWith('posto-') && name !== SHELL && name !== ANSWERS);
  await Promise.all(others.map((name) => caches.delete(name)));
}

/** A file of the page: the network's, so that nobody has an old page; the kept one where there is no network. */
async function file(event) {
  const path = event.request.mode === 'navigate' ? '/' : new URL(event.request.url).pathname;
  const fresh = fetch(event.request).then((response) => {
    if (response.ok) event.waitUntil(keep(SHELL, path, response.clone()));
    return response;
  });
  const kept = () => caches.match(path, { cacheName: SHELL });
  const soon = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS)).then(kept);
  try {
    // Without a kept file there is only the network to wait for.
    return await Promise.race([fresh, soon.then((response) => response ?? fresh)]);
  } catch {
    return (await kept()) ?? Response.error();
  }
}

/** An answer of the API: always the gateway's; only when it cannot be reached, the last one, marked with its time. */
async function answer(event) {
  try {
    const response = await fetch(event.request);
    if (response.ok) event.waitUntil(keepMarked(event.request.url, response.clone()));
    return response;
  } catch {
    return (await caches.match(event.request.url, { cacheName: ANSWERS })) ?? Response.error();
  }
}

async function keepMarked(url, response) {
  const headers = { 'Content-Type': response.headers.get('Content-Type') ?? 'application/json', [KEPT_AT]: String(Date.now()) };
  await keep(ANSWERS, url, new Response(await response.text(), { headers }));
  const answers = await caches.open(ANSWERS);
  const all = await answers.keys();
  await Promise.all(all.slice(0, Math.max(0, all.length - MOST_ANSWERS)).map((request) => answers.delete(request)));
}

async function keep(name, key, response) {
  const cache = await caches.open(name);
  // Put again at the end: the first ones are the longest unused.
  await cache.delete(key);
  await cache.put(key, response);
}
