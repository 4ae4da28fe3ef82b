// Several stations stand where a price was reported: the reader says which one is meant.

import { byId, h } from './dom.js';
import { t } from './i18n.js';
import { distance, position, stationName } from './format.js';

/** `send(choice)` repeats the report with the station chosen, or as a new one. */
export function showCandidates(candidates, send) {
  const buttons = candidates.map((station) => {
    const away = t('metres_away', { distance: distance(station.distance_m / 1000) });
    const below = [station.name ? station.brand : position(station, 4), away].filter(Boolean).join(' · ');
    return h(
      'button',
      { type: 'button', class: 'candidate', onclick: () => send({ station: station.id }) },
      h('span', { class: 'row-name' }, stationName(station)),
      h('span', { class: 'quiet' }, below),
    );
  });
  const another = h('button', { type: 'button', class: 'candidate', onclick: () => send({ new: true }) }, t('report_new'));
  byId('candidates-list').replaceChildren(...buttons, another);
  byId('candidates').hidden = false;
  buttons[0]?.focus();
}

export function hideCandidates() {
  byId('candidates').hidden = true;
  byId('candidates-list').replaceChildren();
}
