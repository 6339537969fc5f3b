/** Debian packages: one thing for each node, so that all that is missing comes with one apt call. Nothing is upgraded. */
import { type Diagnostic, error } from '../../diagnostic.ts';
import { command, type Probe, run } from '../../shell/command.ts';
import type { NodeName } from '../../step.ts';
import { installPackages, proveNewPackages } from '../force.ts';
import { hostAddress } from '../host/index.ts';
import type { Kind, Thing } from '../kind.ts';
import { known, unreadable } from '../reading.ts';
import type { Site } from '../site.ts';
import { asWished, refuse, steps, type Verdict } from '../verdict.ts';
import type { World } from '../world.ts';
import type { PackageFacts, PackageState } from './facts.ts';
import { parse } from './parse.ts';
import { wantedPackages } from './wanted.ts';

interface PackageWant {
  readonly packages: readonly string[];
}

/** What a thing on a node needs when it needs any program that Debian does not always have. */
export function packageAddress(node: NodeName): string {
  return `package/debian@${node}`;
}

/** `before`: what must be so before any is installed. */
export function packageThing(site: Site, node: NodeName, before: readonly string[]): Thing<PackageWant> {
  return {
    kind: 'package',
    name: 'debian',
    nodes: [node],
    want: { packages: wantedPackages(site, node) },
    needs: [hostAddress(node), ...before],
  };
}

/** Whether this package is proven not to be installed, so that what it brings is proven not to be there. */
export function isMissing(world: World, node: NodeName, name: string): boolean {
  const { packages } = world.have('package', node);
  return packages.known && packages.value[name]?.status !== 'installed';
}

export const packages: Kind<PackageWant, PackageFacts> = {
  name: 'package',
  summary: 'Debian packages that the rest needs; installed, never upgraded',
  expand: (site) => Object.keys(site.nodes).map((node) => packageThing(site, node, [])),
  probes: (site, node) => probes(wantedPackages(site, node)),
  parse: (outputs, site, node) => parse(outputs, wantedPackages(site, node)),
  blank: (site, node) => ({
    packages: known({}),
    candidates: known(Object.fromEntries(wantedPackages(site, node).map((name) => [name, 'offline']))),
  }),
  stable: ({ packages: installed }) => installed,
  plan,
};

/** Opening apt's lists takes seconds on a slow node, and what is installed is not upgraded. */
export const candidatesScript = `installed=$(dpkg-query --show --showformat='\${db:Status-Status}\\n' -- "$@" 2>/dev/null | grep -cx installed)
[ "$installed" = "$#" ] || exec apt-cache policy -- "$@"`;

function probes(names: readonly string[]): readonly Probe[] {
  if (names.length === 0) return [];
  // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query's own format
  const format = '${Package}\\t${db:Status-Want}\\t${db:Status-Eflag}\\t${db:Status-Status}\\t${Version}\\n';
  return [
    { name: 'package.installed', command: command('dpkg-query', '--show', `--showformat=${format}`, '--', ...names) },
    { name: 'package.candidates', command: command('sh', '-c', candidatesScript, 'sh', ...names) },
  ];
}

function plan(thing: Thing<PackageWant>, world: World): Verdict {
  const [node] = thing.nodes;
  if (node === undefined || thing.want.packages.length === 0) return asWished;
  const have = world.have('package', node);
  if (!have.packages.known) return refuse(unreadable('package/debian', node, have.packages.why));
  const states = have.packages.value;
  const missing = thing.want.packages.filter((name) => states[name]?.status !== 'installed');
  if (missing.length === 0) return asWished;
  if (!have.candidates.known) return refuse(unreadable('package/debian', node, have.candidates.why));
  const proof = proveNewPackages(missing, states);
  if (proof === undefined) return refuse(...missing.flatMap((name) => broken(node, name, states[name])));
  const candidates = have.candidates.value;
  const unheard = missing.filter((name) => candidates[name] === undefined);
  return steps({
    verb: 'install',
    node,
    title: `install ${missing.join(', ')}`,
    danger: 'none',
    guards: [],
    actions: [...(unheard.length > 0 ? [run('apt-get', 'update')] : []), installPackages(proof)],
    reason: `the inventory needs ${missing.length === 1 ? 'a package' : 'packages'} that ${node} does not have`,
  });
}

function broken(node: NodeName, name: string, state: PackageState | undefined): readonly Diagnostic[] {
  if (state === undefined || (state.error === 'ok' && ['not-installed', 'config-files'].includes(state.status)))
    return [];
  const detail = `dpkg on ${node} says of ${name}: ${state.want} ${state.error} ${state.status}.`;
  return [
    error('package/broken', 'A package is in a state that sanctl leaves alone', detail, {
      help: 'Look at it by hand: `dpkg --configure --pending`, `apt-get check`, `apt-mark showhold`; then plan again.',
    }),
  ];
}
