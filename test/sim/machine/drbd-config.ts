/** Reads `.res` files as drbdadm does, as far as sanctl writes them; anything else throws. */

export interface ResourceConfig {
  readonly name: string;
  readonly hosts: ReadonlyMap<string, HostConfig>;
  readonly net: ReadonlyMap<string, string>;
  readonly disk: ReadonlyMap<string, string>;
  readonly options: ReadonlyMap<string, string>;
}

export interface HostConfig {
  readonly minor: number;
  readonly disk: string;
  /** `ipv4 10.77.0.11:7789`. */
  readonly address: string;
}

/** A statement: its words, and what stands in its braces. */
interface Statement {
  readonly words: readonly string[];
  readonly body: readonly Statement[] | undefined;
}

/** The resources of a file. Throws an Error with drbdadm's idea of the trouble when it is no configuration. */
export function parseResources(text: string): readonly ResourceConfig[] {
  const before = read.get(text);
  if (before !== undefined) return before;
  const resources = resourcesIn(text);
  read.set(text, resources);
  return resources;
}

/** The same few files are read again and again. */
const read = new Map<string, readonly ResourceConfig[]>();

function resourcesIn(text: string): readonly ResourceConfig[] {
  return statements(tokenize(text), 0)
    .list.filter(({ words }) => words[0] === 'resource')
    .map(resource);
}

function resource({ words, body }: Statement): ResourceConfig {
  const inside = (body ?? []).flatMap((one) => (one.words[0] === 'volume' ? (one.body ?? []) : [one]));
  return {
    name: words[1] ?? '',
    net: settings(inside, 'net'),
    disk: settings(inside, 'disk'),
    options: settings(inside, 'options'),
    hosts: new Map(inside.filter((one) => one.words[0] === 'on').map((one) => [one.words[1] ?? '', host(one, inside)])),
  };
}

/** What a host does not say itself stands once for all in the resource. */
function host(one: Statement, shared: readonly Statement[]): HostConfig {
  const own = (one.body ?? []).flatMap((inner) => (inner.words[0] === 'volume' ? (inner.body ?? []) : [inner]));
  const word = (name: string): readonly string[] => {
    const found = [...own, ...shared].find(({ words, body }) => words[0] === name && body === undefined);
    if (found === undefined) throw new Error(`resource says no ${name} for host ${one.words[1]}`);
    return found.words.slice(1);
  };
  const device = word('device');
  const minor = Number(/^(?:\/dev\/drbd)?(\d+)$/.exec(device.at(-1) ?? '')?.[1]);
  if (!Number.isInteger(minor)) throw new Error(`device ${device.join(' ')} names no minor`);
  const address = word('address');
  return {
    minor,
    disk: word('disk')[0] ?? '',
    address: address.length === 1 ? `ipv4 ${address[0]}` : address.join(' '),
  };
}

function settings(list: readonly Statement[], section: string): ReadonlyMap<string, string> {
  const found = list.filter(({ words, body }) => words[0] === section && words.length === 1 && body !== undefined);
  return new Map(
    found.flatMap(({ body }) => (body ?? []).map(({ words }) => [words[0] ?? '', words.slice(1).join(' ')] as const)),
  );
}

function tokenize(text: string): readonly string[] {
  const bare = text.replace(/#[^\n]*/g, '');
  return [...bare.matchAll(/"[^"\n]*"|[{};]|[^\s{};"]+/g)].map(([token]) => token);
}

function statements(tokens: readonly string[], from: number): { list: readonly Statement[]; next: number } {
  const list: Statement[] = [];
  let words: string[] = [];
  let at = from;
  for (; at < tokens.length && tokens[at] !== '}'; at++) {
    const token = tokens[at] ?? '';
    if (token === ';') {
      list.push({ words, body: undefined });
      words = [];
    } else if (token === '{') {
      const inner = statements(tokens, at + 1);
      if (tokens[inner.next] !== '}') throw new Error('a } is missing');
      list.push({ words, body: inner.list });
      words = [];
      at = inner.next;
    } else words.push(token.replace(/^"|"$/g, ''));
  }
  if (words.length > 0) throw new Error(`a ; is missing after ${words.join(' ')}`);
  return { list, next: at };
}
