// What the panel shows: the results, one station, or the report form; and the focus that goes with it.

import { byId } from './dom.js';

const VIEWS = ['results', 'station', 'report'];

/** On a phone the panel is below the map: what has been opened is scrolled to where it can be read. */
const BESIDE = window.matchMedia('(min-width: 860px)');

let current = 'results';

export const currentView = () => current;

export function showView(name) {
  current = name;
  for (const view of VIEWS) byId(view).hidden = view !== name;
  byId('search').hidden = name === 'report';
  document.body.classList.toggle('is-reporting', name === 'report');
  document.body.classList.toggle('is-on-station', name === 'station');
  byId('results').parentElement.scrollTop = 0;
  if (name === 'report') window.scrollTo({ top: 0 });
  if (name === 'station') {
    byId('station-title').focus({ preventScroll: true });
    if (!BESIDE.matches) byId('station').scrollIntoView({ block: 'start' });
  }
}
