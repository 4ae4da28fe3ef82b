// Tells, above everything else, that the server is not there, and asks again by itself until it is.

import { t } from './i18n.js';
import { byId } from './dom.js';

const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 30000;

/** `retry` repeats whatever failed; its outcome is to be told by `failed` or `worked`. */
export function createConnection(retry) {
  const banner = byId('banner');
  let wait_ms = FIRST_WAIT_MS;
  let timer = null;

  function again() {
    clearTimeout(timer);
    timer = null;
    retry();
  }

  byId('banner-retry').addEventListener('click', again);
  window.addEventListener('online', () => banner.hidden || again());
  document.addEventListener('visibilitychange', () => {
    // A hidden page does not ask; when it is looked at again, it asks at once.
    if (!banner.hidden && !document.hidden) again();
  });

  return {
    failed(error) {
      setText(reason(error));
      banner.hidden = false;
      clearTimeout(timer);
      timer = null;
      if (document.hidden) return;
      // A little chance, so that a crowd that lost the server does not return in one instant.
      const asked_ms = Math.min((error.retryAfter_s ?? 0) * 1000, LONGEST_WAIT_MS);
      timer = setTimeout(again, Math.max(wait_ms * (0.75 + Math.random() / 2), asked_ms));
      wait_ms = Math.min(wait_ms * 2, LONGEST_WAIT_MS);
    },

    /** Returns whether this ended an interruption. */
    worked() {
      clearTimeout(timer);
      timer = null;
      wait_ms = FIRST_WAIT_MS;
      const ended = !banner.hidden;
      banner.hidden = true;
      return ended;
    },
  };
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
