/** Kernel modules: loaded now, and at boot by a file that systemd-modules-load reads; with parameters of our own. */
import { error } from '../../diagnostic.ts';
import { command, type ProbeOutputs, run } from '../../shell/command.ts';
import type { NodeName } from '../../step.ts';
import { moduleOptionsPath, modulesPath } from '../file/paths.ts';
import { fileThing } from '../file/thing.ts';
import { hostAddress } from '../host/index.ts';
import type { Kind, Thing } from '../kind.ts';
import { mayImport, onNode } from '../on-node.ts';
import { packageAddress } from '../package/index.ts';
import { answer, failure, known, type Reading, read, success, unknown, unreadable } from '../reading.ts';
import type { Site } from '../site.ts';
import { asWished, refuse, steps, type Verdict } from '../verdict.ts';
import type { World } from '../world.ts';
import type { ModuleFacts, ModuleFile } from './facts.ts';
import { optionLines, parameterProbes, parseParameters, planParameters } from './parameters.ts';

interface ModuleWant {
  readonly module: string;
}

export const module: Kind<ModuleWant, ModuleFacts> = {
  name: 'module',
  summary: 'Kernel modules, loaded now and at boot',
  expand: (site) => Object.keys(site.nodes).flatMap((node) => things(wantedModules(site, node), node)),
  probes: (site, node) => {
    const names = wantedModules(site, node);
    const files = names.map((name) => ({
      name: `module.file:${name}`,
      command: command('modinfo', '-F', 'version', name),
    }));
    const loaded = { name: 'module.loaded', command: command('ls', '/sys/module') };
    return names.length === 0 ? [] : [loaded, ...files, ...parameterProbes(names)];
  },
  parse: (outputs, site, node) => parse(outputs, wantedModules(site, node)),
  blank: (site, node) => ({
    loaded: known([]),
    files: Object.fromEntries(wantedModules(site, node).map((name) => [name, known({ version: '' })])),
    parameters: {},
  }),
  stable: ({ loaded, files, parameters }) => ({
    loaded: loaded.known ? loaded.value.filter((name) => name in files) : loaded,
    files,
    parameters,
  }),
  plan,
};

/** Modules that a node needs for what the inventory asks of it. */
export function wantedModules(site: Site, node: NodeName): readonly string[] {
  const { replicated } = onNode(site, node);
  return [...(replicated.length > 0 ? ['drbd'] : []), ...(mayImport(site, node).length > 0 ? ['nbd'] : [])];
}

/** What a thing needs that needs this module. */
export function moduleAddress(name: string, node: NodeName): string {
  return `module/${name}@${node}`;
}

function things(names: readonly string[], node: NodeName): readonly Thing[] {
  if (names.length === 0) return [];
  const content = [`# Written by sanctl: kernel modules that the inventory needs.\n${names.join('\n')}\n`];
  const boot = fileThing(node, { path: modulesPath, content, mode: '0644' }, [hostAddress(node)]);
  const options = fileThing(node, { path: moduleOptionsPath, content: optionLines(names), mode: '0644' }, [
    hostAddress(node),
  ]);
  const loaded = names.map((name) => ({
    kind: 'module',
    name,
    nodes: [node],
    want: { module: name },
    // A module without its tools could not be asked what it does, and no package would be installed beside what nobody knows.
    needs: [
      hostAddress(node),
      packageAddress(node),
      ...[boot, options].map((file) => `${file.kind}/${file.name}@${node}`),
    ],
  }));
  return [boot, options, ...loaded];
}

function parse(outputs: ProbeOutputs, names: readonly string[]): ModuleFacts {
  if (names.length === 0) return { loaded: known([]), files: {}, parameters: {} };
  return {
    loaded: read(success(outputs, 'module.loaded'), 'module.loaded', (text) => {
      const loaded = text.split('\n').filter((line) => line !== '');
      return loaded.length === 0 ? undefined : loaded;
    }),
    files: Object.fromEntries(names.map((name) => [name, parseFile(outputs, `module.file:${name}`)])),
    parameters: parseParameters(outputs, names),
  };
}

function parseFile(outputs: ProbeOutputs, probe: string): Reading<ModuleFile | 'absent'> {
  const reading = answer(outputs, probe);
  if (!reading.known) return reading;
  const { code, stdout, stderr } = reading.value;
  if (code === 0) return known({ version: stdout.trim() });
  return code === 1 && /: Module \S+ not found\.$/m.test(stderr)
    ? known('absent')
    : unknown(failure(probe, reading.value));
}

function plan({ nodes: [node], want: { module } }: Thing<ModuleWant>, world: World): Verdict {
  if (node === undefined) return asWished;
  const { loaded, files, parameters } = world.have('module', node);
  const file = files[module] ?? unknown('it was not asked for');
  if (!loaded.known) return refuse(unreadable(`module/${module}`, node, loaded.why));
  if (loaded.value.includes(module)) return planParameters(module, node, parameters);
  if (!file.known) return refuse(unreadable(`module/${module}`, node, file.why));
  if (file.value === 'absent') return refuse(missing(module, node));
  return steps({
    verb: 'load',
    node,
    title: `load the kernel module ${module}`,
    danger: 'none',
    guards: [],
    actions: [run('modprobe', module)],
    reason: `${module} is not loaded`,
  });
}

function missing(name: string, node: NodeName) {
  return error(
    'module/missing',
    'The running kernel lacks a module',
    `${node} has no module ${name} for the kernel that runs.`,
    {
      help: 'A kernel that was upgraded needs a reboot; otherwise install the package that has the module (Debian: `linux-image-amd64`).',
    },
  );
}
