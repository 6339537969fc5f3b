/** Who may connect to an export: the list on its server, and the note in it while a guest moves (docs/decisions/0016). Pure. */
import { servedPaths } from '../file/paths.ts';
import { known, type Reading, read, unknown } from '../reading.ts';
import type { NbdExport } from '../site/exports.ts';
import type { World } from '../world.ts';

/** By address. */
export interface Admitted {
  readonly addresses: readonly string[];
  readonly move?: Handing;
}

/** A guest moves from one importer to another. Once the target has come it alone is let in (N7). */
export interface Handing {
  readonly source: string;
  readonly target: string;
  /** The id of its domain at the source. */
  readonly domain: number;
  readonly state: 'open' | 'come';
}

const head = '# Written by sanctl: who may connect.';

export function listText({ addresses, move }: Admitted): string {
  return `${[head, ...(move === undefined ? [] : [noteText(move)]), ...addresses].join('\n')}\n`;
}

/** As the script on the server writes it (templates/export/check.hbs). */
export function noteText({ source, target, domain, state }: Handing): string {
  return `# move ${source} ${target} ${domain} ${state}`;
}

/** As its server has it. */
export function listOf({ name, from }: NbdExport, world: World): Reading<Admitted> {
  const path = servedPaths('export', name).allow;
  const state = world.have('file', from).files[path];
  if (state === undefined) return unknown(`${path} was not asked for`);
  if (!state.known) return state;
  if (state.value === 'absent') return known({ addresses: [] });
  const { text } = state.value;
  return text === undefined ? unknown(`${path} is too long`) : read(known(text), path, parseList);
}

/** A note that nobody knows makes nothing of it knowable. */
function parseList(text: string): Admitted | undefined {
  const lines = text.split('\n').filter((line) => line !== '');
  const addresses = lines.filter((line) => !line.startsWith('#'));
  const notes = lines.filter((line) => line.startsWith('# move'));
  if (notes.length === 0) return { addresses };
  const [, source, target, domain, state] = /^# move (\S+) (\S+) (\d+) (open|come)$/.exec(notes.join('\n')) ?? [];
  if (source === undefined || target === undefined || (state !== 'open' && state !== 'come')) return undefined;
  return { addresses, move: { source, target, domain: Number(domain), state } };
}
