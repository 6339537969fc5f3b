/**
 * What DRBD itself accepts although it loses data sooner or later (D1, D3, D5, D9, D11): `drbdadm` says nothing about any of
 * these. Held against what the template made, because the template may be the user's own.
 */
import { type Diagnostic, error } from '../../diagnostic.ts';
import type { Content } from '../../shell/command.ts';
import type { Volume } from '../site.ts';
import { parseConfigured } from './configured.ts';
import { fencingHandlers } from './handlers.ts';
import { parseSections, type Section } from './language.ts';
import { slicePath } from './resource.ts';

interface Rule {
  readonly id: string;
  readonly keyword: RegExp;
  readonly allowed: readonly string[];
}

const rules: readonly Rule[] = [
  { id: 'D1', keyword: /^allow-two-primaries$/, allowed: ['no'] },
  { id: 'D1', keyword: /^become-primary-on$/, allowed: [] },
  { id: 'D5', keyword: /^after-sb-[012]pri$/, allowed: ['disconnect'] },
  { id: 'D5', keyword: /^rr-conflict$/, allowed: ['disconnect'] },
  { id: 'D6', keyword: /^auto-promote$/, allowed: ['no'] },
  { id: 'D11', keyword: /^(disk-flushes|md-flushes|disk-drain)$/, allowed: ['yes'] },
  // "Dangerous": Linux no longer says whether barriers work (drbd.conf-8.4(5)); off is its default.
  { id: 'D11', keyword: /^disk-barrier$/, allowed: ['no'] },
  // The words of 8.3 for "no", which drbdadm still reads (tried, 9.22, both dialects).
  { id: 'D11', keyword: /^no-(disk-flushes|md-flushes|disk-drain)$/, allowed: [] },
  // Metadata elsewhere: `create-md` then never looks at the data, and every size here is that of internal ones.
  { id: 'D3', keyword: /^(flexible-)?meta-disk$/, allowed: ['internal'] },
  // What stands there is neither looked at here nor the same on every node.
  { id: 'D9', keyword: /^include$/, allowed: [] },
];

/** Empty for a file that was not made. `protocol`: the inventory's, of which `check` has said whether its users may have it (D11). */
export function lint(name: string, content: Content, protocol = 'C'): readonly Diagnostic[] {
  if (content.length === 0) return [];
  const file = parseSections(textOf(content));
  if (file === undefined) return [finding(name, 'it is not whole: a brace, a quote or a semicolon is missing')];
  const weaker = words(file).flatMap(([keyword, value = '']) =>
    keyword !== 'protocol' || value === 'C' || value === protocol ? [] : [`it says \`protocol ${value}\` (D11)`],
  );
  const found = [...words(file).flatMap(broken), ...weaker, ...handlersIn(file)];
  return [...new Set(found)].map((what) => finding(name, what));
}

/** D7: below a cluster. */
export function unfenced(name: string, content: Content): readonly Diagnostic[] {
  const file = parseSections(textOf(content)) ?? nothing;
  const fenced = words(file).some(([keyword, value]) => keyword === 'fencing' && value === 'resource-and-stonith');
  return content.length === 0 || fenced
    ? []
    : [finding(name, 'a cluster promotes it, and it lacks `fencing resource-and-stonith` (D7)')];
}

/** A handler is a shell command that the kernel starts as root: only those that come with drbd-utils for the cluster (D7). */
function handlersIn({ name: [name], statements, sections }: Section): readonly string[] {
  const known = Object.values(fencingHandlers).flat();
  const program = (words: readonly string[]): string => words.join(' ').replace(/( --(dc-)?timeout=\d{1,6})*$/, '');
  const strange = name === 'handlers' ? statements.filter(([, ...words]) => !known.includes(program(words))) : [];
  return [...strange.map(([handler]) => `it has the handler \`${handler}\` (D7)`), ...sections.flatMap(handlersIn)];
}

/**
 * C3: every guard looks at the slice and minor of the inventory, and every command acts on those of the file. A template
 * of the user's own must name the same. Empty for a file that was not made.
 */
export function strays(volume: Volume, minor: number, content: Content): readonly Diagnostic[] {
  if (content.length === 0) return [];
  const { name, replicas } = volume;
  const hosts = parseConfigured(textOf(content))?.[name]?.hosts ?? {};
  const right = replicas.every((node) => hosts[node]?.disk === slicePath(volume) && hosts[node]?.minor === minor);
  if (!right || Object.keys(hosts).length !== replicas.length)
    return [finding(name, `it does not put minor ${minor} on ${slicePath(volume)} for ${replicas.join(' and ')} (C3)`)];
  const others = words(parseSections(textOf(content)) ?? nothing).filter(
    ([what, one]) => what === 'volume' && one !== '0',
  );
  return others.length > 0 ? [finding(name, 'it has a volume beside number 0 (C3)')] : [];
}

const nothing: Section = { name: [], statements: [], sections: [] };

function textOf(content: Content): string {
  return content.map((piece) => (typeof piece === 'string' ? piece : 'x')).join('');
}

/** Statements and names of sections alike. A flag without a word after it means yes. */
function words({ statements, sections }: Section): readonly (readonly string[])[] {
  return [...statements, ...sections.flatMap((section) => [section.name, ...words(section)])];
}

function broken([keyword = '', value = 'yes']: readonly string[]): readonly string[] {
  return rules
    .filter((rule) => rule.keyword.test(keyword) && !rule.allowed.includes(value))
    .map(({ id }) => `it says \`${keyword} ${value}\` (${id})`);
}

function finding(name: string, what: string): Diagnostic {
  return error('drbd/unsafe-file', 'A resource file would risk data', `The file of drbd/${name} is refused: ${what}.`, {
    help: 'Take it out of your template `templates/drbd/`.',
  });
}
