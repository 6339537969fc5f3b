/** What must hold after every single command, whatever goes wrong (safety.md, section 6, Q1 and Q17). */
import type { Site } from '../../src/kinds/site.ts';
import { isImage } from './fill.ts';
import { arraysAsWished } from './invariants-arrays.ts';
import { servedAsWished } from './invariants-served.ts';
import { difference } from './machine/content.ts';
import type { Half } from './machine/drbd.ts';
import type { LogicalVolume } from './machine/lvm.ts';
import type { Machine } from './machine/machine.ts';
import { type Domain, isLive } from './machine/xen.ts';
import type { Room } from './room.ts';

export interface Violation {
  readonly rule: string;
  readonly detail: string;
}

/** What a run may do, and what stood there before it. */
export interface Allowed {
  site: Site;
  /** Volumes that `--allow-destroy` named. */
  destroy: ReadonlySet<string>;
  /** Resources of VMs that are on their way by sanctl's own plan, until it has seen the end of that. */
  moving?: ReadonlySet<string>;
  /** A person ends domains here. */
  byHand?: true;
}

export class Invariants {
  readonly violations: Violation[] = [];
  readonly #room: Room;
  readonly #allowed: Allowed;
  readonly #sizes = new Map<string, number>();
  readonly #seeds = new Map<string, number>();
  readonly #untouchable = new Map<string, LogicalVolume>();
  readonly #filledOnce = new Set<string>();
  #lossesSeen = 0;
  #seenAt = '';

  constructor(room: Room, allowed: Allowed) {
    this.#room = room;
    this.#allowed = allowed;
    for (const volume of volumesOf(room)) if (!this.#declared(volume)) this.#untouchable.set(volume.uuid, volume);
    room.checks.push((_room, machine, argv, code) => this.check(machine, argv, code));
  }

  check(machine: Machine, argv: readonly string[], code: number): void {
    const during = `${machine.name}$ ${argv.join(' ')}`;
    this.#lost();
    this.#writers(during);
    this.#windows(during);
    this.#guests();
    this.#filled(during);
    if (this.#wroteSince()) this.#replicas(during);
    this.#grown(during);
    this.#seeded(machine, argv, code);
    this.#undeclared(during);
  }

  /** Whether anything was written anywhere, or a half has come to another state. */
  #wroteSince(): boolean {
    const states = this.#room.halves.map(({ disk, peer }) => `${disk}${peer === undefined ? '' : '+'}`).join();
    const seen = `${this.#room.ledger.changes} ${states}`;
    const since = seen !== this.#seenAt;
    this.#seenAt = seen;
    return since;
  }

  #break(rule: string, detail: string): void {
    if (this.violations.length < 20) this.violations.push({ rule, detail });
  }

  /** C11, D3, D4, L2: no precious byte went that nobody had named. */
  #lost(): void {
    for (const loss of this.#room.ledger.losses.slice(this.#lossesSeen)) {
      if ([...this.#allowed.destroy].some((name) => loss.during.includes(name.replace(/^volume\//, '')))) continue;
      this.#break('nothing is lost', `${loss.written.by}: ${loss.how}, during ${loss.during}`);
    }
    this.#lossesSeen = this.#room.ledger.losses.length;
  }

  /** X1: one guest of a VM, and one for each volume, in the whole room. Xen's copies of one that moves are no guests yet, or no more. */
  #writers(during: string): void {
    const machines = [...this.#room.machines.values()];
    const copies = machines.flatMap((machine) => machine.domains.map((domain) => ({ machine, domain })));
    for (const [at, one] of copies.entries()) {
      for (const other of copies.slice(at + 1)) {
        const where = `${one.domain.name}@${one.machine.name} and ${other.domain.name}@${other.machine.name}`;
        const same = one.domain.uuid === other.domain.uuid;
        if (same && isLive(one.domain) && isLive(other.domain))
          this.#break('never two live domains', `${where}, after ${during}`);
        else if (same && ![one, other].some(({ domain }) => /--(incoming|migratedaway)$|^\(null\)$/.test(domain.name)))
          this.#break('never two writers', `${where}, after ${during}`);
        const disk = same ? undefined : writable(one).find((key) => writable(other).includes(key));
        if (disk !== undefined) this.#break('never two writers', `${disk}: ${where}, after ${during}`);
      }
    }
  }

  /** D1: two Primaries, and a window for them, only where a move is under way. */
  #windows(during: string): void {
    for (const half of this.#room.halves) {
      const { resource, node } = half;
      const moves = this.#allowed.moving?.has(resource) === true;
      if (half.allowsTwoPrimaries && !moves)
        this.#break('no window without a move', `${resource} on ${node}, after ${during}`);
      const twin = this.#room.halves.find((one) => one.resource === resource && one.node > node);
      if (half.role !== 'Primary' || twin?.role !== 'Primary') continue;
      const allowed = half.peer === undefined || (half.allowsTwoPrimaries && twin.allowsTwoPrimaries);
      if (!moves || !allowed) this.#break('never two writers', `${resource} is Primary on both, after ${during}`);
    }
  }

  /** X2: what runs is not ended, and finds on its disks what it wrote there. */
  #guests(): void {
    const { slain, estranged } = this.#room.ledger;
    for (const one of slain.splice(0))
      if (this.#allowed.byHand !== true) this.#break('a live domain is not destroyed', one);
    for (const one of estranged.splice(0)) this.#break('a guest finds what it wrote', one);
  }

  /** C1, C5: only what was made for it is filled; filled means the whole image; and no guest is there before that. */
  #filled(during: string): void {
    for (const one of this.#room.ledger.misfilled.splice(0)) this.#break('only what was made for it is filled', one);
    for (const machine of this.#room.machines.values()) {
      for (const volume of machine.lvm.groups.flatMap((group) => group.volumes)) {
        const image = this.#allowed.site.volumes[volume.name]?.image;
        if (image !== undefined && volume.tags.has('sanctl.filled') && !this.#filledOnce.has(volume.uuid)) {
          this.#filledOnce.add(volume.uuid);
          // A half that is behind gets it with all else that it missed.
          const half = machine.halves.get(volume.name);
          const behind =
            this.#allowed.site.volumes[volume.name]?.replication !== undefined && half?.disk !== 'UpToDate';
          if (volume.active && !behind && !isImage(volume, image.sha256))
            this.#break('filled means the whole image', `${volume.name} on ${machine.name}, after ${during}`);
        }
        if (!volume.tags.has('sanctl.unfilled')) continue;
        const guest = machine.domains.find(({ name }) =>
          this.#allowed.site.vms[name]?.disks.some((disk) => 'volume' in disk && disk.volume === volume.name),
        );
        if (guest !== undefined)
          this.#break('no guest on a disk that is not filled', `${guest.name} on ${machine.name}, after ${during}`);
      }
    }
  }

  /** Two halves that both say UpToDate and are connected hold the same bytes (K2, D4). */
  #replicas(during: string): void {
    for (const half of this.#room.halves) {
      const { peer } = half;
      if (peer === undefined || half.node > peer.node) continue;
      if (half.disk !== 'UpToDate' || peer.disk !== 'UpToDate') continue;
      const at = difference(half.lower, peer.lower, 0, half.bytes);
      if (at !== undefined)
        this.#break('UpToDate means equal', `${half.resource} differs at byte ${at}, after ${during}`);
    }
  }

  /** L3: nothing ever becomes smaller. */
  #grown(during: string): void {
    for (const volume of volumesOf(this.#room))
      this.#size(`volume ${volume.uuid} ${volume.name}`, volume.bytes, during);
    for (const half of this.#room.halves)
      this.#size(`drbd ${half.resource} ${half.metadata.deviceUuid}`, half.bytes, during);
  }

  #size(key: string, bytes: number, during: string): void {
    const before = this.#sizes.get(key) ?? 0;
    if (bytes < before) this.#break('nothing shrinks', `${key} from ${before} to ${bytes}, after ${during}`);
    this.#sizes.set(key, bytes);
  }

  /** K1, K3, D4: forced at most once for each volume, and only on the side that the inventory names. */
  #seeded(machine: Machine, argv: readonly string[], code: number): void {
    const forces =
      argv[0] === 'drbdadm' &&
      (argv.includes('--force') || argv.includes('--clear-bitmap')) &&
      !argv.includes('create-md');
    if (!forces || code !== 0) return;
    const resource = (argv.at(-1) ?? '').split('/')[0] ?? '';
    const half = machine.halves.get(resource);
    const key = `${resource} ${half?.metadata.deviceUuid}`;
    const times = (this.#seeds.get(key) ?? 0) + 1;
    this.#seeds.set(key, times);
    if (times > 1 && argv.includes('--clear-bitmap'))
      this.#break('seeded once', `${resource} by ${argv.join(' ')} on ${machine.name}`);
    const source = this.#allowed.site.volumes[resource]?.replication?.source;
    if (argv.includes('primary') && source !== machine.name)
      this.#break('the right source', `${resource} was forced on ${machine.name}, the data is on ${source}`);
  }

  /** C11: what the inventory does not name stays as it was. */
  #undeclared(during: string): void {
    for (const [uuid, volume] of this.#untouchable) {
      if (volumesOf(this.#room).some((one) => one.uuid === uuid)) continue;
      this.#untouchable.delete(uuid);
      this.#break('undeclared things stay', `${volume.group.name}/${volume.name} is gone, after ${during}`);
    }
  }

  #declared(volume: LogicalVolume): boolean {
    return this.#allowed.site.volumes[volume.name] !== undefined && volume.tags.has('sanctl');
  }
}

/** What it may write to, wherever it runs. */
function writable({ machine, domain }: { machine: Machine; domain: Domain }): readonly string[] {
  return domain.disks
    .filter(({ readOnly }) => !readOnly)
    .map(({ device, target }) => ('resource' in device ? `drbd ${device.resource}` : `${machine.name} ${target}`));
}

export function volumesOf(room: Room): readonly LogicalVolume[] {
  return [...room.machines.values()].flatMap((machine) => machine.lvm.groups.flatMap((group) => group.volumes));
}

/** All that a converged room must be, seen from the model and not through sanctl's own eyes. */
export function asWished(room: Room, site: Site, kinds: ReadonlySet<string>): readonly Violation[] {
  const out: Violation[] = [];
  const miss = (detail: string): void => void out.push({ rule: 'converges to what was asked', detail });
  for (const volume of Object.values(site.volumes)) {
    for (const node of volume.replicas) {
      const slice = room.machines.get(node)?.lvm.volume(`${volume.group}/${volume.name}`);
      if (volume.state === 'absent') {
        if (slice !== undefined) miss(`${volume.name} is still on ${node}`);
        continue;
      }
      if (kinds.has('fill') && slice?.tags.has('sanctl.unfilled')) miss(`${volume.name} on ${node} is not filled`);
      if (slice === undefined || slice.bytes < volume.bytes)
        miss(`${volume.name} on ${node} has ${slice?.bytes} bytes`);
      if (volume.replication !== undefined && kinds.has('drbd'))
        halfAsWished(room.machines.get(node)?.halves.get(volume.name), volume.bytes, `${volume.name} on ${node}`, miss);
    }
  }
  for (const vm of Object.values(kinds.has('domain') ? site.vms : {})) {
    const runs = room.machines
      .get(vm.home)
      ?.domains.some((one) => one.name === vm.name && one.uuid === vm.uuid && one.built);
    if (runs !== (vm.state === 'running')) miss(`${vm.name} should be ${vm.state} on ${vm.home}`);
  }
  if (kinds.has('import')) for (const detail of servedAsWished(room, site)) miss(detail);
  if (kinds.has('array')) for (const detail of arraysAsWished(room, site)) miss(detail);
  return out;
}

function halfAsWished(half: Half | undefined, bytes: number, name: string, miss: (detail: string) => void): void {
  if (half === undefined) {
    miss(`${name} is not up`);
    return;
  }
  if (half.bytes < bytes) miss(`${name} has ${half.bytes} usable bytes of ${bytes}`);
  if (half.peer === undefined) miss(`${name} is ${half.connection}`);
  if (half.disk !== 'UpToDate' && half.connection !== 'SyncTarget') miss(`${name} is ${half.disk}`);
}
