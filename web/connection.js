// Tells, above everything else, that the server is not there, and asks again by itself until it is.

import { t } from './i18n.js';
import { byId } from './dom.js';
import { time } from './format.js';

const NO_ANSWER = { status: 0, retryAfter_s: null };

const FIRST_WAIT_MS = 1000;

/** From one try to the next while somebody looks: whoever reads the banner sees the end of it soon. */
const LONGEST_WAIT_MS = 3000;

/** Even when a try itself took longer than the wait. */
const SHORTEST_PAUSE_MS = 250;

/** The most that a server that has too many questions is obeyed. */
const LONGEST_OBEYED_MS = 30000;

/** `retry` repeats whatever failed; its outcome is to be told by `failed` or `worked`. */
export function createConnection(retry) {
  const banner = byId('banner');
  let wait_ms = FIRST_WAIT_MS;
  let timer = null;
  let triedAt_ms = 0;
  let isTrying = false;

  function again() {
    stopTimer();
    triedAt_ms = performance.now();
    isTrying = true;
    retry();
  }

  function stopTimer() {
    clearTimeout(timer);
    timer = null;
  }

  /** Somebody looks again, or the network is back: no reason to wait, unless an answer is under way. */
  function againNow() {
    if (!banner.hidden && !document.hidden && !isTrying) again();
  }

  byId('banner-retry').addEventListener('click', again);
  window.addEventListener('online', againNow);
  window.addEventListener('focus', againNow);
  document.addEventListener('visibilitychange', againNow);

  function interrupted(text, error) {
    const took_ms = isTrying ? performance.now() - triedAt_ms : 0;
    isTrying = false;
    setText(text);
    banner.hidden = false;
    stopTimer();
    // A hidden page does not ask; when it is looked at again, it asks at once.
    if (document.hidden) return;
    timer = setTimeout(again, pause(error, took_ms));
    wait_ms = Math.min(wait_ms * 2, LONGEST_WAIT_MS);
  }

  return {
    failed: (error) => interrupted(reason(error), error),

    /** The answer was one from before, kept on this device since then. */
    kept: (at_ms) => interrupted(t('down_kept', { time: time(at_ms) }), NO_ANSWER),

    /** Returns whether this ended an interruption. */
    worked() {
      stopTimer();
      isTrying = false;
      wait_ms = FIRST_WAIT_MS;
      const ended = !banner.hidden;
      banner.hidden = true;
      return ended;
    },
  };

  function pause(error, took_ms) {
    const asked_ms = (error.retryAfter_s ?? 0) * 1000;
    if (error.status === 429) return Math.max(wait_ms, Math.min(asked_ms, LONGEST_OBEYED_MS));
    // A little chance, so that a crowd that lost the server does not return in one instant.
    const planned_ms = wait_ms * (0.75 + Math.random() / 4);
    return Math.max(planned_ms - took_ms, SHORTEST_PAUSE_MS);
  }
}

/** Only a change is written, or a screen reader would repeat the sentence at every attempt. */
function setText(text) {
  const element = byId('banner-text');
  if (element.textContent !== text) element.textContent = text;
}

function reason(error) {
  if (!navigator.onLine) return t('down_offline');
  if (error.status === 0) return t('down_network');
  return t(error.status === 429 ? 'down_busy' : 'down_server');
}
