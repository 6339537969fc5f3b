/** `sanctl evacuate`: which VM goes where, in their order; and after one that broke off, which of them is where. Pure. */
import type { Evacuation, Standing } from '../kinds/domain/move/evacuate.ts';
import { formatSize } from '../quantity.ts';
import type { Page } from './diagnostics.ts';
import { printable } from './printable.ts';
import { tableText } from './table.ts';
import { count, list } from './wrap.ts';

/** `parallel`: how many go at the same time. */
export function evacuationText(node: string, { moves, stays }: Evacuation, parallel: number, page: Page): string {
  const rows = moves.map(({ load, to, leftBytes }, at) => [
    String(Math.floor(at / parallel) + 1),
    load.vm.name,
    `${node} to ${to}`,
    formatSize(load.bytes),
    formatSize(leftBytes),
  ]);
  const one = parallel === 1 ? 'one after the other' : `at most ${parallel} at the same time`;
  const left = stays.length === 0 ? [] : [`Stay on ${node}: ${list(stays.map(({ name }) => printable(name)))}.\n`];
  return [
    `\n${count(moves.length, 'VM')} of ${node}, ${one}:\n`,
    tableText(['turn', 'vm', 'moves', 'memory', 'free there then'], rows, page),
    ...left,
  ].join('');
}

export function evacuationJson(node: string, { moves, stays }: Evacuation, parallel: number): object {
  return {
    version: 1,
    type: 'evacuation',
    node,
    parallel,
    moves: moves.map(({ load, to, leftBytes }) => ({ vm: load.vm.name, to, memoryBytes: load.bytes, leftBytes })),
    stays: stays.map(({ name, id }) => ({ name, id })),
  };
}

export function emptyText(node: string): string {
  return `Nothing to do: no VM of the inventory runs on ${node}.\n`;
}

/** `Moved: web (to bravo). Still on alpha: db.` */
export function standingText(node: string, all: readonly Standing[]): string {
  const moved = all.filter((one) => one.is === 'running' && one.node !== node);
  const still = all.filter((one) => one.node === node);
  const nowhere = all.filter(({ is }) => is === 'nowhere');
  const unclear = all.filter(({ is }) => is === 'refused');
  return [
    part('Moved', moved, (one) => `${one.vm} (to ${one.node})`),
    part(`Still on ${node}`, still, ({ vm }) => vm),
    part('Running nowhere', nowhere, ({ vm }) => vm),
    part('Not clear', unclear, ({ vm }) => `${vm} (\`sanctl migrate ${vm} --cleanup\`)`),
  ]
    .flat()
    .join(' ');
}

function part(title: string, found: readonly Standing[], text: (one: Standing) => string): readonly string[] {
  return found.length === 0 ? [] : [`${title}: ${list(found.map(text))}.`];
}
