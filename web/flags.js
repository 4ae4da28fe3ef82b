// Tells the operator that a price is gone, a station closed or in another place.

import * as api from './api.js';
import { h } from './dom.js';
import { t } from './i18n.js';
import { ApiError } from './http.js';
import { token } from './token.js';

const REASONS = ['price-gone', 'station-closed', 'wrong-place'];

/** A fold of three buttons; a price that is gone is that of `fuel`, if the station has one. */
export function flagBox(id, fuel) {
  const said = h('p', { class: 'quiet', role: 'status' });
  const buttons = REASONS.filter((reason) => reason !== 'price-gone' || fuel !== null).map((reason) =>
    h('button', { type: 'button', class: 'button is-small', onclick: () => send(reason) }, t(`flag_${reason.replaceAll('-', '_')}`)),
  );

  async function send(reason) {
    said.textContent = t('flag_sending');
    for (const button of buttons) button.disabled = true;
    try {
      await api.flag(id, reason === 'price-gone' ? { reason, fuel } : { reason }, token());
      said.textContent = t('flag_done');
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      said.textContent = t(failure(error));
      for (const button of buttons) button.disabled = false;
    }
  }

  return h('details', { class: 'fold flags' }, h('summary', {}, t('flag_title')), h('div', { class: 'actions' }, buttons), said);
}

function failure({ status, code }) {
  if (code === 'unknown-station') return 'flag_gone';
  if ([404, 405, 501].includes(status)) return 'flag_unavailable';
  return status === 401 || status === 403 ? 'flag_token' : 'flag_failed';
}
