/**
 * YAML text into a tree with places, and values into YAML text: the door to yaml. Core schema, no tags, no documents beyond the first, keys only
 * once, few aliases, shallow (safety.md 4.3).
 */
import {
  Composer,
  type CST,
  Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  Parser,
  type Scalar,
  visit,
  type YAMLParseError,
} from 'yaml';
import type { Diagnostic } from '../diagnostic.ts';
import { mistake } from './problem.ts';
import { placeOf, plainText, type Source, type Span } from './source.ts';
import type { Field, Tree } from './tree.ts';

/** An inventory needs seven levels. The composer is recursive, and a deep document ends the whole process. */
const deepest = 32;
/** Values that aliases may stand for, all together: no short text becomes a long one. */
const aliasBudget = 10_000;

export interface Parsed {
  /** Undefined when the document is empty, or so broken that nothing more can be said about it. */
  readonly tree?: Tree;
  readonly diagnostics: readonly Diagnostic[];
}

export function parseYaml(source: Source): Parsed {
  const tokens = [...new Parser().parse(source.text)];
  const deep = tooDeep(tokens);
  if (deep !== undefined) {
    const at = placeOf({ source, start: deep, end: deep + 1 });
    return { diagnostics: [mistake('inventory/too-deep', at, `More than ${deepest} levels of lists and sections.`)] };
  }
  const documents = [...new Composer(options).compose(tokens, true, source.text.length)];
  const [first, second] = documents;
  const broken = brokenBy(
    documents.flatMap((one) => one.errors),
    source,
  );
  if (second !== undefined)
    broken.push(syntax(source, second.range, 'A second document begins here; a file holds one.'));
  if (broken.length > 0 || first === undefined) return { diagnostics: broken };
  const { tree, diagnostics } = convert(source, first);
  const odd = first.warnings.filter(({ code }) => code !== 'TAG_RESOLVE_FAILED');
  const warned = odd.map((one) => syntax(source, one.pos, one.message));
  const tagged = tagsIn(tokens).map((one) => refusedTag(source, one));
  return { ...(tree && { tree }), diagnostics: [...warned, ...tagged, ...diagnostics] };
}

/** Duplicate keys are found here, in linear time and with both places, not by the library. */
const options = {
  version: '1.2',
  schema: 'core',
  uniqueKeys: false,
  stringKeys: true,
  resolveKnownTags: false,
  prettyErrors: false,
} as const;

function syntax(source: Source, range: readonly number[], message: string): Diagnostic {
  const [start = 0, end = start + 1] = range;
  const help = syntaxHelps.find(([sign]) => sign.test(message))?.[1];
  return mistake('inventory/syntax', placeOf({ source, start, end }), plainText(message), help);
}

/** By what the library says (yaml 2.9). */
const syntaxHelps: readonly (readonly [sign: RegExp, help: string])[] = [
  [/\btabs?\b/i, 'Set lines in with blanks; YAML takes no tabs.'],
  [/flow (map|sequence|collection)|must end with a [\]}]/i, 'Each `{` needs its `}`, and each `[` its `]`.'],
  [/quote/i, 'A quoted text ends with the quote that it began with.'],
  [
    /indent|must start at the same column/i,
    'What belongs together begins in the same column, further right than what it belongs to.',
  ],
];

/** A tab that sets a line in breaks all that follows: beside it only what stands above its line is a mistake of its own. */
function brokenBy(errors: readonly YAMLParseError[], source: Source): Diagnostic[] {
  const tab = errors.reduce((least, one) => Math.min(least, tabOf(one, source.text)), Number.POSITIVE_INFINITY);
  if (tab === Number.POSITIVE_INFINITY) return errors.map((one) => syntax(source, one.pos, one.message));
  const line = lineBegin(source.text, tab);
  const above = errors.filter(({ pos }) => pos[0] < line).map((one) => syntax(source, one.pos, one.message));
  const lines = source.text.match(/^ *\t[ \t]*[^\s#]/gm)?.length ?? 1;
  const more = lines > 1 ? `; ${lines} lines begin with one` : '';
  return [...above, syntax(source, [tab, tab + 1], `Tabs are not allowed as indentation${more}.`)];
}

/** Offset of the tab that an error is about, or that its line is set in with. */
function tabOf({ code, pos }: YAMLParseError, text: string): number {
  if (code === 'TAB_AS_INDENT') return pos[0];
  const begin = lineBegin(text, pos[0]);
  const blanks = /^ *(?=\t)/.exec(text.slice(begin, pos[0]));
  return blanks === null ? Number.POSITIVE_INFINITY : begin + blanks[0].length;
}

function lineBegin(text: string, offset: number): number {
  return offset === 0 ? 0 : text.lastIndexOf('\n', offset - 1) + 1;
}

/** Whether it is known or not: a value with an unknown tag would pass as a plain text, one with a known tag unnoticed. */
function refusedTag(source: Source, { offset, source: tag }: CST.SourceToken): Diagnostic {
  return mistake(
    'inventory/tag',
    placeOf({ source, start: offset, end: offset + tag.length }),
    'Only plain texts, numbers, lists and sections may stand here, without a tag.',
    'Take the tag away.',
  );
}

function tagsIn(tokens: readonly CST.Token[]): readonly CST.SourceToken[] {
  const found: CST.SourceToken[] = [];
  const look = (some: readonly CST.SourceToken[]): void => {
    for (const one of some) if (one.type === 'tag') found.push(one);
  };
  for (const [token] of within(tokens)) {
    if (token.type === 'document') look(token.start);
    if ('items' in token) for (const { start, sep = [] } of token.items) [start, sep].forEach(look);
  }
  return found.sort((one, other) => one.offset - other.offset);
}

/** Offset of the first token that lies too deep. */
function tooDeep(tokens: readonly CST.Token[]): number | undefined {
  for (const [token, depth] of within(tokens)) if (depth > deepest + 1) return 'offset' in token ? token.offset : 0;
  return undefined;
}

/** Every token, and how deep it lies. Without recursion, which is the point. */
function* within(tokens: readonly CST.Token[]): Generator<readonly [CST.Token, number]> {
  const rest: [CST.Token, number][] = tokens.map((token) => [token, 0]);
  for (let next = rest.pop(); next !== undefined; next = rest.pop()) {
    const [token, depth] = next;
    yield next;
    if (token.type === 'document' && token.value) rest.push([token.value, depth + 1]);
    if ('items' in token)
      for (const { key, value } of token.items) for (const one of [key, value]) if (one) rest.push([one, depth + 1]);
  }
}

function convert(source: Source, document: Document.Parsed): Parsed {
  const diagnostics: Diagnostic[] = [];
  const anchors = new Map<string, { readonly tree: Tree; readonly size: number }>();
  let size = 0;
  let borrowed = 0;
  const spanOf = (node: Node): Span => ({ source, start: node.range?.[0] ?? 0, end: node.range?.[1] ?? 0 });

  function treeOf(node: Node | null, empty: Span): Tree {
    if (node === null) return { span: empty, value: null };
    if (isAlias(node)) return follow(node.source, node);
    const before = size++;
    const span = spanOf(node);
    const tree: Tree = { span, value: contentOf(node, span) };
    const anchor = 'anchor' in node ? node.anchor : undefined;
    if (anchor !== undefined) anchors.set(anchor, { tree, size: size - before });
    return tree;
  }

  function contentOf(node: Node, span: Span): Tree['value'] {
    if (isSeq<Node | null>(node)) return node.items.map((item) => treeOf(item, span));
    if (!isMap<Scalar<unknown>, Node | null>(node)) return isScalar(node) ? scalarOf(node.value) : null;
    const fields = new Map<string, Field>();
    for (const { key, value } of node.items) {
      const name = String(key.value);
      const first = fields.get(name);
      const tree = treeOf(value, spanOf(key));
      if (first === undefined) fields.set(name, { key: spanOf(key), tree });
      else diagnostics.push(definedTwice(name, spanOf(key), first.key));
    }
    return fields;
  }

  function follow(name: string, node: Node): Tree {
    const found = anchors.get(name);
    borrowed += found?.size ?? 0;
    size += found?.size ?? 0;
    if (found !== undefined && borrowed <= aliasBudget) return found.tree;
    const why =
      found === undefined
        ? 'No anchor of this name ends before it.'
        : `Aliases stand for more than ${aliasBudget} values.`;
    diagnostics.push(mistake('inventory/alias', placeOf(spanOf(node)), why));
    return { span: spanOf(node), value: null };
  }

  const { contents } = document;
  if (contents === null || (isScalar(contents) && contents.value === null)) return { diagnostics };
  return { tree: treeOf(contents, spanOf(contents)), diagnostics };
}

/** The core schema knows no others; a bigint or a date cannot come. */
function scalarOf(value: unknown): string | number | boolean | null {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null;
}

/** The same key again, in the same file or in another. */
export function definedTwice(name: string, again: Span, first: Span): Diagnostic {
  const { file, line, column } = placeOf(first);
  return mistake(
    'inventory/duplicate-key',
    placeOf(again),
    `\`${plainText(name)}\` is already defined at ${file}:${line}:${column}.`,
    'Keep one of the two.',
  );
}

export interface Comment {
  /** Keys from the root to the value that it is about. */
  readonly path: readonly string[];
  readonly text: string;
}

/** Plain values as a document, small lists and maps on one line; `head` stands above it, a comment beside its value. */
export function yamlText(value: unknown, head: string, comments: readonly Comment[]): string {
  const document = new Document(value, { version: '1.2' });
  document.commentBefore = commentText(head);
  for (const { path, text } of comments) {
    const node = document.getIn(path, true);
    if (isScalar(node)) node.comment = commentText(text);
  }
  visit(document, {
    Seq(_key, node) {
      if (node.items.every(isScalar)) node.flow = true;
    },
    Map(_key, node) {
      if (node.items.every((pair) => isScalar(pair.value)) && node.items.length < 4) node.flow = true;
    },
  });
  return document.toString({ lineWidth: 140, flowCollectionPadding: true });
}

/** A line of a comment ends where the text ends one: nothing in it can become a value. */
function commentText(text: string): string {
  return text
    .split('\n')
    .map((line) => ` ${plainText(line)}`)
    .join('\n');
}
