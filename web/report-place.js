// Where a reported price is: a station of the list, a tap on the map, the device's position or a typed one.

import { byId, h } from './dom.js';
import { t } from './i18n.js';
import { distance, stationName } from './format.js';
import { createPlaceField } from './place-field.js';

/** `showOnMap(place | null)` moves the report's pin. */
export function createReportPlace(showOnMap) {
  const select = byId('report-station');
  let offered = [];
  let place = null;
  const field = createPlaceField('report-place', choosePlace);

  select.addEventListener('change', () => {
    const station = offered.find(({ id }) => id === select.value);
    if (station) chooseStation(station);
    else clear();
  });

  function chooseStation(station) {
    if (!offered.some(({ id }) => id === station.id)) {
      offered.push(station);
      select.append(option(station));
    }
    select.value = station.id;
    put(station);
  }

  function choosePlace(chosen) {
    select.value = '';
    put(chosen);
  }

  function put({ lat, lon }) {
    place = { lat, lon };
    field.show(place);
    showOnMap(place);
  }

  function clear() {
    select.value = '';
    place = null;
    field.show(null);
    showOnMap(null);
  }

  return {
    /** Lists the stations at hand, the nearest first. */
    offer(stations) {
      clear();
      offered = [...stations].sort((a, b) => a.distance_km - b.distance_km);
      select.replaceChildren(h('option', { value: '' }, t('report_station_none')), ...offered.map(option));
    },
    chooseStation,
    choosePlace,
    clear,
    /** What is chosen, without a word about what is wrong. */
    get current() {
      return place;
    },
    /** `{ lat, lon, station? }`, or null after saying what is wrong. */
    take() {
      if (select.value !== '') return { ...place, station: select.value };
      // Read again from the field: a place may have been typed and sent by Enter at once.
      return field.take();
    },
  };
}

function option(station) {
  const away = station.distance_km === null ? '' : ` · ${distance(station.distance_km)}`;
  return h('option', { value: station.id }, stationName(station) + away);
}
