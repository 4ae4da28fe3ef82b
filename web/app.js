// The page's conductor: holds what is searched for, asks the API, and hands the answers to the parts that show them.

import * as api from './api.js';
import { forgetStatistics } from './area.js';
import { createBoard } from './board.js';
import { showRefusedCard, showWaitingCard } from './card.js';
import { createCells } from './cells.js';
import { createConnection } from './connection.js';
import { createControls, fillFuels } from './controls.js';
import { byId } from './dom.js';
import { createFilters } from './filters.js';
import { createFinder } from './finder.js';
import { price } from './format.js';
import { createFuels } from './fuels.js';
import { ApiError } from './http.js';
import { t, tCount, translatePage } from './i18n.js';
import { createLive } from './live.js';
import { createMap } from './map.js';
import { createMarkers } from './markers.js';
import { recall, remember } from './memory.js';
import { showNotice } from './notice.js';
import { installWorker } from './offline.js';
import { createOutbox } from './outbox.js';
import { createPlaceField, locateIfAllowed } from './place-field.js';
import { createReport } from './report.js';
import { announce, changedText, foundText, problemsText, thanksText } from './said.js';
import { allStations } from './search.js';
import { createSearchHere } from './search-here.js';
import { readState, writeState } from './state.js';
import { createStationPanel } from './station-panel.js';
import { popupContent } from './station-parts.js';
import { createTrip } from './trip.js';
import { currentView, showView } from './views.js';

/** The last search of this device: where a visit without a link begins. */
const MEMORY = 'posto-search';

/** How often what is on the screen is asked for again while nothing is heard: "just now" does not stay true. */
const RENEW_MS = 300000;

translatePage();
showWaitingCard();

let state = null;
let fuels = null;
let board = null;
let report = null;
let panel = null;
/** Whether the search is around the reader, as the device told it. */
let isHere = false;

const connection = createConnection(() => (state ? search() : start()));
const finder = createFinder({ connection, onFound: (...all) => board.show(...all), onEnd: ended, onRefused: showRefusedCard });
const tripValues = createTrip(() => search());
const controls = createControls(change);
const filters = createFilters(change);
const placeField = createPlaceField('position', (chosen, { isDevice }) => change(chosen, isDevice), { digits: 2 });
const map = createMap({ onTap: tapped, onPlace: placed, onReportPlace: (chosen) => report.choosePlace(chosen) });
const markers = createMarkers(map.map, { onPick: picked, details: (station) => popupContent(station, { from: state, onDetails: openStation }) });
const cells = createCells(map.map, { onStation: pickCell, onSummary: sayCells });
const searchHere = createSearchHere(map.map, (there) => change(there, false));
const live = createLive({ onChange: renew, onLost: () => finder.renew(null) });
const outbox = createOutbox({ onSent: reported, onLook: lookAt });

byId('report-open').addEventListener('click', () => openReport(currentView() === 'station' ? panel.station : null));
window.addEventListener('popstate', goBack);
setInterval(() => document.hidden || finder.renew(null), RENEW_MS);
start();
installWorker();

/** Everything before the first search; repeated as a whole when the server is not there yet. */
async function start() {
  try {
    fuels = createFuels(await api.fuels());
  } catch (error) {
    return connection.failed(error);
  }
  furnish();
  const read = readState(location.search || (recall(MEMORY) ?? ''), fuels.all);
  if (read.problems.length > 0) showNotice(problemsText(read.problems, fuels));
  state = read.state;
  const { station } = state;
  change({ station });
  if (station) openStation({ id: station });
  if (!location.search || !read.placed) moveToReader();
}

/** The parts that need to know the fuels. */
function furnish() {
  fillFuels(byId('fuel'), fuels);
  board = createBoard({ map, markers, cells, filters, fuels, onMore: finder.more, onWiden: (radius) => change({ radius }), onDetails: openStation });
  report = createReport({ fuels, onOpen: () => showView('report'), onClose: closeReport, onDone: reported, onKept: keepReport, showPlaceOnMap: map.showReportPlace });
  panel = createStationPanel({ fuels, onBack: leaveStation, onReport: openReport, onUnknown: stationUnknown });
  byId('report-open').disabled = false;
}

/** Finding the device can take long: what is shown meanwhile stays if the reader has chosen a place by then. */
async function moveToReader() {
  const { lat, lon } = state;
  const here = await locateIfAllowed();
  if (here && state.lat === lat && state.lon === lon) change(here, true);
}

/** Another search: it goes into the address, and leaves the station that was open. */
function change(patch, here = isHere) {
  if (!state) return;
  isHere = here;
  state = { ...state, station: '', ...patch };
  if (currentView() === 'station' && state.station === '') leave();
  history.replaceState(history.state, '', writeState(state));
  remember(MEMORY, writeState({ ...state, station: '' }));
  controls.show(state);
  filters.show(state);
  placeField.show(state, isHere);
  map.showSearch(state);
  searchHere.show(state);
  live.follow(state);
  search();
}

function search() {
  if (state) finder.search({ ...state, ...tripValues() });
}

/** Prices have changed: of these stations, or null where nobody knows of which. */
function renew(ids) {
  forgetStatistics();
  cells.renew();
  finder.renew(ids);
  if (currentView() === 'station' && (ids === null || ids.has(state.station))) panel.renew();
}

function ended(found, wanted, { changed, isBack }) {
  if (found.kept_at === null) outbox.send();
  if (isBack) announce(t('down_back'));
  if (changed === undefined) announce(foundText(found, wanted, fuels));
  else if (changedText(found, changed, fuels)) announce(changedText(found, changed, fuels));
}

/** A tap on the map: a place for the report, a cell, or another search. */
function tapped(chosen, containerPoint) {
  if (cells.tap(containerPoint)) return;
  placed(chosen);
}

function placed(chosen, { ofSearch = false } = {}) {
  if (report?.isOpen && !ofSearch) report.choosePlace(chosen);
  else change(chosen, false);
}

/** Whether the tap on a label was for the report. */
function picked(station) {
  if (report.isOpen) report.chooseStation(station);
  return report.isOpen;
}

/** A station beyond the search: the map knows only its id. */
async function pickCell({ station: id }) {
  try {
    const { prices, ...place } = await api.station(id);
    const entry = prices.find(({ fuel }) => fuel === state.fuel);
    const station = { ...place, ...entry, distance_km: null };
    if (entry && !picked(station)) markers.open(station);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.isPassing) connection.failed(error);
  }
}

/** Only for those who move the map by keyboard: others see it. */
function sayCells({ count, lowest, currency }) {
  if (byId('map').contains(document.activeElement)) announce(tCount('cells', count, { money: price(lowest, currency) }));
}

/** The station goes into the address, as a step that "back" leaves again. */
function openStation(station) {
  markers.closePopup();
  if (state.station !== station.id || currentView() !== 'station') {
    const isLink = state.station === station.id;
    state = { ...state, station: station.id };
    if (!isLink) history.pushState({ isStep: true }, '', writeState(state));
  }
  showView('station');
  markers.point(station.id);
  panel.show(station.id, { ...state, ...tripValues() }, finder.station(station.id) ?? (station.price === undefined ? null : station));
}

function leaveStation() {
  if (history.state?.isStep) return history.back();
  state = { ...state, station: '' };
  history.replaceState(null, '', writeState(state));
  showResults();
}

function leave() {
  panel.close();
  markers.point(null);
  showView('results');
}

function showResults() {
  const { id } = panel;
  leave();
  (byId('results').querySelector(`li[data-station="${CSS.escape(id ?? '')}"] .row`) ?? byId('results')).focus();
}

function goBack() {
  if (!state) return;
  const { state: wanted } = readState(location.search, fuels.all);
  const isSame = writeState({ ...wanted, station: '' }) === writeState({ ...state, station: '' });
  state = wanted;
  if (!isSame) change({ station: wanted.station });
  if (wanted.station) openStation({ id: wanted.station });
  else if (currentView() === 'station') showResults();
}

function stationUnknown() {
  showNotice(t('station_unknown'));
  leaveStation();
}

function openReport(station = null) {
  markers.closePopup();
  report.open({ fuel: station?.fuel ?? state.fuel, stations: allStations(finder.found), station, position: isHere ? state : null, search: state });
}

function closeReport() {
  if (state.station && panel.id === state.station) showView('station');
  else showView('results');
}

function reported(answer) {
  showNotice(thanksText(answer, fuels));
  renew(null);
}

function keepReport(entry) {
  outbox.add(entry);
  showNotice(t('report_kept'));
}

function lookAt(entry) {
  openReport();
  report.resume(entry);
}
