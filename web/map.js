// The map: ground, search pin and circle, the report's pin. The prices on it are in markers.js.

import { byId, h } from './dom.js';
import { t } from './i18n.js';
import { roundPosition } from './state.js';

const OSM_TILES = 'https://tile.openstreetmap.org/{z}/{x}/{y}.png';
const OSM_CREDIT = '© <a href="https://www.openstreetmap.org/copyright">OpenStreetMap</a>';
const LEAFLET_CREDIT = '<a href="https://leafletjs.com">Leaflet</a>';
const CLOSEST_ZOOM = 17;
const ROOM_FOR_CREDITS_PX = 24;
const DOUBLE_TAP_MS = 250;

/** A larger circle is none on this projection, and nobody drives there: it is not drawn. */
const LARGEST_CIRCLE_KM = 2000;
const WORLD = [[-60, -180], [75, 180]];
const FARTHEST_ZOOM = 1;
const FIRST_ZOOM = 12;

/** The search pin covers ordinary prices but not the best one; the report's pin covers all. markers.js keeps labels off it. */
const ABOVE_LABELS = 5000;
const ABOVE_ALL = 20000;

const L = window.L;

/**
 * `onTap(place, containerPoint)` hears of a tap, `onPlace(place)` of Enter on the map and of a dragged search pin,
 * `onReportPlace` of the report's pin.
 */
export function createMap({ onTap, onPlace, onReportPlace }) {
  const calm = window.matchMedia('(prefers-reduced-motion: reduce)').matches;
  const map = L.map('map', { zoomControl: false, attributionControl: false, zoomSnap: 0.25, fadeAnimation: !calm, zoomAnimation: !calm });
  L.control.attribution({ prefix: LEAFLET_CREDIT }).addTo(map);
  L.control.zoom({ position: 'topright', zoomInTitle: t('map_zoom_in'), zoomOutTitle: t('map_zoom_out') }).addTo(map);
  L.control.scale({ position: 'bottomleft', imperial: false, maxWidth: 80 }).addTo(map);
  layGround(map);

  const circle = L.circle([0, 0], { radius: 1, interactive: false, className: 'search-circle' });
  const pin = L.marker([0, 0], pinOptions('pin', t('pin'), ABOVE_LABELS)).addTo(map);
  const reportPin = L.marker([0, 0], pinOptions('pin report-pin', t('report_pin'), ABOVE_ALL));
  let shown = null;
  let isFitting = false;
  let isZooming = false;

  // A tap waits for the second one: a double tap zooms and should move nothing.
  let tap = null;
  map.on('click', (event) => {
    clearTimeout(tap);
    tap = setTimeout(() => onTap(plain(event.latlng.wrap()), event.containerPoint), DOUBLE_TAP_MS);
  });
  map.on('dblclick', () => clearTimeout(tap));
  pin.on('dragend', () => onPlace(plain(pin.getLatLng().wrap()), { ofSearch: true }));
  pin.on('drag', () => circle.setLatLng(pin.getLatLng()));
  reportPin.on('dragend', () => onReportPlace(plain(reportPin.getLatLng().wrap())));
  byId('map').addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && event.target === byId('map')) onPlace(plain(map.getCenter().wrap()), { ofSearch: false });
  });
  new ResizeObserver(() => {
    map.invalidateSize({ animate: false });
    // The first size is known only now, and a map that was hidden or small has fitted to nothing.
    if (shown?.isFresh) fit();
  }).observe(byId('map'));

  function drawCircle(radius_km) {
    circle.setRadius(radius_km * 1000);
    if (isDrawn(radius_km)) circle.addTo(map);
    else circle.remove();
  }

  /** Leaflet forgets a view that is asked for while it zooms: then after it. */
  function fit() {
    if (isZooming) return map.once('zoomend', fit);
    isFitting = true;
    if (!isDrawn(circle.getRadius() / 1000)) return map.setView(pin.getLatLng(), Math.max(FARTHEST_ZOOM, map.getBoundsZoom(WORLD)), { animate: !calm });
    map.fitBounds(pin.getLatLng().toBounds(2 * circle.getRadius()), { paddingTopLeft: [6, 6], paddingBottomRight: [6, ROOM_FOR_CREDITS_PX], maxZoom: CLOSEST_ZOOM, animate: !calm });
  }

  map.on('zoomstart', () => (isZooming = true));
  map.on('zoomend', () => (isZooming = false));
  map.on('moveend', () => (isFitting = false));
  // Who has moved the map keeps it so, also when it changes its size.
  map.on('dragstart zoomstart', () => {
    if (shown && !isFitting) shown.isFresh = false;
  });

  return {
    map,
    /** Puts pin and circle there; the view follows only when the search moved, not when its fuel changed. */
    showSearch({ lat, lon, radius }) {
      const key = `${lat} ${lon} ${radius}`;
      pin.setLatLng([lat, lon]);
      circle.setLatLng([lat, lon]);
      drawCircle(radius);
      if (shown?.key === key) return;
      // The tiles of a whole continent are not fetched just to begin somewhere.
      if (shown === null) map.setView([lat, lon], FIRST_ZOOM, { animate: false });
      shown = { key, isFresh: true };
      fit();
    },
    /** Shows where the report will be, or takes the pin away. */
    showReportPlace(place) {
      if (!place) return reportPin.remove();
      reportPin.setLatLng(place).addTo(map);
      map.panInside(place, { padding: [60, 60], animate: !calm });
    },
    /** The credits of the sources whose stations are on the map. */
    showSources(texts) {
      creditSources(map, texts);
    },
  };
}

const isDrawn = (radius_km) => radius_km <= LARGEST_CIRCLE_KM;

/** A plain ruled ground that needs nothing from outside, and the tiles above it. */
function layGround(map) {
  const Ruled = L.GridLayer.extend({ createTile: () => h('div', { class: 'ruled' }) });
  new Ruled({ tileSize: 128 }).addTo(map);

  const wanted = document.querySelector('meta[name="posto-tiles"]').content;
  if (wanted === 'none') return;
  const url = wanted.includes('{{') ? OSM_TILES : wanted;
  const tiles = L.tileLayer(url, { maxZoom: 19, attribution: OSM_CREDIT, detectRetina: false }).addTo(map);
  const note = escape(t('no_tiles'));
  tiles.once('tileerror', () => map.attributionControl.addAttribution(note));
  tiles.on('tileload', () => map.attributionControl.removeAttribution(note));
}

const credited = new Set();

function creditSources(map, texts) {
  const credits = new Set(texts.map(escape));
  for (const credit of credited) if (!credits.has(credit)) map.attributionControl.removeAttribution(credit);
  for (const credit of credits) if (!credited.has(credit)) map.attributionControl.addAttribution(credit);
  credited.clear();
  for (const credit of credits) credited.add(credit);
}

/** Leaflet writes credits as HTML; these come from feeds. */
function escape(text) {
  return h('span', {}, text).innerHTML;
}

function pinOptions(className, title, zIndexOffset) {
  const icon = L.divIcon({ className, html: h('span', { class: 'pin-shape' }), iconSize: [30, 38], iconAnchor: [15, 37] });
  // Typing a position is the keyboard's way to move it.
  return { icon, title, draggable: true, keyboard: false, autoPan: true, zIndexOffset };
}

function plain({ lat, lng }) {
  return roundPosition({ lat, lon: lng });
}
