// Reports that could not be sent: kept on this device and sent, each under its own key and so counted once, when the gateway is there again.

import * as api from './api.js';
import { byId } from './dom.js';
import { exactNumber } from './format.js';
import { ApiError } from './http.js';
import { t, tCount } from './i18n.js';
import { recall, remember } from './memory.js';
import { showNotice } from './notice.js';
import { token } from './token.js';

const MEMORY = 'posto-outbox';

/** A report counts as seen when it arrives: one that is older than this would tell a wrong time. */
const LASTS_MS = 6 * 3600 * 1000;

const AGAIN_MS = 15000;

/** `onSent(answer)` hears of a recorded report, `onLook(entry)` that the reader wants to correct one that was refused. */
export function createOutbox({ onSent, onLook }) {
  /** `{ body, key, at, refused? }`; `refused` once the server has said no. */
  let entries = (recall(MEMORY) ?? []).filter((entry) => entry?.body && entry.key && entry.at);
  let isSending = false;
  let timer = null;

  byId('outbox-send').addEventListener('click', () => {
    const refused = entries.find((entry) => entry.refused);
    if (!refused) return send();
    drop(refused);
    onLook(refused);
  });
  byId('outbox-discard').addEventListener('click', () => {
    entries = [];
    store();
  });
  window.addEventListener('online', send);
  show();

  async function send() {
    clearTimeout(timer);
    dropLate();
    if (isSending) return;
    isSending = true;
    for (const entry of entries.filter(({ refused }) => !refused)) {
      const isGone = await sendOne(entry);
      if (!isGone) break;
    }
    isSending = false;
    if (entries.some(({ refused }) => !refused)) timer = setTimeout(send, AGAIN_MS);
  }

  /** Whether the next one may be tried. */
  async function sendOne(entry) {
    try {
      const answer = await api.report(entry.body, entry.key, token());
      drop(entry);
      onSent(answer);
      return true;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.isPassing || error.code === 'in-progress') return false;
      entry.refused = error.code;
      store();
      return true;
    }
  }

  function dropLate() {
    const fresh = entries.filter(({ at }) => Date.now() - at < LASTS_MS);
    if (fresh.length === entries.length) return;
    entries = fresh;
    store();
    showNotice(t('outbox_late'));
  }

  function drop(entry) {
    entries = entries.filter((other) => other !== entry);
    store();
  }

  function store() {
    remember(MEMORY, entries.length > 0 ? entries : null);
    show();
  }

  function show() {
    byId('outbox').hidden = entries.length === 0;
    const refused = entries.find((entry) => entry.refused);
    byId('outbox-send').textContent = t(refused ? 'outbox_look' : 'outbox_send');
    if (entries.length === 0) byId('outbox-text').textContent = '';
    else byId('outbox-text').textContent = refused ? t('outbox_refused', { money: exactNumber(refused.body.price) }) : tCount('outbox', entries.length);
  }

  return {
    add({ body, key }) {
      entries = [...entries, { body, key, at: Date.now() }];
      store();
      clearTimeout(timer);
      timer = setTimeout(send, AGAIN_MS);
    },
    /** The gateway answers: what waits is sent. */
    send,
  };
}
