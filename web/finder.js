// Runs searches: one at a time, the newest wins; adds older prices behind fresh ones, and renews what is shown when prices change.

import { byId } from './dom.js';
import { PAGE_SIZE } from './api.js';
import { ApiError } from './http.js';
import { NOTHING, allStations, firstPage, hasMore, isOlderDue, nextPage } from './search.js';

/**
 * `onFound(found, wanted, { isFirst })` shows what was found so far, `onEnd(found, wanted, { changed })` hears that it is all
 * (`changed`: the ids of a renewal, else undefined), `onRefused(error)` that the server will not do this search.
 */
export function createFinder({ connection, onFound, onEnd, onRefused }) {
  let found = NOTHING;
  let running = new AbortController();
  let last = null;
  let isBusy = false;
  /** Changes that were told during a search: it may have been asked before them. */
  let missed;

  async function run(wanted, { besides = 0, changed, isQuiet = false } = {}) {
    running.abort();
    running = new AbortController();
    const { signal } = running;
    last = wanted;
    isBusy = true;
    if (!isQuiet) byId('results').setAttribute('aria-busy', 'true');
    try {
      found = await firstPage(wanted, signal, besides);
      const isBack = tell();
      onFound(found, wanted, { isFirst: true, changed });
      await addOlder(wanted, signal);
      onEnd(found, wanted, { changed, isBack });
    } catch (error) {
      if (signal.aborted) return;
      fail(error, isQuiet);
    }
    isBusy = false;
    byId('results').removeAttribute('aria-busy');
    if (missed !== undefined) renew(missed);
  }

  /** Whether an interruption has ended; an answer from before is told as one. */
  function tell() {
    if (found.kept_at === null) return connection.worked();
    connection.kept(found.kept_at);
    return false;
  }

  async function addOlder(wanted, signal) {
    if (!isOlderDue(found)) return;
    found = await nextPage(found, wanted, signal);
    onFound(found, wanted, { isFirst: false });
  }

  async function more() {
    const { signal } = running;
    byId('more').disabled = true;
    try {
      found = await nextPage(found, last, signal);
      connection.worked();
      onFound(found, last, { isFirst: false });
      await addOlder(last, signal);
    } catch (error) {
      if (!signal.aborted) fail(error, false);
    }
    byId('more').disabled = false;
  }

  /** What is on the screen stays when the server is away; it goes when the server refuses the search. */
  function fail(error, isQuiet) {
    if (!(error instanceof ApiError)) throw error;
    if (error.isPassing) return connection.failed(error);
    connection.worked();
    if (isQuiet) return;
    found = NOTHING;
    onFound(found, last, { isFirst: false });
    onRefused(error);
  }

  /** Asks again for as much as is shown; `changed`: the stations that have new prices, null if nobody knows which. */
  function renew(changed) {
    if (last === null) return;
    if (isBusy) {
      missed = changed;
      return;
    }
    missed = undefined;
    const shown = allStations(found).length;
    run(last, { besides: Math.max(0, shown - PAGE_SIZE), changed, isQuiet: true });
  }

  return {
    search: (wanted) => run(wanted),
    more,
    renew,
    get found() {
      return found;
    },
    get hasMore() {
      return hasMore(found);
    },
    /** The station of this id among those found, or null. */
    station: (id) => allStations(found).find((station) => station.id === id) ?? null,
  };
}
