// The prices on the map: a coloured label for each station, a dot where labels would cover each other.

import { h } from './dom.js';
import { t } from './i18n.js';
import { priceElement, price, stationName } from './format.js';
import { priceClass } from './tiers.js';

const L = window.L;

/** Room that a label takes, in pixels, and the room the best one takes. */
const LABEL = { width: 58, height: 34 };
const BEST_LABEL = { width: 84, height: 46 };

/** Labels cover dots, the search pin of map.js (5000) covers both, and nothing covers the best price. */
const ABOVE_DOTS = 2000;
const ABOVE_PIN = 10000;

/** Room of the search pin, whose tip is its position. */
const PIN = { width: 24, height: 34 };

/** `onPick(station)` answers true when it used the tap; otherwise the station's card opens with `details(station)`. */
export function createMarkers(map, { onPick, details }) {
  const layer = L.layerGroup().addTo(map);
  const popup = L.popup({ closeButton: true, minWidth: 250, maxWidth: 300, offset: [0, -22], autoPanPadding: [8, 8] });
  let markers = [];
  let pinAt = null;

  map.on('zoomend', () => pinAt && declutter(map, markers, pinAt));
  map.on('popupopen', () => {
    // Leaflet names this button in English only.
    popup.getElement().querySelector('.leaflet-popup-close-button').setAttribute('aria-label', t('close'));
  });

  return {
    show(stations, { best, tierOf, around }) {
      pinAt = around;
      layer.clearLayers();
      const others = stations.filter((station) => station.id !== best?.id);
      markers = [...(best ? [best] : []), ...others].map((station) => {
        const isBest = station === best;
        const marker = L.marker([station.lat, station.lon], {
          icon: labelIcon(station, isBest, tierOf),
          keyboard: false,
          title: `${price(station.price, station.currency)} · ${stationName(station)}`,
        });
        marker.isBest = isBest;
        marker.on('click', () => {
          if (!onPick(station)) popup.setLatLng([station.lat, station.lon]).setContent(details(station)).openOn(map);
        });
        return marker.addTo(layer);
      });
      declutter(map, markers, pinAt);
    },
    closePopup() {
      popup.close();
    },
  };
}

function labelIcon(station, isBest, tierOf) {
  const label = h('span', { class: 'label' }, priceElement(station, { bare: true }));
  const className = `marker ${priceClass(station, tierOf)}${isBest ? ' is-best' : ''}`;
  return L.divIcon({ className, html: label, iconSize: [0, 0] });
}

/** In the order of the ranking, each marker keeps its label if neither an earlier one nor the pin stands there. */
function declutter(map, markers, pinAt) {
  const room = (position, { width, height }) => {
    const { x, y } = map.latLngToLayerPoint(position);
    return { left: x - width / 2, right: x + width / 2, top: y - height, bottom: y };
  };
  const taken = [room(pinAt, PIN)];
  for (const marker of markers) {
    const box = room(marker.getLatLng(), marker.isBest ? BEST_LABEL : LABEL);
    const isLabel = marker.isBest || taken.every((other) => areApart(box, other));
    if (isLabel) taken.push(box);
    marker.getElement().classList.toggle('is-dot', !isLabel);
    marker.setZIndexOffset(marker.isBest ? ABOVE_PIN : isLabel ? ABOVE_DOTS : 0);
  }
}

function areApart(a, b) {
  return a.right < b.left || a.left > b.right || a.bottom < b.top || a.top > b.bottom;
}
