/** What playbooks may ask of a domain before they begin and when they are done. */
import { type Diagnostic, error } from '../../diagnostic.ts';
import { array } from '../array/index.ts';
import { drbd } from '../drbd/index.ts';
import { exportKind } from '../export/index.ts';
import { file } from '../file/index.ts';
import { host } from '../host/index.ts';
import { image } from '../image/index.ts';
import { importKind } from '../import/index.ts';
import { initiator } from '../initiator/index.ts';
import type { Kind, Thing } from '../kind.ts';
import type { Site, Vm } from '../site.ts';
import { target } from '../target/index.ts';
import type { Check } from '../verb.ts';
import { volume } from '../volume/index.ts';
import type { World } from '../world.ts';
import type { Copy } from './copies.ts';
import { type Found, findEverywhere } from './find.ts';
import { everyNode, vmParameter } from './verbs.ts';

type OfVm = Check<{ vm: typeof vmParameter }>;
type Things = (vm: Vm, site: Site, world: World) => readonly Thing[];

/** `things`: what this kind asks for on behalf of a VM. */
export function checksOf(things: Things): Readonly<Record<string, OfVm>> {
  return {
    ready: ofVm('what it stands on is as the inventory says: its node, its files, its volumes', (vm, world) =>
      notReady(vm, things(vm, world.site, world), world),
    ),
    runsOnce: ofVm('it runs on exactly one node', (vm, world) =>
      unlessItIs(vm, world, (where) => (where.is === 'nowhere' ? [notRunning(vm)] : [])),
    ),
    absent: ofVm('it runs nowhere', (vm, world) =>
      unlessItIs(vm, world, (where) => (where.is === 'running' ? [stillThere(vm, where.copy)] : [])),
    ),
  };
}

function ofVm(summary: string, check: (vm: Vm, world: World) => readonly Diagnostic[]): OfVm {
  return {
    summary,
    takes: { vm: vmParameter },
    nodes: everyNode,
    check: ({ vm }, world) => check(vm, world),
  };
}

/** What is unknown, unclear or twice is never as it should be. */
function unlessItIs(
  vm: Vm,
  world: World,
  wrong: (where: Exclude<Found, { is: 'refused' }>) => readonly Diagnostic[],
): readonly Diagnostic[] {
  const found = findEverywhere(vm, world);
  return found.is === 'refused' ? found.problems : wrong(found);
}

const beneath: readonly Kind[] = [host, file, volume, drbd, image, exportKind, importKind, target, initiator, array];

/** What apply would refuse, and what it would put right before it started the domain (D1, T4, X6). */
function notReady(vm: Vm, own: readonly Thing[], world: World): readonly Diagnostic[] {
  const needs = new Set(own.find(({ kind }) => kind === 'domain')?.needs);
  const all = [...own, ...beneath.flatMap((kind) => kind.expand(world.site, world))];
  const needed = new Map(
    all.filter((thing) => addresses(thing).some((one) => needs.has(one))).map((one) => [addresses(one)[1], one]),
  );
  const found = new Set([...needed.values()].flatMap(addresses));
  const silent = [...needs].filter((need) => !found.has(need));
  return [...silent.map((need) => standsOnNothing(vm, need)), ...[...needed.values()].flatMap(missingOf)];

  function missingOf(thing: Thing): readonly Diagnostic[] {
    const verdict = beneath.find(({ name }) => name === thing.kind)?.plan(thing, world);
    const errors = verdict?.diagnostics.filter(({ severity }) => severity === 'error') ?? [];
    const missing = verdict?.steps.map(({ title }) => title) ?? [];
    return missing.length === 0 ? errors : [...errors, standsOnSand(vm, thing, missing)];
  }
}

function addresses({ kind, name, nodes }: Thing): readonly [string, string] {
  return [`${kind}/${name}`, `${kind}/${name}@${nodes.join()}`];
}

function standsOnSand({ name }: Vm, thing: Thing, missing: readonly string[]): Diagnostic {
  const detail = `domain/${name} needs ${addresses(thing)[0]}, and apply would still: ${missing.join('; ')}.`;
  return error('domain/not-ready', 'What a domain stands on is not as wished', detail, {
    help: `\`sanctl apply --only domain/${name}\` puts it right first.`,
  });
}

/** Silence would be taken for a yes (C5). */
function standsOnNothing({ name }: Vm, need: string): Diagnostic {
  const detail = `domain/${name} needs ${need}, of which nothing can be said.`;
  return error('domain/not-ready', 'What a domain stands on is not as wished', detail, {
    help: `\`sanctl plan --only domain/${name}\` says why.`,
  });
}

export function notRunning({ name }: Vm): Diagnostic {
  return error('domain/not-running', 'A domain does not run', `domain/${name} was found on none of its nodes.`, {
    help: `\`sanctl vm start ${name}\``,
  });
}

function stillThere({ name }: Vm, { node, domain }: Copy): Diagnostic {
  return error('domain/still-there', 'A domain still runs', `domain/${name} runs on ${node} (domain ${domain.id}).`, {
    help: `\`sanctl vm stop ${name}\``,
  });
}
