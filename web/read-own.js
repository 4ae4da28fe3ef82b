// Reads find what this page has reported: several servers may stand behind the gateway, and one that is asked may not have
// it yet. So the position of the last report goes with every read (Posto-Position), which waits for it.

const POSITION = 'Posto-Position';

/** The gateway's own name for where the last report of this page was recorded. */
let own = null;

/** What goes with a read. */
export function ownPosition() {
  return own === null ? {} : { [POSITION]: own };
}

/** Notes where a report was recorded; a server that counts nothing does not say. */
export function noteOwn(response) {
  own = response.headers.get(POSITION) ?? own;
}

/** Whether a read that went with this failed for it alone: then an answer from before the report is better than none. */
export function giveUpOwn(error, sent) {
  const isBehind = error.code === 'behind' && POSITION in sent;
  if (isBehind && own === sent[POSITION]) own = null;
  return isBehind;
}
