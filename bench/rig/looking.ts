/**
 * A no-change run of sanctl against machines that have neither LVM nor DRBD: a kind of one's own, each of whose things is a
 * cheap idempotent operation that finds its file, user or package as wished. Everything around it is sanctl's own: transport,
 * observe, plan. The same argv go into the baselines.
 */

import type { Kind, Thing } from '../../src/kinds/kind.ts';
import type { Node, Site } from '../../src/kinds/site.ts';
import { asWished } from '../../src/kinds/verdict.ts';
import type { World } from '../../src/kinds/world.ts';
import { observe } from '../../src/observe/observe.ts';
import { makePlan } from '../../src/plan/make.ts';
import type { PlanOptions } from '../../src/plan/plan.ts';
import type { Argv } from '../../src/shell/command.ts';
import { commandLine } from '../../src/shell/quote.ts';
import { connect as openLine } from '../../src/stages/line.ts';
import { secretsOf } from '../../src/transport/secrets.ts';
import { sshTransport } from '../../src/transport/ssh.ts';
import { blankSite } from '../../test/blank-site.ts';
import type { SshdRig } from './sshd.ts';

const operations: readonly Argv[] = [
  ['stat', '-c', '%a %U', '/etc/passwd'],
  ['sha256sum', '/etc/hostname'],
  ['grep', '-c', '^root:', '/etc/passwd'],
  ['test', '-d', '/var/lib'],
];

/** The four, again and again. */
export function tasks(count: number): readonly Argv[] {
  return Array.from({ length: count }, (_, at) => operations[at % operations.length] ?? ['true']);
}

/** As somebody would write it by hand for one exec. */
export function byHand(argvs: readonly Argv[]): string {
  return argvs.map((argv) => commandLine(argv)).join('; ');
}

export function siteOf(rig: SshdRig, ports: readonly number[]): Site {
  const nodes: readonly Node[] = ports.map((port, at) => ({
    name: `n${at + 1}`,
    address: '127.0.0.1',
    ssh: {
      host: '127.0.0.1',
      port,
      user: rig.user,
      identityFile: rig.identityFile,
      knownHostsFile: rig.knownHostsFile,
    },
  }));
  return {
    ...blankSite,
    name: 'bench',
    nodes: Object.fromEntries(nodes.map((node) => [node.name, node])),
  };
}

const options: PlanOptions = { only: [], without: [], allowDestroy: [], adopt: [], waitSync: false };

/** Cold: connects, observes, plans, finds nothing to do, leaves. Throws when anything is not as wished. */
export async function noChangeRun(site: Site, argvs: readonly Argv[]): Promise<void> {
  const kinds = [looking(argvs)];
  const transport = sshTransport({ secrets: secretsOf({}), acceptNewHostKeys: false });
  const line = await openLine(transport, Object.values(site.nodes));
  if (!line.ok) throw new Error(JSON.stringify(line.diagnostics));
  const facts = await observe(kinds, site, line.value.connections);
  if (!facts.ok) throw new Error(JSON.stringify(facts.diagnostics));
  const made = makePlan({
    kinds,
    site,
    facts: facts.value.facts,
    options,
    offline: false,
    render: () => [],
    digest: () => undefined,
  });
  line.value.close();
  if (!made.ok || made.value.steps.length > 0) throw new Error('a run that was to change nothing has something to do');
}

/** One thing for each task and node. It stands where a kind of sanctl's would, so it bears the name of one. */
function looking(argvs: readonly Argv[]): Kind {
  const name = 'host';
  return {
    name,
    summary: 'Things of the benchmark',
    expand: (site) =>
      Object.keys(site.nodes).flatMap((node) =>
        argvs.map((_, at) => ({ kind: name, name: `task-${at}`, nodes: [node], want: at, needs: [] })),
      ),
    probes: () => argvs.map((argv, at) => ({ name: `host.task:${at}`, command: { argv } })),
    parse: (outputs) => argvs.map((_, at) => outputs.get(`host.task:${at}`)?.code),
    blank: () => [],
    stable: (have) => have,
    plan({ nodes: [node = ''], want }: Thing, world: World) {
      const codes = world.have(name, node) as unknown as readonly (number | undefined)[];
      if (codes[Number(want)] !== 0) throw new Error(`task ${Number(want)} on ${node}: ${codes[Number(want)]}`);
      return asWished;
    },
  };
}
