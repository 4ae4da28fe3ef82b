// A canvas over the map on which /map's cells are drawn: hundreds of elements would make every step of the map slow.

import { bareNumber } from './format.js';

const L = window.L;

/** How far beyond the view is drawn, in parts of the view: as far as a thumb moves the map at once. */
const PADDING = 0.3;

const LEAST_RADIUS_PX = 15;
const LARGEST_RADIUS_PX = 22;
const DOT_RADIUS_PX = 5;

/** So much of two of them may lie on each other. */
const OVERLAP_PX = 3;

const TIERS = 5;
const FONT = '600 11px -apple-system, "Segoe UI", Roboto, "Noto Sans", "Helvetica Neue", Arial, sans-serif';

/** Leaflet's renderer keeps a canvas in place while the map moves and zooms (1.9); only the drawing is ours. */
const CellCanvas = L.Renderer.extend({
  options: { padding: PADDING, pane: 'cells' },

  _initContainer() {
    this._container = document.createElement('canvas');
    this._container.setAttribute('aria-hidden', 'true');
  },

  _update() {
    if (this._map._animatingZoom && this._bounds) return;
    L.Renderer.prototype._update.call(this);
    const size = this._bounds.getSize();
    const scale = window.devicePixelRatio ?? 1;
    L.DomUtil.setPosition(this._container, this._bounds.min);
    this._container.width = Math.ceil(size.x * scale);
    this._container.height = Math.ceil(size.y * scale);
    this._container.style.width = `${size.x}px`;
    this._container.style.height = `${size.y}px`;
    this.draw();
  },

  show(cells, tierOf) {
    this.cells = cells;
    this.tierOf = tierOf;
    if (this._map && this._bounds) this.draw();
  },

  draw() {
    const context = this._container.getContext('2d');
    const scale = window.devicePixelRatio ?? 1;
    const { min, max } = this._bounds;
    context.setTransform(scale, 0, 0, scale, -min.x * scale, -min.y * scale);
    context.clearRect(min.x, min.y, max.x - min.x, max.y - min.y);
    const colours = readColours();
    const spots = (this.cells ?? [])
      .map((cell) => ({ cell, radius: radiusOf(cell), ...pick(this._map.latLngToLayerPoint([cell.lat, cell.lon])) }))
      .filter(({ x, y, radius }) => x > min.x - radius && x < max.x + radius && y > min.y - radius && y < max.y + radius);
    this.drawn = thinned(spots);
    for (const spot of this.drawn) drawSpot(context, spot, colours, this.tierOf);
  },

  /** The cell under a point of the map's container, or null. */
  cellAt(containerPoint) {
    const at = this._map.containerPointToLayerPoint(containerPoint);
    const hit = (this.drawn ?? []).filter(({ x, y, radius }) => Math.hypot(x - at.x, y - at.y) <= radius + 3);
    return hit.at(-1)?.cell ?? null;
  },
});

/** The layer, on a pane of its own below the labels. */
export function createCellsLayer(map) {
  const pane = map.createPane('cells');
  pane.classList.add('cells-pane');
  const layer = new CellCanvas().addTo(map);
  window.matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => layer._bounds && layer.draw());
  return layer;
}

/** In a crowd the cheap ones keep their price and the others become dots; the dots first, so that they lie below. */
function thinned(spots) {
  const cheapFirst = [...spots].sort((a, b) => (a.cell.min_price ?? Infinity) - (b.cell.min_price ?? Infinity));
  const whole = [];
  const dots = [];
  for (const spot of cheapFirst) {
    const isFree = whole.every(({ x, y, radius }) => Math.hypot(x - spot.x, y - spot.y) >= radius + spot.radius - OVERLAP_PX);
    if (isFree) whole.push(spot);
    else dots.push({ ...spot, radius: DOT_RADIUS_PX, isDot: true });
  }
  return [...dots, ...whole];
}

function drawSpot(context, { cell, x, y, radius, isDot }, { tiers, grey, text, edge }, tierOf) {
  const isPriced = cell.min_price !== null && cell.currency !== null;
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fillStyle = isPriced ? tiers[tierOf(cell)] ?? grey : grey;
  context.fill();
  context.lineWidth = cell.count > 1 && !isDot ? 3 : 1.5;
  context.strokeStyle = edge;
  context.stroke();
  if (!isPriced || isDot) return;
  context.font = FONT;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  context.fillStyle = text;
  context.fillText(bareNumber(cell.min_price), x, y + 0.5);
}

/** Ten times as many stations, a few pixels more. */
function radiusOf({ count }) {
  return Math.min(LARGEST_RADIUS_PX, LEAST_RADIUS_PX + 2.2 * Math.log10(count));
}

function readColours() {
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue(name).trim();
  return {
    tiers: Array.from({ length: TIERS }, (_, tier) => colour(`--tier-${tier}`)),
    grey: colour('--tier-stale'),
    text: colour('--on-tier'),
    edge: colour('--surface'),
  };
}

const pick = ({ x, y }) => ({ x, y });
