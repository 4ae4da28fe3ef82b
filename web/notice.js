// One line of news that stays until it is closed: a recorded price, a link that was partly broken.

import { byId } from './dom.js';

export function showNotice(text) {
  byId('notice-text').textContent = text;
  byId('notice').hidden = false;
}

function clearNotice() {
  byId('notice').hidden = true;
}

byId('notice-close').addEventListener('click', clearNotice);
