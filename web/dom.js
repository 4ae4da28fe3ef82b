// Small functions that build and find elements; nothing here knows of fuel.

const SVG = 'http://www.w3.org/2000/svg';

/** The element with this id, which index.html promises to hold. */
export const byId = (id) => document.getElementById(id);

/**
 * Builds an element. `on…` members are listeners, `true` is an empty attribute,
 * null and false are left out. Text is always set as text, never as HTML:
 * names of stations come from strangers.
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === 'function') element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** Builds an element of a drawing; its looks are attributes and classes, for the content policy allows no inline style. */
export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** One of the line icons below, hidden from screen readers: words stand beside it. */
export const icon = (name) => svg('svg', { viewBox: '0 0 24 24', class: 'icon', 'aria-hidden': 'true' }, svg('path', { d: ICONS[name] }));

const ICONS = {
  distance: 'M12 21s7-6.2 7-11.5a7 7 0 1 0-14 0C5 14.8 12 21 12 21zM12 12a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5z',
  age: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 7v5l3.5 2',
  navigate: 'M3 11 21 3l-8 18-2-8z',
  share: 'M12 15V3M8 7l4-4 4 4M5 12v8h14v-8',
  report: 'M4 20h4L19 9l-4-4L4 16v4zM13 7l4 4',
  trip: 'M4 16l1.8-5.5A2 2 0 0 1 7.7 9h8.6a2 2 0 0 1 1.9 1.5L20 16v3h-2.5v-2h-11v2H4zM7 13.5h2M15 13.5h2',
};
