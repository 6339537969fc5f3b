/** Who has a mirror open where its VM does not run; and why one is not up. */
import { bootUnit, drbdPath } from '../../kinds/file/paths.ts';
import type { Volume } from '../../kinds/site.ts';
import type { NodeName } from '../../step.ts';
import { journalProbe, usersProbe } from '../asks.ts';
import { type Cause, cause, type Evidence, here, on, type State, type Told, type Way, way } from '../cause.ts';
import { sliceOn } from '../slice.ts';
import { linesOf, type View } from '../view.ts';
import { devicePathOf, type Mirror, type Replica } from './resource.ts';

export function heldOpen(found: State, { volume, replicas }: Mirror, view: View): readonly Cause[] {
  return replicas
    .filter(({ node }) => found.nodes.includes(node))
    .map((replica) => {
      const { node } = replica;
      const users = usersOf(replica, view);
      const demote = on(node, `drbdadm secondary ${volume.name}`);
      if (users.length === 0) {
        const detail = `${volume.name} is Primary on ${node}, its VM does not run there, and nobody was found who has it open: it was promoted by hand, or what used it is gone.`;
        return cause('left-primary', 'likely', {
          detail,
          evidence: [],
          ways: [way('To give it free; DRBD refuses while somebody has it open', demote)],
        });
      }
      const evidence = users.map(({ evidence }) => evidence);
      const detail = `On ${node}, ${users.map(({ who }) => who).join(', ')} ${users.length === 1 ? 'has' : 'have'} ${devicePathOf(replica) ?? volume.name} open.`;
      const ways = [way('When that is not needed there', ...users.flatMap(({ ends }) => ends), demote)];
      return cause('opened-by', 'proven', { detail, evidence, ways });
    });
}

interface User {
  readonly who: string;
  readonly evidence: Evidence;
  /** How it is ended, where that is plain. */
  readonly ends: readonly Told[];
}

function usersOf(replica: Replica, view: View): readonly User[] {
  const { node } = replica;
  const device = devicePathOf(replica);
  if (device === undefined) return [];
  const listed = linesOf(view, node, usersProbe(device).name).map((line): User => {
    const [sort = '', ...words] = line.split(' ');
    const rest = words.join(' ');
    return {
      who: whoIs(sort, rest),
      evidence: { node, source: `users of ${device}`, line },
      ends: endOf(sort, rest).map((command) => on(node, command)),
    };
  });
  const domains = view.facts.get(node)?.domain.domains;
  const guests = (domains?.known === true ? domains.value : [])
    .filter(({ disks }) => disks?.some(({ target }) => target === device) === true)
    .map(
      ({ name, id, state }): User => ({
        who: `the domain ${name}`,
        evidence: { node, source: 'xl list', line: `${name} (domid ${id}, ${state})` },
        ends: [on(node, `xl shutdown ${id}`)],
      }),
    );
  const known = new Set(domains?.known === true ? domains.value.map(({ id }) => `domain ${id}`) : []);
  return [...guests, ...listed.filter(({ evidence }) => !known.has(evidence.line))];
}

function whoIs(sort: string, rest: string): string {
  switch (sort) {
    case 'mount':
      return `the file system mounted on ${rest}`;
    case 'swap':
      return 'swap space';
    case 'device':
      return `the device ${rest}, which is built on it,`;
    case 'process': {
      const [pid, ...program] = rest.split(' ');
      return `${program.join(' ')} (process ${pid})`;
    }
    default:
      return `the domain with number ${rest}, of which Xen has left-overs,`;
  }
}

function endOf(sort: string, rest: string): readonly string[] {
  if (sort === 'mount') return [`umount ${rest}`];
  if (sort === 'swap') return [`swapoff ${rest}`];
  if (sort === 'device') return [`lsblk /dev/${rest}`];
  return sort === 'process' ? [`ps -f -p ${rest.split(' ')[0]}`] : [];
}

/**
 * How it is brought up. C2, X1: not while somebody has the slice open past DRBD, which would neither see nor copy what is
 * written there, and may overwrite it from the peer.
 */
export function bringUp({ name, group }: Volume, node: NodeName, view: View): readonly Way[] {
  const slice = sliceOn(node, group, name, view);
  const path = `/dev/${group}/${name}`;
  if (slice !== undefined && slice !== 'absent' && slice.open)
    return [
      way(
        `Do not bring it up: somebody has ${path} open past DRBD, and what is written there its peer does not get. Find out who, and whether those data count`,
        on(node, `xl list -l | grep ${path}; lsblk ${path}; fuser -v ${path}`),
      ),
    ];
  return [
    way('To bring it up as it is wished', here('sanctl plan'), here('sanctl apply')),
    way('By hand, as Secondary', on(node, `drbdadm up ${name}`)),
  ];
}

/** The boot service brings up what VMs that start by themselves stand on; everything else is for `apply`, or a person. */
export function down(found: State, { volume }: Mirror, view: View): readonly Cause[] {
  return found.nodes.map((node) => {
    const have = view.facts.get(node);
    const file = have?.file.files[drbdPath(volume.name)];
    const evidence: Evidence[] = [];
    if (file?.known === true && file.value === 'absent') {
      const line = `${drbdPath(volume.name)} is not there`;
      const detail = `${volume.name} has no file on ${node}: the inventory was not applied since it asks for it.`;
      return cause('not-applied', 'proven', {
        detail,
        evidence: [{ node, source: 'find', line }],
        ways: [way('To make it', here('sanctl plan'), here('sanctl apply'))],
      });
    }
    const uptime = have?.host.uptimeSeconds;
    if (uptime?.known === true)
      evidence.push({ node, source: '/proc/uptime', line: `${Math.floor(uptime.value)} seconds since the boot` });
    const module = have?.drbd.kernel;
    if (module?.known === true && !module.value.loaded)
      evidence.push({ node, source: '/sys/module', line: 'the module drbd is not loaded' });
    const said = linesOf(view, node, journalProbe(bootUnit).name).filter((line) => line.includes(volume.name));
    evidence.push(...said.slice(-3).map((line) => ({ node, source: `journal of ${bootUnit}`, line })));
    const detail = `${volume.name} is configured on ${node}, and not up: the node booted since and nobody brought it up, or somebody took it down.`;
    const ways = bringUp(volume, node, view);
    return cause('not-brought-up', said.length > 0 ? 'proven' : 'likely', { detail, evidence, ways });
  });
}
