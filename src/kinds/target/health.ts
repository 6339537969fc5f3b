/** How every iSCSI export is: its target, and the paths over which each importer has it. Pure. */
import { type Diagnostic, error, warning } from '../../diagnostic.ts';
import type { NodeName } from '../../step.ts';
import { figure, type Health, type Level, type Looked, type Row } from '../health.ts';
import { unitOf as importUnit } from '../initiator/names.ts';
import { unitOf } from './names.ts';
import { goodOf, type LunImporting, lunsOf, type ServedLun } from './roster.ts';

export function health({ site, facts, held }: Looked): Health {
  const all = lunsOf(site, facts);
  const calm = ({ from, importers }: ServedLun): boolean =>
    ![from, ...importers.map(({ node }) => node)].some((node) => held.has(node));
  return { rows: all.map(rowOf), findings: all.filter(calm).flatMap(findingsOf) };
}

function rowOf(one: ServedLun): Row {
  const { name, from, backing, state, importers } = one;
  const seen = importers.filter((importer) => importer.state !== 'unknown');
  return {
    section: 'export',
    name,
    nodes: [from, ...importers.map(({ node }) => node)],
    level: levelOf(one),
    state,
    detail: [
      `${backing} on ${from}`,
      ...importers.map(({ node, state, status }) => `${node} ${state === 'unknown' ? 'not seen' : status}`),
    ],
    figures: [
      ...(state === 'unknown' ? [] : [figure('export_served', state === 'served')]),
      ...seen.map((importer) => figure('export_imported', whole(importer), importer.node)),
    ],
  };
}

function whole(importer: LunImporting): boolean {
  return goodOf(importer) === importer.paths.length;
}

function levelOf({ state, importers }: ServedLun): Level {
  if (state === 'not served' || importers.some((one) => one.state === 'not connected')) return 'broken';
  if (state === 'unknown' || importers.some((one) => one.state === 'unknown')) return 'unknown';
  return importers.every(({ healthy }) => healthy) ? 'fine' : 'weak';
}

function findingsOf({ name, from, state, importers }: ServedLun): readonly Diagnostic[] {
  return [
    ...(state === 'not served' ? [notServed(name, from)] : []),
    ...importers.flatMap((one) => (one.state === 'unknown' || whole(one) ? [] : [pathsMissing(name, one)])),
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
function pathsMissing(name: string, { node, state, status }: LunImporting): Diagnostic {
  const detail = `initiator/${name} on ${node} has ${status}.`;
  const help = `They come back by themselves with the network. If not: \`journalctl --unit=${importUnit(name)}\` on ${node}.`;
  return state === 'not connected'
    ? error('initiator/no-path', 'An import has no path left', detail, { help })
    : warning('initiator/paths-missing', 'An import has lost paths', detail, { help });
}
