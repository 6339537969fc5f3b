/** What one node answered, ready to be compared with what the others did. Pure. */
import { type Diagnostic, failed, ok, type Result } from '../diagnostic.ts';
import { isLive } from '../kinds/domain/copies.ts';
import type { Domain } from '../kinds/domain/facts.ts';
import type { DrbdFacts } from '../kinds/drbd/facts.ts';
import { parse as parseDrbd } from '../kinds/drbd/parse.ts';
import { bootListPath, knownHostsPath } from '../kinds/file/paths.ts';
import { every, isRecord, json, known, type Reading, read, success, unreadable } from '../kinds/reading.ts';
import type { SshTarget } from '../kinds/site/node.ts';
import type { LogicalVolume } from '../kinds/volume/facts.ts';
import type { GroupState, PhysicalVolume } from '../kinds/volume-group/facts.ts';
import type { NodeFacts } from '../kinds/world.ts';
import type { ProbeOutputs } from '../shell/command.ts';
import type { NodeName } from '../step.ts';
import { type FoundGuest, guestOf } from './guest.ts';
import { type Dump, parseDump } from './resource.ts';

export interface Look extends Dump {
  readonly node: NodeName;
  readonly ssh: SshTarget;
  readonly machineId: string | undefined;
  readonly groups: readonly GroupState[];
  readonly pvs: readonly PhysicalVolume[];
  readonly volumes: readonly LogicalVolume[];
  readonly running: Extract<DrbdFacts['running'], { known: true }>['value'];
  readonly guests: readonly RunningGuest[];
  readonly files: readonly GuestFile[];
  /** Paths of what is there besides and has no place in an inventory yet. */
  readonly others: readonly string[];
  /** In the order of its interfaces; without those of the link alone. */
  readonly addresses: readonly string[];
  /** What sanctl itself had it do at boot. */
  readonly boot: { readonly starts: readonly string[]; readonly waitSeconds: number | undefined };
  /** Whether sanctl saw to it that the other nodes know this one. */
  readonly trusted: boolean;
}

export interface RunningGuest {
  readonly domain: Domain;
  readonly live: boolean;
  /** Undefined: `xl list -l` did not show it, or in a shape that nobody knows. */
  readonly config: FoundGuest | undefined;
}

export interface GuestFile {
  readonly path: string;
  /** Undefined: xl does not understand it. */
  readonly config: FoundGuest | undefined;
}

/** One fact that cannot be read, and nothing that is said of the node can be trusted to be whole (C5). */
export function lookOf(ssh: SshTarget, facts: NodeFacts, outputs: ProbeOutputs): Result<Look> {
  const { nodeName } = facts.host;
  const drbd = parseDrbd(outputs, []);
  const withoutLvm = facts.volumeGroup.lvm === 'absent';
  const ofLvm = <T>(reading: Reading<readonly T[]>): Reading<readonly T[]> => (withoutLvm ? known([]) : reading);
  const readings = {
    node: nodeName,
    groups: ofLvm(facts.volumeGroup.groups),
    pvs: ofLvm(facts.volumeGroup.physicalVolumes),
    volumes: ofLvm(facts.volume.volumes),
    running: drbd.running,
    dump: read(success(outputs, 'drbd.configured'), 'drbd.configured', parseDump),
    guests: guestsOf(facts, outputs),
    files: read(success(outputs, 'adopt.guests'), 'adopt.guests', filesOf),
    others: read(success(outputs, 'adopt.others'), 'adopt.others', lines),
    addresses: read(success(outputs, 'adopt.addresses'), 'adopt.addresses', addressesOf),
  };
  const name = nodeName.known ? nodeName.value : ssh.host;
  const problems = Object.entries(readings).flatMap(([what, reading]): readonly Diagnostic[] =>
    reading.known ? [] : [unreadable(what, name, reading.why)],
  );
  if (problems.length > 0) return failed(...problems);
  const values = Object.fromEntries(Object.entries(readings).map(([what, one]) => [what, one.known && one.value]));
  // Each was known, or there had been a problem.
  const { dump, ...rest } = values as { [K in keyof typeof readings]: Known<(typeof readings)[K]> };
  const { machineId } = facts.host;
  return ok({
    ...rest,
    ...dump,
    ssh,
    machineId: machineId.known ? machineId.value : undefined,
    boot: { starts: startsOf(facts), waitSeconds: waitOf(outputs) },
    trusted: isTrusted(facts),
  });
}

type Known<R> = R extends { known: true; value: infer V } ? V : never;

/** The two lists of the kind (X10), with the whole configuration of each. */
function guestsOf(facts: NodeFacts, outputs: ProbeOutputs): Reading<readonly RunningGuest[]> {
  const { domains } = facts.domain;
  if (!domains.known) return domains;
  const long = json(outputs.get('domain.long')?.stdout ?? '');
  const configs = new Map(
    (Array.isArray(long) ? long : []).flatMap((one) =>
      isRecord(one) && typeof one['domid'] === 'number' ? [[one['domid'], one['config']] as const] : [],
    ),
  );
  return known(
    domains.value.map((domain) => ({ domain, live: isLive(domain), config: guestOf(configs.get(domain.id)) })),
  );
}

/** `file /etc/xen/web.cfg`, then the JSON, or `failed`. */
function filesOf(text: string): readonly GuestFile[] | undefined {
  const found = text.split(/^file (\/\S+)\n/m).slice(1);
  if (found.length === 0 && text.trim() !== '' && text.trim() !== 'no hypervisor') return undefined;
  return Array.from({ length: found.length / 2 }, (_, at) => ({
    path: found[2 * at] ?? '',
    config: guestOf(json(found[2 * at + 1] ?? '')),
  }));
}

function lines(text: string): readonly string[] {
  return text.split('\n').filter((line) => line !== '');
}

/** `4: eth0    inet 192.0.2.2/24 brd …`, `inet6 fd00::2/64 scope global`: IPv4 first. */
function addressesOf(text: string): readonly string[] | undefined {
  const found = every(lines(text), (line) => {
    const [, family, address] = /^\d+: \S+ +(inet6?) ([0-9a-f.:]+)\//.exec(line) ?? [];
    return family === undefined || address === undefined ? undefined : { family, address };
  });
  const of = (wanted: string): readonly string[] =>
    (found ?? []).filter(({ family }) => family === wanted).map(({ address }) => address);
  return found === undefined ? undefined : [...of('inet'), ...of('inet6')];
}

/** `vm NAME UUID …` in the list that sanctl wrote; an older list of somebody else's is none. */
function startsOf({ file: { files, written } }: NodeFacts): readonly string[] {
  const path = bootListPath;
  const state = files[path];
  if (state?.known !== true || state.value === 'absent' || !written.known || written.value[path] === undefined)
    return [];
  return [...(state.value.text ?? '').matchAll(/^vm (\S+) /gm)].map(([, name = '']) => name);
}

function waitOf(outputs: ProbeOutputs): number | undefined {
  const script = outputs.get('adopt.boot')?.stdout ?? '';
  const seconds = / patience=(\d+) /.exec(script)?.[1];
  return seconds === undefined ? undefined : Number(seconds);
}

function isTrusted({ file: { files, written } }: NodeFacts): boolean {
  const path = knownHostsPath;
  const state = files[path];
  return state?.known === true && state.value !== 'absent' && written.known && written.value[path] !== undefined;
}
