// The fuels the server knows, with their names in the reader's language.

import { language, locale } from './i18n.js';

export function createFuels(all) {
  const bySlug = new Map(all.map((fuel) => [fuel.slug, fuel]));
  /** A slug that is newer than this page shows itself. */
  const inSentence = (slug) => bySlug.get(slug)?.names[language] ?? slug;

  return {
    all,
    /** At the start of a line: with a capital. */
    name(slug) {
      const name = inSentence(slug);
      return name.charAt(0).toLocaleUpperCase(locale) + name.slice(1);
    },
    inSentence,
    unit: (slug) => bySlug.get(slug)?.unit ?? 'l',
  };
}
