/** Why a VM does not simply run. */
import { censusIn, copiesOf } from '../kinds/domain/census.ts';
import { type Copy, isDying, whereabouts } from '../kinds/domain/copies.ts';
import { bootUnit, domainPath } from '../kinds/file/paths.ts';
import { nameOf as backingName } from '../kinds/reach.ts';
import { unknown } from '../kinds/reading.ts';
import type { Vm } from '../kinds/site.ts';
import { formatSize } from '../quantity.ts';
import type { Probe } from '../shell/command.ts';
import type { NodeName } from '../step.ts';
import { domainLogProbe, journalProbe, logProbe } from './asks.ts';
import { type Cause, cause, type Evidence, here, on, type State, state, way } from './cause.ts';
import { nameOf, type Subject } from './subject.ts';
import { isUnreached, linesOf, type View, whyUnreached } from './view.ts';
import { stateWords } from './words.ts';

function whereIs(vm: Vm, { site, facts }: View) {
  const nodes = Object.keys(site.nodes).filter((node) => facts.has(node));
  const census = censusIn(nodes, (node) => facts.get(node)?.domain.domains ?? unknown('it did not answer'));
  const copies = copiesOf(vm, census);
  return { where: whereabouts(vm, copies), copies };
}

export function vmStates(subject: Subject, view: View): readonly State[] {
  const vm = view.site.vms[subject.name];
  if (vm === undefined) return [];
  const { where, copies } = whereIs(vm, view);
  const nodes = [...new Set(copies.map(({ node }) => node))];
  const evidence = copies.map(asEvidence);
  if (where.is === 'twice') return [state('runs-twice', subject, nodes, evidence)];
  if (where.is === 'unclear') return [state('unclear', subject, nodes, evidence)];
  return where.is === 'nowhere' && vm.state === 'running' ? [state('not-running', subject, [vm.home])] : [];
}

function asEvidence({ node, domain }: Copy): Evidence {
  const { name, id, state, uuid } = domain;
  return { node, source: 'xl list', line: `${name} ${id} ${state} ${uuid}` };
}

export function vmAsks({ about, code, nodes }: State, view: View): ReadonlyMap<NodeName, readonly Probe[]> {
  if (about.kind !== 'vm' || code === 'unreached') return new Map();
  const every = [...view.facts.keys()];
  const home = view.site.vms[about.name]?.home ?? '';
  return new Map(
    every.map((node) => [
      node,
      [
        domainLogProbe(about.name),
        ...(node === home ? [journalProbe(bootUnit)] : []),
        ...(nodes.includes(node) ? [logProbe] : []),
      ],
    ]),
  );
}

/** `others`: what is wrong with what it stands on. */
export function explainVm(found: State, view: View, others: readonly State[]): readonly Cause[] | undefined {
  const vm = found.about.kind === 'vm' ? view.site.vms[found.about.name] : undefined;
  if (vm === undefined) return undefined;
  const { copies } = whereIs(vm, view);
  if (found.code === 'runs-twice') return [twice(vm, copies)];
  if (found.code === 'unclear') return copies.map((copy) => unclear(vm, copy));
  return found.code === 'not-running' ? notRunning(vm, view, others) : undefined;
}

function twice({ name }: Vm, copies: readonly Copy[]): Cause {
  const where = copies.map(({ node }) => node).join(' and ');
  return cause('two-copies', 'proven', {
    detail: `Live domains of ${name} are on ${where}: two guests write to one disk at this moment (M6). End one of them now; which one is the right one, only you can know.`,
    evidence: copies.map(asEvidence),
    ways: copies.map(({ node, domain }) =>
      way(
        `To end the one on ${node} at once; what its guest has not written is lost`,
        on(node, `xl destroy ${domain.id}`),
      ),
    ),
  });
}

function unclear({ name, uuid }: Vm, copy: Copy): Cause {
  const { node, domain } = copy;
  const evidence = [asEvidence(copy)];
  const moving = domain.name !== name && domain.name.startsWith(`${name}--`);
  if (moving) {
    const detail = `${domain.name} on ${node} is half of a migration that is under way, or broke off. Touch neither half by hand before it has been settled (M3 to M5).`;
    return cause('move-unfinished', 'proven', {
      detail,
      evidence,
      ways: [way('When no migration runs any more', here(`sanctl migrate ${name} --cleanup`))],
    });
  }
  if (domain.uuid !== uuid) {
    const detail = `The domain ${domain.name} on ${node} is another one: its uuid is ${domain.uuid}, and that of the inventory is ${uuid}.`;
    return cause('name-taken', 'proven', {
      detail,
      evidence,
      ways: [way('Find out what it is before anything else', on(node, `xl list -l ${domain.id}`))],
    });
  }
  if (isDying(domain)) {
    const detail = `${name} ended on ${node} and was not taken apart yet: something still holds its memory or its disks. That may take minutes; it is not started anew before it is gone.`;
    return cause('shutting-down', 'proven', {
      detail,
      evidence,
      ways: [
        way('See what it holds', on(node, `xl list -v; xenstore-ls -f /local/domain/0/backend | grep /${domain.id}/`)),
      ],
    });
  }
  if (domain.state.includes('c')) {
    const detail = `The guest of ${name} on ${node} crashed, and the domain was kept as it is.`;
    return cause('guest-crashed', 'proven', {
      detail,
      evidence,
      ways: [
        way(
          'Keep what it left for those who look for the reason, then end it and start it anew',
          on(node, `xl dump-core ${domain.id} /var/lib/xen/dump/${name}.core`),
          here(`sanctl run vm-destroy --set vm=${name}`),
          here(`sanctl vm start ${name}`),
        ),
      ],
    });
  }
  if (domain.state.includes('p')) {
    const detail = `${name} on ${node} is paused: by hand, or by a migration that broke off. Before it goes on it must be certain that it runs nowhere else, and that its disk was not written by another meanwhile (X2).`;
    return cause('paused', 'proven', {
      detail,
      evidence,
      ways: [
        way('If a migration broke off', here(`sanctl migrate ${name} --cleanup`)),
        way('If somebody paused it by hand', on(node, `xl unpause ${domain.id}`)),
      ],
    });
  }
  const detail = `${name} on ${node} has shut down and is still there (${domain.state}).`;
  return cause('shutting-down', 'likely', {
    detail,
    evidence,
    ways: [way('See what it waits for', on(node, `xl list -v; tail /var/log/xen/xl-${name}.log`))],
  });
}

function notRunning(vm: Vm, view: View, others: readonly State[]): readonly Cause[] {
  const { name, home } = vm;
  const blind = Object.keys(view.site.nodes).filter((node) => view.facts.get(node)?.domain.domains.known !== true);
  const elsewhere = blind.map((node) =>
    cause('node-unreached', node === home && isUnreached(node, view) ? 'likely' : 'undecided', {
      detail:
        node === home
          ? `${home}, the home of ${name}, did not say what runs there: it may be off, and then ${name} is off with it; or it runs there all the same.`
          : `${node} did not say what runs there; ${name} may. It must not be started elsewhere before that is known (X1).`,
      evidence: [isUnreached(node, view) ? whyUnreached(node, view) : whyUnread(node, view)],
      ways: [way(`Bring ${node} back and look`, here('sanctl vm list'))],
    }),
  );
  if (isUnreached(home, view)) return elsewhere;
  return [...disks(vm, others), ...place(vm, view), ...ended(vm, view), ...boot(vm, view), ...elsewhere];
}

function whyUnread(node: NodeName, { facts }: View): Evidence {
  const domains = facts.get(node)?.domain.domains;
  return { node, source: 'domains', line: domains?.known === false ? domains.why : 'they were not read' };
}

/** States of a disk with which nobody may start (D2), or nothing can be read. */
const harmless: ReadonlySet<string> = new Set(['paused', 'differs']);

function disks({ name, disks }: Vm, others: readonly State[]): readonly Cause[] {
  const bad = others.filter(({ about, code }) => about.kind !== 'vm' && about.kind !== 'node' && !harmless.has(code));
  if (bad.length === 0) return [];
  const evidence = bad.flatMap(({ about, code, nodes }) =>
    nodes.map((node) => ({ node, source: nameOf(about), line: stateWords[code] })),
  );
  const detail = `${name} stands on ${disks.map(backingName).join(', ')}, and that is not in order: see below. It is not started before it is.`;
  return [cause('disk-not-ready', 'likely', { detail, evidence })];
}

/** What its home must have. */
function place({ name, home, memory }: Vm, view: View): readonly Cause[] {
  const have = view.facts.get(home);
  const xen = have?.host.xen;
  const file = have?.file.files[domainPath(name)];
  const found: Cause[] = [];
  if (xen?.known === true && xen.value === 'absent') {
    const detail = `${home} did not boot under Xen, so that no guest can run there.`;
    found.push(
      cause('no-hypervisor', 'proven', {
        detail,
        evidence: [{ node: home, source: 'xl info', line: 'no hypervisor' }],
        ways: [way('Boot it with Xen', on(home, 'ls /boot/xen*; grep -i xen /boot/grub/grub.cfg | head'))],
      }),
    );
  }
  if (xen?.known === true && xen.value !== 'absent' && xen.value.freeMemoryBytes < memory.bytes) {
    const detail = `${name} wants ${formatSize(memory.bytes)}, and ${home} has ${formatSize(xen.value.freeMemoryBytes)} free.`;
    found.push(
      cause('no-memory', 'proven', {
        detail,
        evidence: [
          { node: home, source: 'xl info', line: `free_memory: ${Math.floor(xen.value.freeMemoryBytes / 2 ** 20)}` },
        ],
        ways: [way('See who has it, and move or stop one', here('sanctl vm list'), on(home, 'xl list'))],
      }),
    );
  }
  if (file?.known === true && file.value === 'absent') {
    const detail = `${domainPath(name)} is not on ${home}: the inventory was not applied since it asks for ${name}.`;
    found.push(
      cause('no-file', 'proven', {
        detail,
        evidence: [{ node: home, source: 'find', line: `no ${domainPath(name)}` }],
        ways: [way('To make it, and start it', here('sanctl plan'), here('sanctl apply'))],
      }),
    );
  }
  return found;
}

/** xl(1), libxl: 0 is a power-off, 1 a reboot, 2 a suspend, 3 a crash, 4 the watchdog. */
const endings: Readonly<Record<string, 'guest-ended' | 'guest-crashed'>> = {
  '0': 'guest-ended',
  '3': 'guest-crashed',
  '4': 'guest-crashed',
};

function ended({ name }: Vm, view: View): readonly Cause[] {
  return [...view.facts.keys()].flatMap((node) => {
    const line = linesOf(view, node, domainLogProbe(name).name).findLast((one) =>
      /shut down, reason code \d+/.test(one),
    );
    const code = endings[/reason code (\d+)/.exec(line ?? '')?.[1] ?? ''];
    if (line === undefined || code === undefined) return [];
    const how = code === 'guest-ended' ? 'shut itself down, or was asked to' : 'crashed';
    const detail = `The last domain of ${name} on ${node} ${how}. The log has no times; whether that was the last that happened to it, the console of the guest tells.`;
    const ways = [
      ...(code === 'guest-crashed'
        ? [way('See what it said last', on(node, `tail -n 50 /var/log/xen/console/guest-${name}.log`))]
        : []),
      way('To start it, where it is proven to run nowhere else', here(`sanctl vm start ${name}`)),
    ];
    return [cause(code, 'likely', { detail, evidence: [{ node, source: `/var/log/xen/xl-${name}.log`, line }], ways })];
  });
}

function boot({ name, home, autostart }: Vm, view: View): readonly Cause[] {
  const said = linesOf(view, home, journalProbe(bootUnit).name).filter((line) => line.includes(`sanctl: ${name} `));
  const last = said.at(-1);
  const ways = [way('To start it, where it is proven to run nowhere else', here(`sanctl vm start ${name}`))];
  if (last !== undefined && /waits:|is not started/.test(last)) {
    const evidence = said.slice(-3).map((line) => ({ node: home, source: `journal of ${bootUnit}`, line }));
    const detail = `${home} did not start ${name} by itself when it booted, and says why.`;
    return [cause('boot-waits', 'proven', { detail, evidence, ways })];
  }
  const uptime = view.facts.get(home)?.host.uptimeSeconds;
  const line =
    uptime?.known === true
      ? [{ node: home, source: '/proc/uptime', line: `${Math.floor(uptime.value)} seconds since the boot` }]
      : [];
  const detail =
    autostart === 'never'
      ? `${home} does not start ${name} by itself (\`autostart: never\`): after a boot, or a stop, somebody has to.`
      : `Nothing says that ${name} was started since ${home} booted.`;
  return [cause('not-started', 'possible', { detail, evidence: line, ways })];
}
