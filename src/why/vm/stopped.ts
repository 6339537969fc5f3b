/** Why a VM runs nowhere, as far as that is known. */
import { bootUnit } from '../../kinds/file/paths.ts';
import { nameOf as backingName } from '../../kinds/reach.ts';
import type { Vm } from '../../kinds/site.ts';
import type { NodeName } from '../../step.ts';
import { journalProbe } from '../asks.ts';
import { type Cause, cause, type Evidence, here, type State, way } from '../cause.ts';
import { nameOf } from '../subject.ts';
import { isUnreached, linesOf, type View, whyUnreached } from '../view.ts';
import { stateWords } from '../words.ts';
import { ended, place } from './home.ts';
import { unreadFor } from './states.ts';

export function notRunning(vm: Vm, view: View, others: readonly State[]): readonly Cause[] {
  const { name, home } = vm;
  const blind = unreadFor(view);
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
