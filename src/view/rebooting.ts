/** `sanctl reboot`: which node boots when, what leaves it and comes home, and how far it is. Pure. */
import type { Evacuation } from '../kinds/domain/move/evacuate.ts';
import type { Boot } from '../kinds/host/reboot.ts';
import type { NodeName } from '../step.ts';
import type { Page } from './diagnostics.ts';
import { tableText } from './table.ts';
import { count, list } from './wrap.ts';

export interface Turn {
  readonly node: NodeName;
  /** `ahead`: nothing was done. `begun`: VMs may have left it. `booted`: it is not rebooted again. */
  readonly is: 'ahead' | 'begun' | 'booted';
  /** The VMs that come home: those that left before, of a turn that has begun. */
  readonly left: readonly string[];
  /** What leaves now; undefined where that is not looked at yet. */
  readonly leaving: Evacuation | undefined;
}

export interface Outlook {
  /** Undefined: none is under way. */
  readonly began: string | undefined;
  /** The name of the last one; empty: there was none. */
  readonly last: string;
  /** In their order: what has booted is brought home before anything else goes down. */
  readonly turns: readonly Turn[];
}

export function outlookText({ began, turns }: Outlook, page: Page): string {
  const nodes = count(turns.length, 'node');
  const title =
    began === undefined
      ? `${nodes} to reboot, one after the other; what leaves one comes home before the next goes down:`
      : `Going on with the rolling reboot of ${nodes} that began ${began}:`;
  const rows = turns.map(({ node, is, left, leaving }, at) => [
    String(at + 1),
    node,
    is === 'booted' ? 'no more: it has booted' : 'yes',
    leaving === undefined ? '' : list(leaving.moves.map(({ load, to }) => `${load.vm.name} to ${to}`)),
    list([...new Set([...left, ...homeOf({ node, leaving })])]),
  ]);
  return `\n${title}\n${tableText(['turn', 'node', 'boots', 'leave it', 'come home'], rows, page)}`;
}

/** Of what leaves a node, what is at home there. */
export function homeOf({ node, leaving }: Pick<Turn, 'node' | 'leaving'>): readonly string[] {
  return leaving?.moves.flatMap(({ load: { vm } }) => (vm.home === node ? [vm.name] : [])) ?? [];
}

export function outlookJson({ began, turns }: Outlook): object {
  return {
    version: 1,
    type: 'reboots',
    began: began ?? null,
    turns: turns.map(({ node, is, left, leaving }) => ({
      node,
      is,
      leave: leaving?.moves.map(({ load, to }) => ({ vm: load.vm.name, to })) ?? [],
      comeHome: [...new Set([...left, ...homeOf({ node, leaving })])],
    })),
  };
}

/** The last question: it is for all of them. */
export function rebootQuestion({ turns }: Outlook): string {
  const booting = turns.filter(({ is }) => is !== 'booted').map(({ node }) => node);
  const vms = new Set(
    turns.flatMap(({ left, leaving }) => [...left, ...(leaving?.moves.map(({ load }) => load.vm.name) ?? [])]),
  );
  const moves = vms.size === 0 ? '' : ` ${list([...vms])} ${vms.size === 1 ? 'moves' : 'move'} away and home, live.`;
  if (booting.length === 0)
    return `\nBring home what left ${list(turns.map(({ node }) => node))}? No node boots.${moves} Type yes:`;
  const each = booting.length === 1 ? '' : ', one after the other';
  return `\nReboot ${list(booting)}${each}?${moves} While one boots, its mirrors have a copy less. Type yes:`;
}

/** After the name of the node. */
export function bootText(now: Boot): string {
  switch (now.is) {
    case 'silent':
      return 'does not answer';
    case 'same':
      return 'has not gone down yet';
    case 'starting':
      return 'has booted, and still starts what starts by itself';
    case 'unread':
      return `cannot be read (${now.why})`;
    case 'up':
      return 'has booted';
  }
}

export function bootJson(node: NodeName, { is }: Boot, timeoutSeconds: number): object {
  return { version: 1, type: 'reboot', node, is, timeoutSeconds: Math.round(timeoutSeconds) };
}

export function settlingJson(node: NodeName, why: string, timeoutSeconds: number): object {
  return { version: 1, type: 'reboot', node, is: 'settling', why, timeoutSeconds: Math.round(timeoutSeconds) };
}

export function overText(nodes: readonly NodeName[]): string {
  return `\nDone: ${list(nodes)} ${nodes.length === 1 ? 'has' : 'have each'} booted, and all that left is home.\n`;
}
