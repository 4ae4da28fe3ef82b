// Shows what was found on everything that shows it: card, list, legend, labels and cells of the map.

import { areaStatistics, isComparable } from './area.js';
import { showCard, showEmptyCard, showSaving } from './card.js';
import { showLegend } from './legend.js';
import { repaintList, showList } from './list.js';
import { allStations, hasMore } from './search.js';
import { areaScale, isGrey, tierScale } from './tiers.js';

/** `onMore`, `onWiden(radius)` and `onDetails(station)` hear the buttons. */
export function createBoard({ map, markers, cells, filters, fuels, onMore, onWiden, onDetails }) {
  let shown = 0;

  function stations(found, wanted, changed) {
    const all = allStations(found);
    const coloured = all.filter((station) => !isGrey(station));
    const tierOf = tierScale(coloured);
    showList(found, { tierOf, hasMore: hasMore(found), radius: wanted.radius, onMore, onDetails });
    showLegend(all, tierOf);
    filters.offer(all);
    // Before the markers: their labels keep off the credits.
    map.showSources([...new Set(all.map((station) => station.attribution).filter(Boolean))]);
    markers.show(all, { best: found.best, tierOf, around: wanted, changed });
    beyond(found, wanted, tierOf);
  }

  function beyond(found, wanted, tierOf) {
    const all = allStations(found);
    const coloured = all.filter((station) => !isGrey(station));
    const isPlain = !wanted.pareto && !wanted.open_now && !wanted.brand && !wanted.max_age;
    const scale = coloured.length > 1 ? { tierOf, currency: coloured[0].currency } : null;
    cells.show({ ...wanted, ids: new Set(all.map(({ id }) => id)), isWhole: !hasMore(found), isPlain, scale });
  }

  /** A part of an area is coloured by what the whole of it costs. */
  function repaint(found, wanted, statistics) {
    const all = allStations(found);
    if (!hasMore(found) || all.every(isGrey) || !isComparable(statistics, found.best)) return;
    const tierOf = areaScale(statistics);
    repaintList(all, tierOf);
    markers.repaint(tierOf);
    showLegend(all, tierOf);
    beyond(found, wanted, tierOf);
  }

  return {
    /** `isFirst`: the best one is known anew; `changed`: ids of stations to be pointed at. */
    show(found, wanted, { isFirst, changed }) {
      const turn = (shown += 1);
      stations(found, wanted, changed);
      if (isFirst && !found.best) showEmptyCard({ search: wanted, fuels, onWiden, onClear: filters.clear });
      if (isFirst && found.best) showCard(found.best, { search: wanted, fuels, onDetails });
      if (!found.best) return;
      areaStatistics(wanted).then((statistics) => {
        if (turn !== shown) return;
        showSaving(found.best, statistics, wanted);
        repaint(found, wanted, statistics);
      });
    },
  };
}
