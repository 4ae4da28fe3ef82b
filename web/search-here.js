// The button that searches where the map was moved to: it shows itself when the view has left the search.

import { byId } from './dom.js';
import { roundRadius } from './controls.js';
import { roundPosition } from './state.js';

/** In parts of the radius: nearer to the centre the view is still that of the search. */
const FAR = 0.6;

/** A view so much larger or smaller than the circle asks another question. */
const LARGE = 2.6;
const SMALL = 0.3;

/** `onPlace({ lat, lon, radius })` hears the press. */
export function createSearchHere(map, onPlace) {
  const button = byId('search-here');
  let search = null;

  function judge() {
    if (search === null) return;
    const away_km = map.distance(map.getCenter(), [search.lat, search.lon]) / 1000;
    const size = halfView_km(map) / search.radius;
    button.hidden = away_km < search.radius * FAR && size < LARGE && size > SMALL;
  }

  map.on('moveend', judge);
  button.addEventListener('click', () => {
    const { lat, lng } = map.getCenter().wrap();
    button.hidden = true;
    byId('map').focus();
    onPlace({ ...roundPosition({ lat, lon: lng }), radius: roundRadius(halfView_km(map) * 0.8) });
  });

  return {
    show(wanted) {
      search = wanted;
      judge();
    },
  };
}

/** From the middle to the nearer edge. */
function halfView_km(map) {
  const bounds = map.getBounds();
  const centre = map.getCenter();
  const up = map.distance(centre, [bounds.getNorth(), centre.lng]);
  const right = map.distance(centre, [centre.lat, bounds.getEast()]);
  return Math.min(up, right) / 1000;
}
