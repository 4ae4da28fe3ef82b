// The stations beyond the search: /map's cells of what is seen, asked again when the map leaves what is known.

import * as api from './api.js';
import { createCellsLayer } from './cells-layer.js';
import { ApiError } from './http.js';
import { tierScale } from './tiers.js';

/** The map may still be moving. */
const PAUSE_MS = 150;

/** How much more than the view is asked for, in parts of the view, so that small steps need no request. */
const MARGIN = 0.4;

/** How far a tap on several stations zooms in. */
const ZOOM_STEP = 2;
const CLOSEST_ZOOM = 18;
const LARGEST_ZOOM = 22;

/** `onStation(cell)` hears of a tapped station, `onSummary({ count, lowest, currency })` what the view holds. */
export function createCells(map, { onStation, onSummary }) {
  const layer = createCellsLayer(map);
  let known = null;
  let search = null;
  let timer = null;
  let running = new AbortController();

  map.on('moveend', later);

  function later() {
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE_MS);
  }

  async function ask() {
    if (search === null) return;
    const view = map.getBounds();
    const zoom = Math.min(LARGEST_ZOOM, Math.max(0, Math.round(map.getZoom())));
    if (known?.fuel === search.fuel && known.zoom === zoom && known.bounds.contains(view)) return draw();
    running.abort();
    running = new AbortController();
    const { signal } = running;
    const { fuel } = search;
    const bounds = view.pad(MARGIN);
    try {
      const cells = await api.cells({ fuel, box: boxOf(bounds), zoom }, signal);
      known = { fuel, zoom, bounds, cells };
      draw();
    } catch (error) {
      // Cells are an addition: the search itself tells when the server is away.
      if (!signal.aborted && !(error instanceof ApiError)) throw error;
    }
  }

  function draw() {
    const centre = map.getCenter();
    const placed = known.cells.map((cell) => ({ ...cell, lon: nearestTurn(cell.lon, centre.lng) }));
    const cells = search.isPlain ? placed.filter((cell) => !isShownAlready(cell)) : [];
    // The search's own colours, so that one colour means one thing; without any, fifths of what is seen.
    const currency = search.scale?.currency ?? mostCommon(cells.map((cell) => cell.currency).filter(Boolean));
    const scale = search.scale?.tierOf ?? tierScale(cells.filter((cell) => cell.currency === currency).map((cell) => ({ price: cell.min_price })));
    layer.show(cells, (cell) => (cell.currency === currency ? scale(cell.min_price) : null));
    summarise(placed, currency);
  }

  /** The search's own stations have labels. */
  function isShownAlready(cell) {
    if (search.ids.has(cell.station)) return true;
    return search.isWhole && map.distance([cell.lat, cell.lon], [search.lat, search.lon]) <= search.radius * 1000;
  }

  function summarise(cells, currency) {
    const view = map.getBounds();
    const seen = cells.filter((cell) => view.contains([cell.lat, cell.lon]));
    const prices = seen.filter((cell) => cell.currency === currency && cell.min_price !== null).map((cell) => cell.min_price);
    if (prices.length === 0) return;
    onSummary({ count: seen.reduce((sum, { count }) => sum + count, 0), lowest: Math.min(...prices), currency });
  }

  return {
    /**
     * `ids` of the stations with labels; `isWhole`: there are no more in the circle; `isPlain`: no filter, which
     * cells know nothing of; `scale` the search's colours `{ tierOf, currency }`, or null.
     */
    show({ fuel, lat, lon, radius, ids, isWhole, isPlain, scale }) {
      search = { fuel, lat, lon, radius, ids, isWhole, isPlain, scale };
      later();
    },
    /** After a price has changed. */
    renew() {
      known = null;
      later();
    },
    /** Uses a tap at this point; answers whether there was a cell. */
    tap(containerPoint) {
      const cell = layer.cellAt(containerPoint);
      if (cell === null) return false;
      if (cell.station) onStation(cell);
      else map.setView([cell.lat, cell.lon], Math.min(CLOSEST_ZOOM, map.getZoom() + ZOOM_STEP));
      return true;
    },
  };
}

/** West, south, east, north as the API wants them: within the Earth, west beyond east across the 180° meridian. */
function boxOf(bounds) {
  const south = Math.max(-90, bounds.getSouth());
  const north = Math.min(90, bounds.getNorth());
  if (bounds.getEast() - bounds.getWest() >= 360) return [-180, south, 180, north];
  return [wrapped(bounds.getWest()), south, wrapped(bounds.getEast()), north];
}

const wrapped = (degrees) => ((((degrees + 180) % 360) + 360) % 360) - 180;

/** The same meridian on the turn of the Earth that is seen. */
const nearestTurn = (lon, centre) => lon + 360 * Math.round((centre - lon) / 360);

function mostCommon(values) {
  const counts = new Map();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? null;
}
