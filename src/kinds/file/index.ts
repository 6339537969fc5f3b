/**
 * Files that sanctl writes (C8). A file that somebody else wrote or edited is never replaced unless the operator names
 * it by `--adopt`; the distribution's own file, unmodified, needs no naming.
 */
import { type Diagnostic, error } from '../../diagnostic.ts';
import { type Argv, command, type Run, run, type WriteFile } from '../../shell/command.ts';
import type { NodeName } from '../../step.ts';
import { trusted } from '../host/trust.ts';
import type { Kind, Undeclared } from '../kind.ts';
import { isMissing } from '../package/index.ts';
import { known, unreadable } from '../reading.ts';
import type { Site } from '../site.ts';
import { asWished, refuse, type StepDraft, steps, type Verdict } from '../verdict.ts';
import type { World } from '../world.ts';
import type { FileFacts, FileState } from './facts.ts';
import { parse } from './parse.ts';
import { authorizedKeysPath, knownHostsPath, managedPaths, watchedPaths } from './paths.ts';
import { probes } from './probes.ts';
import type { FileWant } from './thing.ts';

export const file: Kind<FileWant, FileFacts> = {
  name: 'file',
  summary: 'Configuration files that sanctl writes, whole, checked and never over somebody else’s words',
  expand: () => [],
  probes: (site, node) => probes(watchedPaths(site, node)),
  parse: (outputs, site, node) => parse(outputs, watchedPaths(site, node)),
  blank: (site, node) => ({
    files: Object.fromEntries(watchedPaths(site, node).map((path) => [path, known('absent')])),
    written: known({}),
    domainFiles: [],
    shipped: {},
  }),
  stable,
  plan(thing, world) {
    const verdicts = thing.nodes.map((node) => planOn(node, thing.want, world));
    return {
      steps: verdicts.flatMap((verdict) => verdict.steps),
      diagnostics: verdicts.flatMap((verdict) => verdict.diagnostics),
    };
  },
  undeclared,
};

/** The minors in it may have been given out again since, and `xl create` would start its guest on them. */
function undeclared(site: Site, node: NodeName, { domainFiles, files }: FileFacts): readonly Undeclared[] {
  const wanted = new Set(managedPaths(site, node));
  const left =
    trusted(site, node).length > 0 ? [] : [knownHostsPath, authorizedKeysPath].filter((path) => isThere(files[path]));
  const detail = 'of a domain that the inventory has not here; its disks may belong to others by now (X6)';
  return [
    ...domainFiles
      .filter((path) => !wanted.has(path))
      .map((path) => ({ kind: 'file', name: path.slice(1), node, detail })),
    ...left.map((path) => ({ kind: 'file', name: path.slice(1), node, detail: trustLeft })),
  ];
}

const trustLeft = `of a trust between nodes that the inventory does not ask for; while ${authorizedKeysPath} is there, they get in`;

function isThere(state: FileFacts['files'][string] | undefined): boolean {
  return state?.known === true && state.value !== 'absent';
}

/** Not the record of what was written: it matters only where the hash differs, and then the hash is what moved. */
function stable({ files }: FileFacts): unknown {
  return Object.entries(files).map(([path, state]) => {
    if (!state.known || state.value === 'absent') return [path, state];
    return [path, state.value.type, state.value.mode, state.value.owner, state.value.sha256];
  });
}

function planOn(node: NodeName, want: FileWant, world: World): Verdict {
  const have = world.have('file', node);
  const state = have.files[want.path];
  if (state === undefined) throw new Error(`${want.path} is not among the managed paths`);
  if (!state.known) return refuse(unreadable(`file ${want.path}`, node, state.why));
  if (state.value === 'absent') return create(node, want, world);
  if (state.value.type === 'other') return refuse(notAFile(node, want.path));
  const digest = world.digest(want.content);
  if (digest === undefined) return refuse(secretUnread(node, want.path));
  if (digest === state.value.sha256 && right(state.value, want)) return asWished;
  const foreign = digest === state.value.sha256 ? undefined : whyForeign(have, want.path, state.value);
  if (foreign !== undefined && !world.adopt.has(want.path)) return refuse(notOurs(node, want.path, foreign));
  return steps(write(node, want, state.value, 'the file differs from what the inventory says'));
}

function right(state: FileState, want: FileWant): boolean {
  return Number.parseInt(state.mode, 8) === Number.parseInt(want.mode, 8) && state.owner === '0:0';
}

/** Why it may not be replaced, or removed, without a word, or undefined when it may. */
export function whyForeign({ written, shipped }: FileFacts, path: string, state: FileState): string | undefined {
  if (shipped[path] === state.md5) return undefined;
  if (!written.known) return `what sanctl wrote last cannot be read (${written.why})`;
  const last = written.value[path];
  if (last === state.sha256) return undefined;
  return last === undefined ? 'sanctl never wrote it' : 'somebody changed it after sanctl wrote it';
}

/** A package of this very plan may bring the distribution's file first: that one makes way, provided it is untouched. */
function create(node: NodeName, want: FileWant, world: World): Verdict {
  const draft = write(node, want, undefined, 'the file is not there');
  if (want.shippedBy === undefined || !isMissing(world, node, want.shippedBy)) return steps(draft);
  return steps(makeWay(node, want.path, want.shippedBy), draft);
}

function makeWay(node: NodeName, path: string, shipper: string): StepDraft {
  return {
    verb: 'make-way',
    node,
    title: `remove the untouched ${path} that ${shipper} brings`,
    danger: 'none',
    guards: [
      {
        ask: command('dpkg', '--verify', shipper),
        expect: { lacks: ` ${path.replaceAll('.', '[.]')}$` },
        proves: `${path} is the distribution's own, unmodified (C8)`,
      },
    ],
    // 1: it is not there at all.
    actions: [{ do: 'run', command: command('rm', path), accept: [0, 1] }],
    reason: `installing ${shipper} puts its own file there`,
  };
}

function write(node: NodeName, want: FileWant, have: FileState | undefined, reason: string): StepDraft {
  const check: { check?: Argv } = want.check === undefined ? {} : { check: want.check };
  const was: { was?: string } = have?.text === undefined ? {} : { was: have.text };
  const { path, content, mode } = want;
  const action: WriteFile = { do: 'write', path, content, mode, before: have?.sha256 ?? null, ...check, ...was };
  const folder = have === undefined && want.folder !== undefined ? [makeFolder(path, want.folder)] : [];
  return {
    verb: 'write',
    node,
    title: `write ${path}`,
    danger: 'none',
    guards: [],
    actions: [...folder, action],
    reason,
  };
}

/** One that is there keeps its mode. */
function makeFolder(path: string, mode: string): Run {
  return run('mkdir', '-p', '-m', mode, path.slice(0, path.lastIndexOf('/')));
}

function notAFile(node: NodeName, path: string): Diagnostic {
  return error(
    'file/not-a-file',
    'A path is taken by something else',
    `${path} on ${node} is a link, a folder or a device.`,
    {
      help: 'Move it away by hand, after looking at who made it.',
    },
  );
}

function secretUnread(node: NodeName, path: string): Diagnostic {
  return error(
    'file/secret-unread',
    'A file cannot be compared',
    `A secret that ${path} on ${node} needs could not be read, so it is not known whether the file differs.`,
    {
      help: 'Make the secret readable (`secrets` in the inventory says where from) and plan again.',
    },
  );
}

function notOurs(node: NodeName, path: string, why: string): Diagnostic {
  return error(
    'file/not-ours',
    'A file holds words that are not sanctl’s',
    `${path} on ${node} differs from what the inventory says, and ${why}.`,
    {
      help: `Move what is worth keeping into the inventory or a template; then \`--adopt ${path}\` replaces it.`,
    },
  );
}
