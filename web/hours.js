// Opening hours, in OpenStreetMap's syntax, as a person reads them.

import { locale, t } from './i18n.js';

const DAYS = ['Mo', 'Tu', 'We', 'Th', 'Fr', 'Sa', 'Su'];

const weekday = new Intl.DateTimeFormat(locale, { weekday: 'short', timeZone: 'UTC' });

/** 2024-01-01 was a Monday. */
const names = new Map(DAYS.map((day, number) => [day, weekday.format(Date.UTC(2024, 0, 1 + number)).replace(/\.$/, '')]));

/** The hours with the days' names in the reader's language; what is no day stays as it is. */
export function hoursText(hours) {
  if (hours === '24/7') return t('hours_always');
  const words = { PH: t('hours_holidays'), SH: t('hours_school_holidays'), off: t('closed'), closed: t('closed'), open: t('open') };
  return hours
    .replace(/"[^"]*"|\b[A-Za-z]+\b/g, (word) => names.get(word) ?? (Object.hasOwn(words, word) ? words[word] : word))
    .replace(/(\d)-(\d)/g, '$1–$2');
}
