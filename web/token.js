// The writer's token: for as long as the page is open, and on this device only if asked.

import { recall, remember } from './memory.js';

const MEMORY = 'posto-token';

let current = recall(MEMORY) ?? '';

/** The token, or an empty text. */
export const token = () => current;

export const isTokenKept = () => recall(MEMORY) !== null;

export function setToken(text, isKept) {
  current = text;
  remember(MEMORY, isKept && text !== '' ? text : null);
}
