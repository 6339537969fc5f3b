/**
 * How far a rolling reboot is, for the run that comes after a crash: each node has a note of its own turn, written before anything
 * leaves it. That it has booted since, its boot id says. There is no other memory: whoever runs it again reads the notes. Pure.
 */
import { type Diagnostic, error } from '../../diagnostic.ts';
import { command, type Probe } from '../../shell/command.ts';
import { nodeLayout } from '../../shell/layout.ts';
import type { NodeName } from '../../step.ts';
import { isRecord, json, type Reading, read, success, unreadable } from '../reading.ts';
import type { Node, Site } from '../site.ts';
import type { Verb } from '../verb.ts';
import { asWished, refuse, type StepDraft, steps } from '../verdict.ts';
import type { World } from '../world.ts';

const path = `${nodeLayout.state}/reboot.json`;
const parameters = {
  node: { type: 'node', means: 'the node that boots' },
  round: { type: 'text', means: 'when the rolling reboot began' },
} as const;

/** One line on a node. */
interface Note {
  /** When it began, by the clock of whoever began it (2026-11-22T10:00:00Z): a name, and of two the later one counts. */
  readonly round: string;
  /** The boot id of the node at that time; null once all nodes have had their turn. */
  readonly boot: string | null;
  /** The VMs at home there that left it. */
  readonly left: readonly string[];
}

export const notesProbe: Probe = {
  name: 'host.round',
  command: command('sh', '-c', '[ ! -e "$1" ] || cat "$1"', 'sh', path),
};

const noNote = { round: '', boot: null, left: [] } as const;

function noteOn(node: NodeName, world: World): Reading<Note> {
  return read(success(world.answers(node), notesProbe.name), notesProbe.name, parse);
}

function parse(text: string): Note | undefined {
  if (text === '') return noNote;
  const note = json(text);
  if (!isRecord(note)) return undefined;
  const { round, boot, left } = note;
  const isBoot = boot === null || typeof boot === 'string';
  if (typeof round !== 'string' || !isBoot || !Array.isArray(left)) return undefined;
  return left.every((one): one is string => typeof one === 'string') ? { round, boot, left } : undefined;
}

export interface Round {
  /** Undefined: none is under way. */
  readonly began: string | undefined;
  /** The last one of which there is a note; empty: none. */
  readonly last: string;
  /** Of the nodes whose turn has begun. */
  readonly turns: ReadonlyMap<NodeName, Turn>;
  readonly problems: readonly Diagnostic[];
}

interface Turn {
  /** It has booted since its turn began, whoever did it. */
  readonly booted: boolean;
  readonly left: readonly string[];
}

/** `anew`: what is under way is forgotten. */
export function roundOf(world: World, anew: boolean): Round {
  const nodes = Object.keys(world.site.nodes);
  const notes = nodes.map((node) => ({ node, note: noteOn(node, world), bootId: world.have('host', node).bootId }));
  const problems = notes.flatMap(({ node, note, bootId }) => [
    ...(note.known ? [] : [unclear(node, note.why)]),
    ...(bootId.known ? [] : [unreadable(`host/${node}`, node, bootId.why)]),
  ]);
  const known = notes.flatMap(({ node, note, bootId }) =>
    note.known && bootId.known ? [{ node, note: note.value, bootId: bootId.value }] : [],
  );
  const last =
    known
      .map(({ note }) => note.round)
      .toSorted()
      .at(-1) ?? '';
  const own = known.filter(({ note }) => note.round === last);
  if (anew || own.some(({ note }) => note.boot === null)) return { began: undefined, last, turns: new Map(), problems };
  const turns = own.map(({ node, note, bootId }) => {
    return [node, { booted: note.boot !== bootId, left: note.left }] as const;
  });
  return { began: last, last, turns: new Map(turns), problems };
}

/** Of one that begins now: later than the last, whatever their clocks say. */
export function nameAfter(last: string, now: string): string {
  return now > last ? now : `${last}+`;
}

function unclear(node: NodeName, why: string): Diagnostic {
  const detail = `${path} on ${node}: ${why}.`;
  return error('reboot/note', 'The note of a rolling reboot cannot be read', detail, {
    help: 'If none is under way, remove it. Otherwise `sanctl status` shows how the nodes are; boot those by hand that have not booted yet.',
  });
}

/** Before anything leaves it. `left`: names of VMs, with commas between; `none`. */
export const beginTurn: Verb<typeof parameters & { left: { type: 'text'; means: string } }> = {
  summary: 'note that it is to boot, and what leaves it for that',
  takes: { ...parameters, left: { type: 'text', means: 'the VMs that are to come home afterwards' } },
  nodes: everyNode,
  reads: ['host'],
  plan({ node, round, left }, world) {
    const { bootId } = world.have('host', node.name);
    if (!bootId.known) return new Map([[node.name, refuse(unreadable(`host/${node.name}`, node.name, bootId.why))]]);
    const note = { round, boot: bootId.value, left: left === 'none' ? [] : left.split(',') };
    return noted(node, note, 'note', `note that ${node.name} is to boot`, world);
  },
};

/** On one node: by that the round is over for all. */
export const endRound: Verb<typeof parameters> = {
  summary: 'note that all nodes have had their turn',
  takes: parameters,
  nodes: everyNode,
  reads: ['host'],
  plan: ({ node, round }, world) =>
    noted(node, { ...noNote, round }, 'over', 'note that the rolling reboot is over', world),
};

function everyNode(_given: unknown, { nodes }: Site): readonly NodeName[] {
  return Object.keys(nodes);
}

function noted({ name }: Node, note: Note, verb: string, title: string, world: World) {
  const was = success(world.answers(name), notesProbe.name);
  if (!was.known) return new Map([[name, refuse(unclear(name, was.why))]]);
  const text = `${JSON.stringify(note)}\n`;
  if (was.value === text) return new Map([[name, asWished]]);
  const before = was.value === '' ? null : (world.digest([was.value]) ?? null);
  const draft: StepDraft = {
    verb,
    node: name,
    title,
    danger: 'none',
    guards: [],
    actions: [
      { do: 'write', path, content: [text], mode: '0600', before, ...(was.value === '' ? {} : { was: was.value }) },
    ],
    reason: 'whoever runs this again goes on from here, and reboots no node twice',
  };
  return new Map([[name, steps(draft)]]);
}
