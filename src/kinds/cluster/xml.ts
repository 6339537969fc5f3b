/** Elements to text. The only way to the cluster’s configuration: nothing is ever pasted into XML (safety.md 4.3). Pure. */

export interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly Element[];
}

export function element(
  name: string,
  attributes: Readonly<Record<string, string | number>>,
  children: readonly Element[] = [],
): Element {
  const texts = Object.fromEntries(Object.entries(attributes).map(([key, value]) => [key, String(value)]));
  return { name, attributes: texts, children };
}

/** Indented, one element on a line, as Pacemaker prints it. */
export function xmlText(root: Element, indent = ''): string {
  const attributes = Object.entries(root.attributes).map(([key, value]) => ` ${key}="${escaped(value)}"`);
  const begin = `${indent}<${root.name}${attributes.join('')}`;
  if (root.children.length === 0) return `${begin}/>\n`;
  const inside = root.children.map((child) => xmlText(child, `${indent}  `)).join('');
  return `${begin}>\n${inside}${indent}</${root.name}>\n`;
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (mark) => entities[mark] ?? '');
}

/** A set of names and values, as Pacemaker has them everywhere. */
export function attributes(name: string, id: string, pairs: Readonly<Record<string, string | number>>): Element {
  return element(
    name,
    { id },
    Object.entries(pairs).map(([key, value]) => element('nvpair', { id: `${key}.${id}`, name: key, value })),
  );
}

/** What an agent is asked to do, with its time. */
export function operation(id: string, name: string, more: Readonly<Record<string, string>>): Element {
  return element('op', { id: `${name}-${id}`, name, ...more });
}
