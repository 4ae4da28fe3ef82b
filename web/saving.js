// What driving to a station saves; pure.

import { isComparable } from './area.js';
import { isOld } from './tiers.js';

/** Roads are longer than the straight line by about this factor, and one drives there and back (PROTOCOL §7). */
const ROAD_FACTOR = 1.3;

/** Less than this share of the bill is no difference that anybody would drive for. */
const LEAST_SHARE = 0.005;

/**
 * What is saved at this station against filling up at the area's median price without any detour: the detour's fuel is
 * paid at the station's price. Null where that says nothing: an old or suspect price, too few prices around, fuel that
 * is not sold by the litre, or a difference too small to tell. Negative where the detour eats it all.
 */
export function saving(station, statistics, { litres, consumption }) {
  if (!isComparable(statistics, station) || isOld(station) || station.suspect) return null;
  if (station.unit !== 'l' || station.distance_km === null) return null;
  const usual = statistics.median * litres;
  const detour_l = (2 * station.distance_km * ROAD_FACTOR * consumption) / 100;
  const saved = usual - station.price * (litres + detour_l);
  return Math.abs(saved) < usual * LEAST_SHARE ? null : saved;
}
