/** How every iSCSI export is: its target, and the paths over which each importer has it. Pure. */
import { type Diagnostic, error, warning } from '../../diagnostic.ts';
import type { NodeName } from '../../step.ts';
import { figure, type Health, type Level, type Looked, type Row } from '../health.ts';
import { unitOf as importUnit } from '../initiator/names.ts';
import { isIscsi, portalsOf } from '../iscsi.ts';
import { importersOf, nameOf } from '../reach.ts';
import type { IscsiExport } from '../site.ts';
import { unitOf } from './names.ts';

export function health({ site, facts, held }: Looked): Health {
  const all = Object.values(site.exports)
    .filter(isIscsi)
    .map((exported) => seenOf(exported, importersOf(exported, site), facts));
  const calm = ({ exported: { from }, importers }: Seen): boolean =>
    ![from, ...importers.map(({ node }) => node)].some((node) => held.has(node));
  return { rows: all.map(rowOf), findings: all.filter(calm).flatMap(findingsOf) };
}

interface Seen {
  readonly exported: IscsiExport;
  /** Undefined: not known. */
  readonly served: boolean | undefined;
  readonly importers: readonly Importer[];
}

interface Importer {
  readonly node: NodeName;
  /** Sessions that are logged in; undefined: not known. */
  readonly paths: number | undefined;
  readonly of: number;
}

function seenOf(exported: IscsiExport, importers: readonly NodeName[], facts: Looked['facts']): Seen {
  const { iqn, from } = exported;
  const live = facts.get(from)?.target.live;
  return {
    exported,
    served: live?.known ? live.value.targets.some((one) => one.iqn === iqn && one.enabled) : undefined,
    importers: importers.map((node) => {
      const have = facts.get(node)?.initiator.live;
      const sessions = have?.known ? have.value.sessions.filter((one) => one.iqn === iqn) : undefined;
      const paths = sessions?.filter(({ state }) => state === 'LOGGED_IN').length;
      return { node, paths, of: portalsOf(exported).length };
    }),
  };
}

function rowOf({ exported, served, importers }: Seen): Row {
  const { name, from, backing } = exported;
  return {
    section: 'export',
    name,
    nodes: [from, ...importers.map(({ node }) => node)],
    level: levelOf(served, importers),
    state: served === undefined ? 'unknown' : served ? 'served' : 'not served',
    detail: [
      `${nameOf(backing)} on ${from}`,
      ...importers.map(
        ({ node, paths, of }) => `${node} ${paths === undefined ? 'not seen' : `${paths} of ${of} paths`}`,
      ),
    ],
    figures: [
      ...(served === undefined ? [] : [figure('export_served', served)]),
      ...importers.flatMap(({ node, paths, of }) =>
        paths === undefined ? [] : [figure('export_imported', paths === of, node)],
      ),
    ],
  };
}

function levelOf(served: boolean | undefined, importers: readonly Importer[]): Level {
  if (served === false || importers.some(({ paths }) => paths === 0)) return 'broken';
  if (served === undefined || importers.some(({ paths }) => paths === undefined)) return 'unknown';
  return importers.every(({ paths, of }) => paths === of) ? 'fine' : 'weak';
}

function findingsOf({ exported: { name, from }, served, importers }: Seen): readonly Diagnostic[] {
  return [
    ...(served === false ? [notServed(name, from)] : []),
    ...importers.flatMap((one) => (one.paths === undefined || one.paths >= one.of ? [] : [pathsMissing(name, one)])),
  ];
}

function notServed(name: string, node: NodeName): Diagnostic {
  return error(
    'target/not-served',
    'A target does not serve',
    `target/${name} on ${node} is not there, or is switched off.`,
    {
      help: `Why: \`journalctl --unit=${unitOf(name)}\` on ${node}.`,
    },
  );
}

/** I6. */
function pathsMissing(name: string, { node, paths = 0, of }: Importer): Diagnostic {
  const detail = `initiator/${name} on ${node} has ${paths} of ${of} paths.`;
  const help = `They come back by themselves with the network. If not: \`journalctl --unit=${importUnit(name)}\` on ${node}.`;
  return paths === 0
    ? error('initiator/no-path', 'An import has no path left', detail, { help })
    : warning('initiator/paths-missing', 'An import has lost paths', detail, { help });
}
