/** How every NBD export is, and each of its imports. Pure. */
import { type Diagnostic, error, warning } from '../../diagnostic.ts';
import { servedUnit } from '../file/paths.ts';
import { figure, type Health, type Level, type Looked, type Row } from '../health.ts';
import { type Importing, rosterOf, type Served } from './roster.ts';

export function health({ site, facts, held }: Looked): Health {
  const all = rosterOf(site, facts);
  const calm = ({ from, importers }: Served): boolean =>
    ![from, ...importers.map(({ node }) => node)].some((node) => held.has(node));
  return { rows: all.map(rowOf), findings: all.filter(calm).flatMap(findingsOf) };
}

function rowOf(one: Served): Row {
  const { name, from, backing, state, importers } = one;
  const known = importers.filter((importer) => importer.state !== 'unknown');
  return {
    section: 'export',
    name,
    nodes: [from, ...importers.map(({ node }) => node)],
    level: levelOf(one),
    state,
    detail: [`${backing} on ${from}`, ...importers.map(importerText)],
    figures: [
      ...(state === 'unknown' ? [] : [figure('export_served', state === 'served')]),
      ...known.map(({ node, healthy }) => figure('export_imported', healthy, node)),
    ],
  };
}

function levelOf({ state, importers }: Served): Level {
  if (state === 'not served' || importers.some((one) => one.state === 'not connected')) return 'broken';
  if (state === 'unknown' || importers.some((one) => one.state === 'unknown')) return 'unknown';
  return importers.every(({ healthy }) => healthy) ? 'fine' : 'weak';
}

/** `bravo /dev/nbd0, 4 of 4 connections to alpha`. */
function importerText({ node, state, status, device }: Importing): string {
  const where = device === undefined ? `${node} ${state}` : `${node} /dev/${device}`;
  return status === '' ? where : `${where}, ${status}`;
}

function findingsOf({ name, from, state, importers }: Served): readonly Diagnostic[] {
  return [
    ...(state === 'not served' ? [notServed(name, from)] : []),
    ...importers.flatMap((one) => (one.state === 'not connected' ? [notImported(name, one)] : [])),
    ...importers.flatMap((one) => (one.state === 'connected' && !one.healthy ? [fewConnections(name, one)] : [])),
  ];
}

function notServed(name: string, node: string): Diagnostic {
  return error('export/not-served', 'An export is not served', `export/${name}: its server on ${node} does not run.`, {
    help: `Its importers wait. Why it does not run: \`journalctl --unit=${servedUnit('export', name)}\` on ${node}.`,
  });
}

function notImported(name: string, { node }: Importing): Diagnostic {
  return error('import/not-connected', 'An import is not connected', `import/${name} on ${node}.`, {
    help: `Why: \`journalctl --unit=${servedUnit('import', name)}\` on ${node}.`,
  });
}

function fewConnections(name: string, { node, status }: Importing): Diagnostic {
  return warning(
    'import/not-whole',
    'An import has lost its server, or some of its connections',
    `import/${name} on ${node}: ${status === '' ? 'its unit does not run' : status}.`,
    {
      help: `It connects again by itself. If it does not: \`journalctl --unit=${servedUnit('import', name)}\` on ${node}.`,
    },
  );
}
