// What the colours mean, for who does not read the numbers: a line below the map, where it covers nothing.

import { byId, h } from './dom.js';
import { t } from './i18n.js';
import { isGrey } from './tiers.js';

const SWATCHES = [0, 1, 2, 3, 4].map((tier) => `tier-${tier}`);

/** Shown only where there are colours to tell apart. */
export function showLegend(stations, tierOf) {
  const tiers = new Set(stations.filter((station) => !isGrey(station)).map((station) => tierOf(station.price)));
  const hasGrey = stations.some(isGrey);
  byId('legend').hidden = tiers.size < 2;
  byId('legend').replaceChildren(
    t('legend_cheap'),
    h('span', { class: 'swatches' }, SWATCHES.map(swatch)),
    t('legend_dear'),
    ...(hasGrey ? [h('span', { class: 'swatches' }, swatch('tier-stale')), t('legend_old')] : []),
  );
}

const swatch = (tier) => h('span', { class: `swatch ${tier}` });
