// The API document as something to ask: which operation a request is, and what it may carry.

import { readFileSync } from 'node:fs';

const document = JSON.parse(readFileSync(new URL('../../../openapi/openapi.json', import.meta.url), 'utf8'));

/** The operation that a method and a path are, or undefined. A literal path goes before one with parameters. */
export function operation(method, path) {
  const templates = Object.keys(document.paths).sort((a, b) => a.split('{').length - b.split('{').length);
  const template = templates.find((known) => new RegExp(`^${known.replace(/\{[^}]+\}/g, '[^/]+')}$`).test(path));
  return template && document.paths[template][method.toLowerCase()];
}

/** What is wrong with a request that the page sends, in words; nothing where nothing is. */
export function complaints({ method, url, headers, body }) {
  const { pathname, searchParams } = new URL(url);
  const known = operation(method, pathname);
  if (!known) return [`${method} ${pathname} is not in the document`];
  const parameters = resolved(known.parameters ?? []);
  const found = [];
  for (const name of searchParams.keys()) {
    if (!parameters.some((parameter) => parameter.in === 'query' && parameter.name === name)) found.push(`${method} ${pathname} has no parameter ${name}`);
  }
  for (const parameter of parameters) {
    if (parameter.in === 'query' && parameter.required && !searchParams.has(parameter.name)) found.push(`${method} ${pathname} misses ${parameter.name}`);
  }
  for (const name of Object.keys(headers)) {
    const isKnown = ['accept', 'content-type', 'last-event-id'].includes(name) || (name === 'authorization' && allowsTokens(known));
    if (!isKnown && !parameters.some((parameter) => parameter.in === 'header' && parameter.name.toLowerCase() === name)) found.push(`${method} ${pathname} has no header ${name}`);
  }
  const shape = known.requestBody && resolve(Object.values(known.requestBody.content)[0].schema);
  for (const member of Object.keys(body ?? {})) {
    if (!shape?.properties[member]) found.push(`${method} ${pathname} has no member ${member} in its body`);
  }
  for (const member of shape?.required ?? []) {
    if (!(member in (body ?? {}))) found.push(`${method} ${pathname} misses ${member} in its body`);
  }
  return found;
}

/** Every name that an answer, a body or a parameter of the API has. */
export function names() {
  const found = new Set(['max_age']);
  const visit = (part) => {
    if (part === null || typeof part !== 'object') return;
    for (const name of Object.keys(part.properties ?? {})) found.add(name);
    if (typeof part.in === 'string' && typeof part.name === 'string') found.add(part.name);
    Object.values(part).forEach(visit);
  };
  visit(document);
  return found;
}

/** Whether a status is one that the operation may answer. */
export function mayAnswer(method, path, status) {
  return String(status) in (operation(method, path)?.responses ?? {});
}

function allowsTokens(known) {
  return [...(known.security ?? []), ...(document.security ?? [])].some((scheme) => Object.keys(scheme).length > 0);
}

function resolved(parts) {
  return parts.map(resolve);
}

function resolve(part) {
  return part.$ref ? part.$ref.slice(2).split('/').reduce((at, step) => at[step], document) : part;
}
