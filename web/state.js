// What is being searched for, and its form in the address bar, so that a search can be shared.

/** Where a visitor starts who brings neither a link nor a position: Dourados, Brazil. */
export const DEFAULTS = { fuel: 'gasoline', radius: 5, lat: -22.2235, lon: -54.7812, rank: 'price' };

export const RANKS = ['price', 'distance', 'trip'];

/** Half the Earth's circumference in km: a larger circle holds nothing more (PROTOCOL §4). */
const LARGEST_RADIUS_KM = 20016;

/**
 * Reads the query string. What is missing takes its default in silence; what is there but broken
 * takes its default and is told in `problems`. `placed` says whether the link named a position.
 */
export function readState(query, fuels) {
  const given = new URLSearchParams(query);
  const state = { ...DEFAULTS };
  const problems = [];

  const fuel = given.get('fuel');
  const known = fuel === null ? null : findFuel(fuel, fuels);
  if (known) state.fuel = known.slug;
  else if (fuel !== null) problems.push({ name: 'fuel', value: fuel });

  const radius = given.get('radius');
  const radiusKm = decimal(radius);
  if (radiusKm > 0 && radiusKm <= LARGEST_RADIUS_KM) state.radius = radiusKm;
  else if (radius !== null) problems.push({ name: 'radius', value: radius });

  const [lat, lon] = [decimal(given.get('lat')), decimal(given.get('lon'))];
  const placed = Math.abs(lat) <= 90 && Math.abs(lon) <= 180;
  if (placed) Object.assign(state, { lat, lon });
  else if (given.has('lat') || given.has('lon')) {
    problems.push({ name: 'position', value: `${given.get('lat') ?? ''}, ${given.get('lon') ?? ''}` });
  }

  const rank = given.get('rank');
  if (RANKS.includes(rank)) state.rank = rank;
  else if (rank !== null) problems.push({ name: 'rank', value: rank });

  return { state, problems, placed };
}

/** The query string of a state; the order is fixed so that equal searches have equal links. */
export function writeState({ fuel, radius, lat, lon, rank }) {
  return `?${new URLSearchParams({ fuel, radius, lat, lon, rank })}`;
}

/** A millionth of a degree is a hand's breadth: more digits only make links long. */
export function roundPosition({ lat, lon }) {
  return { lat: Number(lat.toFixed(6)), lon: Number(lon.toFixed(6)) };
}

function findFuel(text, fuels) {
  const wanted = text.toLowerCase();
  return fuels.find((fuel) => fuel.slug === wanted || String(fuel.code) === wanted || fuel.aliases.includes(wanted));
}

/** NaN for what is not plainly a decimal number: `Number('')` would be 0. */
function decimal(text) {
  return /^[+-]?\d+(\.\d+)?$/.test(text ?? '') ? Number(text) : NaN;
}
