// What is being searched for, and its form in the address bar, so that a search can be shared.

/** Where a visitor starts who brings neither a link nor a position: Dourados, Brazil. */
export const DEFAULTS = {
  fuel: 'gasoline', radius: 5, lat: -22.2235, lon: -54.7812, rank: 'price',
  pareto: false, max_age: '', brand: '', open_now: false, station: '',
};

export const RANKS = ['price', 'distance', 'trip'];

/** Half the Earth's circumference in km: a larger circle holds nothing more (PROTOCOL §4). */
const LARGEST_RADIUS_KM = 20016;

/** As the API writes them. */
const AGE = /^(all|[1-9][0-9]{0,4}[dhms]|[1-9][0-9]{0,9})$/;
const STATION_ID = /^[A-Za-z0-9._-]{1,64}$/;
const LONGEST_BRAND = 80;

/** What others hang on links; it says nothing about the search. */
const STRANGERS = /^(utm_.*|fbclid|gclid|igshid|msclkid|source)$/;

const FLAGS = { true: true, false: false };

/** How each parameter but the position is read: undefined where it is broken. */
const READERS = {
  fuel: (text, fuels) => fuels.find((fuel) => isFuel(fuel, text.toLowerCase()))?.slug,
  radius: (text) => (decimal(text) > 0 && decimal(text) <= LARGEST_RADIUS_KM ? decimal(text) : undefined),
  rank: (text) => (RANKS.includes(text) ? text : undefined),
  pareto: (text) => FLAGS[text],
  max_age: (text) => (AGE.test(text) ? text : undefined),
  brand: (text) => (text.trim() !== '' && text.length <= LONGEST_BRAND ? text.trim() : undefined),
  open_now: (text) => FLAGS[text],
  station: (text) => (STATION_ID.test(text) ? text : undefined),
};

/**
 * Reads the query string. What is missing takes its default in silence; what is there but broken
 * takes its default and is told in `problems`, as is what nobody knows. `placed` says whether the link named a position.
 */
export function readState(query, fuels) {
  const given = new URLSearchParams(query);
  const state = { ...DEFAULTS };
  const problems = [];
  for (const [name, read] of Object.entries(READERS)) {
    const text = given.get(name);
    if (text === null) continue;
    const value = read(text, fuels);
    if (value === undefined) problems.push({ name, value: text });
    else state[name] = value;
  }

  const [lat, lon] = [decimal(given.get('lat')), decimal(given.get('lon'))];
  const placed = Math.abs(lat) <= 90 && Math.abs(lon) <= 180;
  if (placed) Object.assign(state, { lat, lon });
  else if (given.has('lat') || given.has('lon')) {
    problems.push({ name: 'position', value: `${given.get('lat') ?? ''}, ${given.get('lon') ?? ''}` });
  }

  const unknown = [...new Set(given.keys())].filter((name) => !(name in DEFAULTS) && !STRANGERS.test(name));
  problems.push(...unknown.map((name) => ({ name: 'unknown', value: name })));
  return { state, problems, placed };
}

/** The query string of a state; the order is fixed so that equal searches have equal links, and what is as usual is left out. */
export function writeState(state) {
  const { fuel, radius, lat, lon, rank } = state;
  const unusual = ['pareto', 'max_age', 'brand', 'open_now', 'station'].filter((name) => state[name] !== DEFAULTS[name]);
  const more = Object.fromEntries(unusual.map((name) => [name, state[name]]));
  return `?${new URLSearchParams({ fuel, radius, lat, lon, rank, ...more })}`;
}

/** A millionth of a degree is a hand's breadth: more digits only make links long. */
export function roundPosition({ lat, lon }) {
  return { lat: Number(lat.toFixed(6)), lon: Number(lon.toFixed(6)) };
}

const isFuel = (fuel, wanted) => fuel.slug === wanted || String(fuel.code) === wanted || fuel.aliases.includes(wanted);

/** NaN for what is not plainly a decimal number: `Number('')` would be 0. */
function decimal(text) {
  return /^[+-]?\d+(\.\d+)?$/.test(text ?? '') ? Number(text) : NaN;
}
