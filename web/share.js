// Hands on a link to a station: by the device's own sheet where it has one, else by the clipboard.

import { t } from './i18n.js';
import { price, stationName, unitName } from './format.js';
import { writeState } from './state.js';

/** The link's search is around the station, not around the reader: where somebody is, is nobody's business. */
export function stationLink(station, search) {
  const { lat, lon } = station;
  return new URL(`/${writeState({ ...search, lat, lon, station: station.id })}`, location.origin).href;
}

/** Returns what there is to say about it: nothing when the device's sheet was shown. */
export async function share(station, search, fuels) {
  const url = stationLink(station, search);
  if (navigator.share) {
    const entry = station.fuel ? { fuel: fuels.name(station.fuel), money: price(station.price, station.currency), unit: unitName(station.unit) } : null;
    const text = entry ? t('share_text', { ...entry, name: stationName(station) }) : stationName(station);
    try {
      await navigator.share({ title: 'Posto', text, url });
      return '';
    } catch (error) {
      // The reader has closed the sheet.
      if (error.name === 'AbortError') return '';
    }
  }
  try {
    await navigator.clipboard.writeText(url);
    return t('share_copied');
  } catch {
    return t('share_failed');
  }
}
