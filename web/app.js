// The page's conductor: holds what is searched for, asks the API, and hands the answers to the parts that show them.

import * as api from './api.js';
import { byId } from './dom.js';
import { t, translatePage } from './i18n.js';
import { distance, position, price, stationName, unitName } from './format.js';
import { createFuels } from './fuels.js';
import { DEFAULTS, readState, writeState } from './state.js';
import { createConnection } from './connection.js';
import { createControls, fillFuels } from './controls.js';
import { createPlaceField, locateIfAllowed } from './place-field.js';
import { createTrip } from './trip.js';
import { createMap } from './map.js';
import { createMarkers } from './markers.js';
import { NOTHING, allStations, firstPage, hasMore, isOlderDue, nextPage } from './search.js';
import { showLegend } from './legend.js';
import { popupContent } from './station-parts.js';
import { isGrey, tierScale } from './tiers.js';
import { countText, showList } from './list.js';
import { showCard, showEmptyCard, showRefusedCard, showWaitingCard } from './card.js';
import { createReport } from './report.js';
import { showNotice } from './notice.js';

translatePage();
showWaitingCard();

let state = null;
let fuels = null;
let report = null;
let found = NOTHING;
let running = new AbortController();
/** Whether the search is around the reader, as the device told it. */
let isHere = false;

const connection = createConnection(() => (state ? search() : start()));
const tripValues = createTrip(() => search());
const controls = createControls({ change, preview: (radius) => map.previewRadius(radius) });
const placeField = createPlaceField('position', (chosen, { isDevice }) => change(chosen, isDevice));
const map = createMap({
  onPlace(chosen, { ofSearch }) {
    if (report?.isOpen && !ofSearch) report.choosePlace(chosen);
    else change(chosen, false);
  },
  onReportPlace: (chosen) => report.choosePlace(chosen),
});
const markers = createMarkers(map.map, {
  onPick(station) {
    if (report.isOpen) report.chooseStation(station);
    return report.isOpen;
  },
  details: (station) => popupContent(station, detailOptions()),
});

byId('report-open').addEventListener('click', () => openReport());
start();

/** Everything before the first search; repeated as a whole when the server is not there yet. */
async function start() {
  try {
    fuels = createFuels(await api.fuels());
  } catch (error) {
    return connection.failed(error);
  }
  fillFuels(byId('fuel'), fuels);
  report ??= createReport({ fuels, onOpen: showReport, onClose: hideReport, onDone: reported, showPlaceOnMap: map.showReportPlace });
  byId('report-open').disabled = false;
  const read = readState(location.search, fuels.all);
  if (read.problems.length > 0) showNotice(t('state_problem', { problems: read.problems.map(problemText).join('; ') }));
  state = read.state;
  change({});
  if (!read.placed) moveToReader();
}

/** Finding the device can take long: the default is shown meanwhile, and stays if the reader has chosen a place by then. */
async function moveToReader() {
  const here = await locateIfAllowed();
  const isUntouched = state.lat === DEFAULTS.lat && state.lon === DEFAULTS.lon;
  if (here && isUntouched) change(here, true);
}

function change(patch, here = isHere) {
  if (!state) return;
  isHere = here;
  state = { ...state, ...patch };
  history.replaceState(null, '', writeState(state));
  controls.show(state);
  placeField.show(state);
  map.showSearch(state);
  search();
}

/** Asks, shows, and adds older prices behind fresh ones; a newer search makes an older one void. */
async function search() {
  if (!state) return;
  running.abort();
  running = new AbortController();
  const { signal } = running;
  const wanted = { ...state, ...tripValues() };
  byId('results').setAttribute('aria-busy', 'true');
  try {
    found = await firstPage(wanted, signal);
    if (connection.worked()) announce(t('down_back'));
    show(wanted);
    await addOlder(wanted, signal);
    announce(foundText(wanted));
  } catch (error) {
    if (signal.aborted) return;
    if (!(error instanceof api.ApiError)) throw error;
    fail(error);
  }
  byId('results').removeAttribute('aria-busy');
}

async function addOlder(wanted, signal) {
  if (!isOlderDue(found)) return;
  found = await nextPage(found, wanted, signal);
  showStations(wanted);
}

async function showMore(wanted) {
  const { signal } = running;
  byId('more').disabled = true;
  try {
    found = await nextPage(found, wanted, signal);
    connection.worked();
    showStations(wanted);
    await addOlder(wanted, signal);
  } catch (error) {
    if (error instanceof api.ApiError) fail(error);
  }
  byId('more').disabled = false;
}

/** What is on the screen stays when the server is away; it goes when the server refuses the search. */
function fail(error) {
  if (error.isPassing) return connection.failed(error);
  connection.worked();
  found = NOTHING;
  showStations(state);
  showRefusedCard(error);
}

function show(wanted) {
  showStations(wanted);
  if (found.best) {
    showCard(found.best, { search: wanted, fuels });
  } else {
    showEmptyCard({ search: wanted, fuels, onWiden: (radius) => change({ radius }) });
  }
}

function showStations(wanted) {
  const stations = allStations(found);
  const tierOf = tierScale(stations.filter((station) => !isGrey(station)));
  showList(found, { tierOf, hasMore: hasMore(found), radius: wanted.radius, onMore: () => showMore(wanted), ...detailOptions() });
  showLegend(stations, tierOf);
  // Before the markers: their labels keep off the credits.
  map.showSources([...new Set(stations.map((station) => station.attribution).filter(Boolean))]);
  markers.show(stations, { best: found.best, tierOf, around: wanted });
}

function detailOptions() {
  return { from: state, fuels, onReport: openReport };
}

function openReport(station = null) {
  markers.closePopup();
  report.open({ fuel: state.fuel, stations: allStations(found), station, position: isHere ? state : null });
}

function showReport() {
  document.body.classList.add('is-reporting');
  byId('report').hidden = false;
  byId('results').hidden = true;
  byId('search').hidden = true;
  window.scrollTo({ top: 0 });
}

function hideReport() {
  document.body.classList.remove('is-reporting');
  byId('report').hidden = true;
  byId('results').hidden = false;
  byId('search').hidden = false;
}

function reported(text) {
  showNotice(text);
  search();
}

function announce(text) {
  byId('announce').textContent = text;
}

function foundText(wanted) {
  const { best } = found;
  if (!best) return t('empty_title', { radius: distance(wanted.radius) });
  return t('said_best', {
    best: t(wanted.rank === 'trip' ? 'best_trip' : 'cheapest'),
    fuel: fuels.inSentence(best.fuel),
    money: price(best.price, best.currency),
    unit: unitName(best.unit),
    name: stationName(best),
    distance: distance(best.distance_km),
    count: countText(allStations(found).length, hasMore(found), wanted.radius),
  });
}

function problemText({ name, value }) {
  const used = {
    fuel: () => fuels.inSentence(DEFAULTS.fuel),
    radius: () => distance(DEFAULTS.radius),
    position: () => position(DEFAULTS),
    rank: () => t(`rank_${DEFAULTS.rank}`),
  }[name]();
  return t('state_used', { name: t(`state_name_${name}`), value, used });
}
