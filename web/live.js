// Price changes as they happen: one event stream for the area that is searched, opened again by itself when it breaks.

import { eventsUrl } from './api.js';

const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 30000;

/** A page that nobody looks at needs no stream; who only glances elsewhere keeps it. */
const UNSEEN_MS = 60000;

/** Changes that come together are shown together. */
const GATHER_MS = 300;

/** In a storm of changes the list is renewed no more often. */
const LEAST_PAUSE_MS = 2000;

/**
 * `onChange(ids)` hears which stations have changed, with null when that is not known (the stream was interrupted);
 * `onLost` that a stream that worked has broken.
 */
export function createLive({ onChange, onLost }) {
  let area = null;
  let source = null;
  let wait_ms = FIRST_WAIT_MS;
  let timer = null;
  let unseen = null;
  let wasOpen = false;
  let changed = new Set();
  let gathering = null;
  let told_ms = -Infinity;

  function open() {
    clearTimeout(timer);
    close();
    if (area === null || document.hidden) return;
    source = new EventSource(eventsUrl(area));
    source.addEventListener('open', () => {
      wait_ms = FIRST_WAIT_MS;
      if (wasOpen === null) hear(null);
      wasOpen = true;
    });
    source.addEventListener('price', (event) => hear(idOf(event.data)));
    source.addEventListener('ended', (event) => hear(idOf(event.data)));
    source.addEventListener('resync', () => hear(null));
    source.addEventListener('error', broken);
  }

  function close() {
    source?.close();
    source = null;
  }

  /** The browser connects again by itself after an interruption, but not after an answer that is no stream. */
  function broken() {
    if (wasOpen === true) {
      wasOpen = null;
      onLost();
    }
    if (source?.readyState !== EventSource.CLOSED) return;
    close();
    timer = setTimeout(open, wait_ms * (0.75 + Math.random() / 4));
    wait_ms = Math.min(wait_ms * 2, LONGEST_WAIT_MS);
  }

  function hear(id) {
    if (id === null) changed = null;
    else changed?.add(id);
    if (gathering !== null) return;
    const pause_ms = Math.max(GATHER_MS, told_ms + LEAST_PAUSE_MS - performance.now());
    gathering = setTimeout(() => {
      const ids = changed;
      changed = new Set();
      gathering = null;
      told_ms = performance.now();
      onChange(ids);
    }, pause_ms);
  }

  document.addEventListener('visibilitychange', () => {
    clearTimeout(unseen);
    if (document.hidden) {
      unseen = setTimeout(close, UNSEEN_MS);
    } else if (source === null && area !== null) {
      // What happened meanwhile was told to nobody.
      if (wasOpen !== false) wasOpen = null;
      open();
    }
  });
  // A stream that is left open keeps the page out of the browser's back-and-forward memory.
  window.addEventListener('pagehide', close);
  window.addEventListener('pageshow', (event) => event.persisted && open());

  return {
    /** Listens to this area; the same one again changes nothing. */
    follow({ fuel, radius, lat, lon }) {
      const next = { fuel, radius, lat, lon };
      if (area !== null && eventsUrl(area) === eventsUrl(next)) return;
      area = next;
      wasOpen = false;
      wait_ms = FIRST_WAIT_MS;
      open();
    },
  };
}

/** The station that an event speaks of; an event that cannot be read means that anything may have changed. */
function idOf(text) {
  try {
    const { id, station } = JSON.parse(text);
    return id ?? station ?? null;
  } catch {
    return null;
  }
}
