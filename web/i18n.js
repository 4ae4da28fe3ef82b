// Which language the page speaks, and its sentences. The texts are in text-en.js and text-pt.js.

import en from './text-en.js';
import pt from './text-pt.js';

const TEXTS = { en, pt };

/** The first language of the reader that the page has; English otherwise. */
export const locale = navigator.languages.find((tag) => tag.slice(0, 2).toLowerCase() in TEXTS) ?? 'en';
export const language = locale.slice(0, 2).toLowerCase();

const plurals = new Intl.PluralRules(locale);

/** The sentence under `key` with its `{names}` filled in. */
export function t(key, values = {}) {
  return TEXTS[language][key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

/** Like `t`, for the sentence that fits this count (`key_one`, `key_other`). */
export function tCount(key, count, values = {}) {
  const form = plurals.select(count) === 'one' ? 'one' : 'other';
  return t(`${key}_${form}`, { count: new Intl.NumberFormat(locale).format(count), ...values });
}

/** Writes the texts into the marked elements of index.html. */
export function translatePage() {
  document.documentElement.lang = locale;
  document.title = t('title');
  for (const element of document.querySelectorAll('[data-text]')) element.textContent = t(element.dataset.text);
  for (const element of document.querySelectorAll('[data-label]')) element.setAttribute('aria-label', t(element.dataset.label));
  for (const element of document.querySelectorAll('[data-hint]')) element.placeholder = t(element.dataset.hint);
  for (const element of document.querySelectorAll('[data-title]')) element.title = t(element.dataset.title);
}
