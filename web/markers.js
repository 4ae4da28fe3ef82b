// The prices on the map: a coloured label for each station, a dot where labels would cover each other. Room: label-room.js.

import { h } from './dom.js';
import { t } from './i18n.js';
import { priceElement, price, stationName } from './format.js';
import { SIDES, place } from './label-room.js';
import { isGrey, priceClass, repaint } from './tiers.js';

const L = window.L;

/** Labels cover dots, coloured dots cover grey ones, the search pin of map.js (5000) covers both, and nothing covers the best price. */
const ABOVE_DOTS = 2000;
const ABOVE_PIN = 10000;
const BELOW_DOTS = -2000;

/** How far above its station a pop-up ends: clear of a label that stands there. */
const POPUP_ABOVE_LABEL = [0, -22];
const POPUP_ABOVE_DOT = [0, -4];

/** `onPick(station)` answers true when it used the tap; otherwise the station's card opens with `details(station)`. */
export function createMarkers(map, { onPick, details }) {
  const layer = L.layerGroup().addTo(map);
  const popup = L.popup({ closeButton: true, minWidth: 250, maxWidth: 300, autoPanPadding: [8, 8] });
  let markers = [];
  let shown = [];
  let pinAt = null;
  let openId = null;

  /** The station that the panel shows has a ring. */
  function ring() {
    for (const marker of markers) marker.getElement().classList.toggle('is-open', marker.id === openId);
  }

  map.on('moveend', () => pinAt && declutter(map, markers, pinAt));
  map.on('popupopen', () => {
    // Leaflet names this button in English only.
    popup.getElement().querySelector('.leaflet-popup-close-button').setAttribute('aria-label', t('close'));
  });

  function open(marker, station) {
    popup.options.offset = marker.side === 'top' ? POPUP_ABOVE_LABEL : POPUP_ABOVE_DOT;
    popup.setLatLng([station.lat, station.lon]).setContent(details(station)).openOn(map);
  }

  return {
    /** `changed`: ids of stations whose price is new, shown with a ring that fades. */
    show(stations, { best, tierOf, around, changed }) {
      pinAt = around;
      layer.clearLayers();
      shown = [];
      const others = stations.filter((station) => station.id !== best?.id);
      markers = [...(best ? [best] : []), ...others].map((station) => {
        const isBest = station === best;
        const marker = L.marker([station.lat, station.lon], {
          icon: labelIcon(station, { isBest, tierOf, isChanged: changed?.has(station.id) }),
          keyboard: false,
          title: `${price(station.price, station.currency)} · ${stationName(station)}`,
        });
        marker.id = station.id;
        shown.push({ station, marker });
        marker.isBest = isBest;
        marker.isGrey = isGrey(station);
        marker.on('click', () => onPick(station) || open(marker, station));
        return marker.addTo(layer);
      });
      declutter(map, markers, pinAt);
      ring();
    },
    /** Other colours, the rest as it is. */
    repaint(tierOf) {
      for (const { station, marker } of shown) repaint(marker.getElement(), station, tierOf);
    },
    /** Points at the station that is open, or at none. */
    point(id) {
      openId = id;
      ring();
    },
    /** A station without a label: a cell of the map. */
    open(station) {
      open({ side: null }, station);
    },
    closePopup() {
      popup.close();
    },
  };
}

function labelIcon(station, { isBest, tierOf, isChanged }) {
  const label = h('span', { class: 'label' }, priceElement(station, { bare: true }));
  const className = `marker ${priceClass(station, tierOf)}${isBest ? ' is-best' : ''}${isChanged ? ' is-changed' : ''}`;
  return L.divIcon({ className, html: label, iconSize: [0, 0] });
}

/** The part of the map that no credits cover. */
function view(map) {
  const { x, y } = map.getSize();
  return { left: 0, top: 0, right: x, bottom: y - map.attributionControl.getContainer().offsetHeight };
}

/** Gives each marker the side its label stands on, or makes it a dot. */
function declutter(map, markers, pinAt) {
  const point = (position) => map.latLngToContainerPoint(position);
  const points = markers.map((marker) => ({ ...point(marker.getLatLng()), isBest: marker.isBest }));
  const sides = place(points, { pinAt: point(pinAt), view: view(map) });
  markers.forEach((marker, index) => {
    const side = sides[index];
    marker.side = side;
    const { classList } = marker.getElement();
    classList.toggle('is-dot', side === null);
    for (const name of SIDES) classList.toggle(`is-${name}`, side === name);
    marker.setZIndexOffset(marker.isBest ? ABOVE_PIN : side === null ? (marker.isGrey ? BELOW_DOTS : 0) : ABOVE_DOTS);
  });
}
