// The report form: opens, checks, sends, and explains what the server said. Its place is chosen in report-place.js.

import * as api from './api.js';
import { byId } from './dom.js';
import { t } from './i18n.js';
import { exactNumber, unitName } from './format.js';
import { ApiError } from './http.js';
import { parsePrice } from './parse.js';
import { fillFuels } from './controls.js';
import { createReportPlace } from './report-place.js';
import { createSanity } from './report-sanity.js';
import { showCandidates, hideCandidates } from './report-candidates.js';
import { isTokenKept, setToken, token } from './token.js';

/** The form's field for each parameter the server may complain of. */
const FIELDS = { price: 'report-price', lat: 'report-place', lon: 'report-place', station: 'report-place', name: 'report-name', brand: 'report-brand' };

/** How long to wait before asking for the outcome of a report that the server is still writing. */
const IN_PROGRESS_WAIT_MS = 700;

/** No answer came, or the server behind the gateway did not: the report is sent later. A gateway that is broken (500) is not trusted with it again. */
const LATER = [0, 502, 503, 504];

/** `onDone(answer)` hears of a recorded price, `onKept({ body, key })` of one to be sent later, `onClose` of the form's end, whatever it was. */
export function createReport({ fuels, onDone, onKept, onOpen, onClose, showPlaceOnMap }) {
  const form = byId('report-form');
  const place = createReportPlace((chosen) => {
    showPlaceOnMap(chosen);
    sanity.judge();
  });
  const sanity = createSanity(() => ({ fuel: byId('report-fuel').value, place: place.current }));
  let attempt = { body: null, key: null };

  fillFuels(byId('report-fuel'), fuels);
  byId('report-fuel').addEventListener('change', showUnit);
  byId('report-token').value = token();
  byId('report-token-keep').checked = isTokenKept();
  byId('report-cancel').addEventListener('click', close);
  byId('report').addEventListener('keydown', (event) => event.key === 'Escape' && close());
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    send({});
  });

  function showUnit() {
    byId('report-price-label').textContent = t('report_price', { unit: unitName(fuels.unit(byId('report-fuel').value)) });
    sanity.judge();
  }

  function close() {
    place.clear();
    sanity.clear();
    onClose();
    byId('report-open').focus();
  }

  async function send(choice) {
    const body = read();
    if (!body) return;
    say(t('report_sending'));
    form.setAttribute('aria-busy', 'true');
    byId('report-send').disabled = true;
    try {
      done(onDone, await deliver({ ...body, ...choice }));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (LATER.includes(error.status)) done(onKept, { body: { ...body, ...choice }, key: attempt.key });
      else explain(error);
    } finally {
      form.removeAttribute('aria-busy');
      byId('report-send').disabled = false;
    }
  }

  /** The same report keeps its key, so that a repeat after a lost answer counts once; another report gets another. */
  async function deliver(body) {
    const text = JSON.stringify(body);
    if (attempt.body !== text) attempt = { body: text, key: api.newKey() };
    const { key } = attempt;
    setToken(byId('report-token').value.trim(), byId('report-token-keep').checked);
    try {
      return await api.report(body, key, token());
    } catch (error) {
      if (error.code !== 'in-progress') throw error;
      await new Promise((resolve) => setTimeout(resolve, IN_PROGRESS_WAIT_MS));
      return api.report(body, key, token());
    }
  }

  /** The report's body, or null after marking everything that is wrong, not only the first. */
  function read() {
    clearProblems();
    hideCandidates();
    const price = parsePrice(byId('report-price').value);
    const where = place.take();
    if (price.error) mark('report-price', t(price.error));
    if (price.error || !where) {
      say(t('report_fix'), true);
      form.querySelector('[aria-invalid="true"]').focus();
      return null;
    }
    const body = { fuel: byId('report-fuel').value, price: price.value, ...where };
    for (const name of ['name', 'brand']) {
      const text = byId(`report-${name}`).value.trim();
      if (text !== '') body[name] = text;
    }
    return body;
  }

  function done(tell, outcome) {
    attempt = { body: null, key: null };
    for (const id of ['report-price', 'report-name', 'report-brand']) byId(id).value = '';
    close();
    tell(outcome);
  }

  function explain(error) {
    if (error.status === 401 || error.status === 403) return askToken(error.status);
    if (error.status === 429) return say(t('report_busy'), true);
    if (error.isPassing) {
      byId('report-send').textContent = t('report_again');
      return say(t('report_down'), true);
    }
    if (error.code === 'ambiguous-station') {
      say('');
      return showCandidates(error.problem.candidates, send);
    }
    const marked = (error.problem?.errors ?? []).filter(({ parameter, allowed }) => {
      const text = allowed ? t('report_field_refused', { allowed }) : t('report_field_refused_plain');
      return parameter in FIELDS && mark(FIELDS[parameter], text);
    });
    say(marked.length > 0 ? t('report_fix') : t('report_refused', { code: error.code }), true);
    form.querySelector('[aria-invalid="true"]')?.focus();
  }

  function askToken(status) {
    const wasAsked = !byId('report-token-box').hidden && byId('report-token').value !== '';
    byId('report-token-box').hidden = false;
    mark('report-token', t(wasAsked || status === 403 ? 'report_token_wrong' : 'report_token_needed'));
    say('');
    byId('report-token').focus();
  }

  return {
    get isOpen() {
      return !byId('report').hidden;
    },
    /** Opens the form for this fuel; `station` is set when it was opened from one. */
    open({ fuel, stations, station, position }) {
      clearProblems();
      hideCandidates();
      say('');
      byId('report-send').textContent = t('report_send');
      byId('report-fuel').value = fuel;
      showUnit();
      place.offer(stations);
      if (station) place.chooseStation(station);
      else if (position) place.choosePlace(position);
      onOpen();
      byId(station ? 'report-price' : 'report-title').focus();
    },
    /** Fills the form, once it is open, with a report that was refused. */
    resume({ body }) {
      byId('report-fuel').value = body.fuel;
      showUnit();
      place.choosePlace({ lat: body.lat, lon: body.lon });
      byId('report-price').value = exactNumber(body.price);
      for (const name of ['name', 'brand']) byId(`report-${name}`).value = body[name] ?? '';
      byId('report-price').focus();
    },
    chooseStation: place.chooseStation,
    choosePlace: place.choosePlace,
  };
}

function mark(id, text) {
  byId(id).setAttribute('aria-invalid', 'true');
  const problem = byId(`${id}-problem`);
  problem.textContent = text;
  problem.classList.add('problem');
  byId(id).closest('details')?.setAttribute('open', '');
  return true;
}

function clearProblems() {
  for (const id of new Set([...Object.values(FIELDS), 'report-token'])) {
    byId(id).removeAttribute('aria-invalid');
    byId(`${id}-problem`).textContent = '';
  }
}

function say(text, isWrong = false) {
  byId('report-message').textContent = text;
  byId('report-message').classList.toggle('problem', isWrong);
}
