/** Questions about a resource that guards and waits ask on the node, in the words of its dialect. */
import { command, type Expectation, type Guard, type WaitFor } from '../../shell/command.ts';
import type { Volume } from '../site.ts';
import { tags } from '../volume/tags.ts';
import { called, volumesWhere } from '../volume/where.ts';
import type { Dialect } from './dialect.ts';
import { justCreated } from './facts.ts';
import { dangerousChange } from './probes.ts';
import { slicePath } from './resource.ts';
import { previewAdjust, window } from './scripts.ts';
import type { Side } from './side.ts';

/** Connection, disks, roles in one line, so that they are of one moment: `Connected UpToDate/UpToDate Secondary/Secondary`. */
const stateScript = 'c=$(drbdadm cstate "$1") && d=$(drbdadm dstate "$1") && r=$(drbdadm role "$1") && echo $c $d $r';

export function state(name: string) {
  return command('sh', '-c', stateScript, 'sh', name);
}

/** What `drbdadm dstate` says while the disk of every replica is so; one that is missing has no word. */
export function disks({ replicas }: Replicated, disk: string): string {
  return replicas.map(() => disk).join('/');
}

type Replicated = Pick<Volume, 'replicas'>;

/**
 * With as many connections and disks as the resource has replicas: 9 lists no connection that was dropped, and its `cstate`
 * has a word for each that there is. Its `role` tells the local one only. (9 is unproven.)
 */
export function stateOf(
  { replicas }: Replicated,
  dialect: Dialect,
  dstate: string,
  role: string,
  peer = 'Secondary',
): Expectation {
  const connections = replicas.slice(1).map(() => 'Connected');
  return { matches: `^${connections.join(' ')} ${dstate} ${dialect === '8.4' ? `${role}/${peer}` : role}$` };
}

/** Of `role`, which on 8.4 says `local/peer`: this side is not Primary, and neither is a peer that it knows of. */
export const secondary: Expectation = { matches: '^Secondary(/(Secondary|Unknown))?$' };

/** For a replica that holds no data: taking it down cuts nobody's data path. On 9 the peer's role is not asked; only ours counts. */
export function usesNoData(name: string, dialect: Dialect): Guard {
  return {
    ask: state(name),
    expect: { matches: dialect === '8.4' ? '^[^ ]+ [^ ]+ Secondary/(Secondary|Unknown)$' : '^([^ ]+ )*Secondary$' },
    proves: `${name} is Secondary here, and no peer uses it (D2)`,
  };
}

/** Roles of 8.4, `here/there`, whoever uses it. */
const oneInUse = '(Primary/Secondary|Secondary/Primary|Secondary/Secondary)';

/** Without a disk here and with good data on every peer, whichever side uses it (D2). (9 is unproven.) */
export function livesOnPeers(volume: Volume, dialect: Dialect): Guard {
  const diskless = `Diskless${volume.replicas
    .slice(1)
    .map(() => '/UpToDate')
    .join('')}`;
  return {
    ask: state(volume.name),
    expect:
      dialect === '8.4'
        ? { matches: `^Connected ${diskless} ${oneInUse}$` }
        : stateOf(volume, dialect, diskless, '(Primary|Secondary)'),
    proves: `${volume.name} has no disk here and is connected to good data on every peer (D2, K4)`,
  };
}

export function isNew(volume: Volume, dialect: Dialect): Guard {
  return {
    ask: state(volume.name),
    expect: stateOf(volume, dialect, disks(volume, 'Inconsistent'), 'Secondary'),
    proves: `${volume.name} is connected, nobody is Primary, and no half has data (K1, K2)`,
  };
}

/**
 * D2, of connection, disks and roles in one line: both halves good; or this one is the source of a sync that runs, so that
 * its data are the good ones. Nobody else is Primary.
 */
export function goodState({ replicas }: Replicated, dialect: Dialect): string {
  const connections = replicas.slice(1).map(() => 'Connected');
  const peers = replicas.slice(1).map(() => '/(UpToDate|Inconsistent)');
  return dialect === '8.4'
    ? '^(Connected UpToDate/UpToDate|SyncSource UpToDate/Inconsistent) (Primary|Secondary)/Secondary$'
    : `^${connections.join(' ')} UpToDate${peers.join('')} (Primary|Secondary)$`;
}

/** Asked right before promotion. Just after a connection the two still compare their bitmaps, hence not a guard but a short wait. */
export function untilGood(volume: Volume, dialect: Dialect): WaitFor {
  return {
    do: 'wait',
    what: `${volume.name} is connected and its data here are up to date (D2)`,
    command: state(volume.name),
    until: { matches: goodState(volume, dialect) },
    timeoutSeconds: 60,
    everySeconds: 1,
  };
}

export function isHealthy(volume: Volume, dialect: Dialect): Guard {
  return {
    ask: state(volume.name),
    expect: stateOf(volume, dialect, disks(volume, 'UpToDate'), '(Primary|Secondary)'),
    proves: `${volume.name} is connected and up to date on every node (D2)`,
  };
}

/** As `isHealthy`, on whichever side. (9 is unproven.) */
export function isWhole(volume: Volume, dialect: Dialect): Guard {
  const healthy = isHealthy(volume, dialect);
  const expect = { matches: `^Connected ${disks(volume, 'UpToDate')} ${oneInUse}$` };
  return dialect === '8.4' ? { ...healthy, expect } : healthy;
}

export function onePrimaryAtMost(name: string): Guard {
  return {
    ask: window(name),
    expect: { stdout: '' },
    proves: `no window for two primaries is open on ${name} (D1)`,
  };
}

/** D9, W6: what `adjust` would do is asked right before, in the same shell, and nothing that cuts a data path passes. */
export function mayAdjust(name: string): readonly Guard[] {
  return [
    onePrimaryAtMost(name),
    {
      ask: previewAdjust(name),
      expect: { lacks: dangerousChange },
      proves: `the change cuts neither disk nor connection of ${name} (D9)`,
    },
  ];
}

export function metadataIsNew(name: string): Guard {
  return {
    ask: command('drbdadm', 'get-gi', name),
    expect: { matches: `^${justCreated}:` },
    proves: `the metadata of ${name} are fresh and no data was ever written through them (K1)`,
  };
}

/** Exactly this slice where it was there at plan time; in any case one with these tags and without those (C3). */
export function sliceIs(
  { name, group }: Volume,
  { slice }: Side,
  tagged: readonly string[],
  untagged: readonly string[],
  unused: boolean,
): Guard {
  const identity = slice === undefined ? [] : [`lv_uuid=${slice.uuid}`];
  const marks = [...tagged.map((tag) => `lv_tags=${tag}`), ...untagged.map((tag) => `lv_tags!=${tag}`)];
  const open = unused ? ['lv_device_open=0'] : [];
  return {
    ask: volumesWhere('lv_name', called({ group, name }), ...identity, ...marks, ...open),
    expect: { stdout: name },
    proves: `${group}/${name} is ${slice === undefined ? 'a slice that was made for this replica' : 'the slice that the plan saw'}${unused ? ' and open to nobody' : ''} (C3)`,
  };
}

/**
 * C2, X1: what somebody writes on the slice itself, DRBD would neither see nor copy, and Xen opens it shared. A wait
 * and no guard, because udev looks at a slice that `create-md` wrote on; on a node that is overloaded, `lvs` alone took 10 s.
 */
export function untilUnused(volume: Volume, side: Side): WaitFor {
  const { ask, expect, proves } = sliceIs(volume, side, [tags.ours], [tags.unfinished], true);
  return { do: 'wait', what: proves, command: ask, until: expect, timeoutSeconds: 60, everySeconds: 1 };
}

/** D3: nothing that anybody could want back. What lvcreate left was erased when the slice was made. */
export function sliceIsBlank(volume: Volume): readonly Guard[] {
  const path = slicePath(volume);
  return [
    {
      ask: command('wipefs', '--no-act', '--noheadings', path),
      expect: { stdout: '' },
      proves: `${path} bears no signature, DRBD's own included (C1, D3)`,
    },
    {
      ask: command('blkid', '-p', '-s', 'PTTYPE', '-o', 'value', path),
      expect: { exit: 2 },
      proves: `${path} has no partition table (C1)`,
    },
  ];
}

export function neverSeeded(volume: Volume, side: Side, zero: boolean): Guard {
  return sliceIs(
    volume,
    side,
    [tags.ours, tags.unseeded, ...(zero ? [tags.zero] : [])],
    [tags.unfinished, tags.seeded],
    false,
  );
}

export function connected(name: string, dialect: Dialect): WaitFor {
  const syncing = '(Connected|SyncSource|SyncTarget|PausedSyncS|PausedSyncT|VerifyS|VerifyT)';
  return {
    do: 'wait',
    what: `${name} is connected to its ${dialect === '8.4' ? 'peer' : 'peers'}`,
    command: command('drbdadm', 'cstate', name),
    until: dialect === '8.4' ? { matches: `^${syncing}$` } : { lacks: '^[^C]|^C[^o]|^Connecting|^$' },
    timeoutSeconds: 180,
    everySeconds: 1,
  };
}
