/**
 * systemd units that would act behind sanctl's back at boot, and the one that acts for it. They are disabled, never stopped: to stop
 * xendomains saves every running domain to a file, and to stop drbd takes the disks away under the guests. Nor is one started.
 */
import { error, warning } from '../../diagnostic.ts';
import { command, type ProbeOutputs, run } from '../../shell/command.ts';
import type { NodeName } from '../../step.ts';
import { bootUnit } from '../file/paths.ts';
import type { Kind, Thing } from '../kind.ts';
import { onNode, startsAtBoot } from '../on-node.ts';
import { isMissing, packageAddress } from '../package/index.ts';
import { answer, every, failure, known, type Reading, read, success, unknown, unreadable } from '../reading.ts';
import type { Site } from '../site.ts';
import { asWished, refuse, type StepDraft, steps, type Verdict } from '../verdict.ts';
import type { World } from '../world.ts';
import type { ServiceFacts, UnitState } from './facts.ts';

interface ServiceWant {
  /** `drbd.service`. */
  readonly unit: string;
  readonly enabled: boolean;
  /** The package which brings the unit, when sanctl may be the one who installs it. */
  readonly package?: string;
}

export const service: Kind<ServiceWant, ServiceFacts> = {
  name: 'service',
  summary: 'Units that must not start at boot, because sanctl decides what they would decide; and the one that must',
  expand: (site) =>
    Object.keys(site.nodes).flatMap((node) => unwanted(site, node).map((want) => thing(want, node, []))),
  probes: (site, node) => units(site, node).flatMap(probes),
  parse: (outputs, site, node) => ({
    units: Object.fromEntries(units(site, node).map((unit) => [unit, parseUnit(outputs, unit)])),
  }),
  blank: (site, node) => ({
    units: Object.fromEntries(
      units(site, node).map((unit) => [unit, known({ load: 'not-found', enabled: 'not-found', active: 'inactive' })]),
    ),
  }),
  stable: (have) => have,
  plan,
};

/**
 * xendomains restores saved domains over disks that have moved on since (X8) and starts what sanctl starts; drbd.service
 * runs `drbdadm adjust all` at boot, and may promote by what the files say (D12).
 */
function unwanted(site: Site, node: NodeName): readonly ServiceWant[] {
  const { vms, replicated } = onNode(site, node);
  return [
    ...(vms.length > 0 ? [{ unit: 'xendomains.service', enabled: false } as const] : []),
    ...(replicated.length > 0 ? [{ unit: 'drbd.service', enabled: false, package: 'drbd-utils' } as const] : []),
  ];
}

/** For the kind that writes its files, which come first. */
export function bootService(node: NodeName, files: readonly string[]): Thing {
  return thing({ unit: bootUnit, enabled: true }, node, files);
}

/** All that are asked about. */
function units(site: Site, node: NodeName): readonly string[] {
  const names = unwanted(site, node).map(({ unit }) => unit);
  return startsAtBoot(site, node) ? [...names, bootUnit] : names;
}

function thing(want: ServiceWant, node: NodeName, files: readonly string[]): Thing<ServiceWant> {
  const name = want.unit.replace(/\.service$/, '');
  return { kind: 'service', name, nodes: [node], want, needs: [packageAddress(node), ...files] };
}

function probes(unit: string) {
  return [
    { name: `service.show:${unit}`, command: command('systemctl', 'show', '--property=LoadState,ActiveState', unit) },
    { name: `service.enabled:${unit}`, command: command('systemctl', 'is-enabled', unit) },
  ];
}

/** For a System V script `show` only knows "generated"; `is-enabled` asks the links under /etc/rc?.d (tried, systemd 252). */
function parseUnit(outputs: ProbeOutputs, unit: string): Reading<UnitState> {
  const show = read(success(outputs, `service.show:${unit}`), `service.show:${unit}`, parseShow);
  if (!show.known) return show;
  if (show.value.load === 'not-found') return known({ ...show.value, enabled: 'not-found' });
  const enabled = answer(outputs, `service.enabled:${unit}`);
  if (!enabled.known) return enabled;
  const word = /^([a-z-]+)\n?$/.exec(enabled.value.stdout)?.[1];
  if (word === undefined) return unknown(failure(`service.enabled:${unit}`, enabled.value));
  return known({ ...show.value, enabled: word });
}

function parseShow(text: string): Pick<UnitState, 'load' | 'active'> | undefined {
  const fields = every(
    text.split('\n').filter((line) => line !== ''),
    (line) => {
      const at = line.indexOf('=');
      return at < 0 ? undefined : ([line.slice(0, at), line.slice(at + 1)] as const);
    },
  );
  const { LoadState: load, ActiveState: active } = Object.fromEntries(fields ?? []) as Record<
    string,
    string | undefined
  >;
  return load === undefined || active === undefined ? undefined : { load, active };
}

const off = new Set(['disabled', 'masked', 'masked-runtime', 'static', 'indirect', 'not-found']);

function plan({ nodes: [node], want }: Thing<ServiceWant>, world: World): Verdict {
  if (node === undefined) return asWished;
  const state = world.have('service', node).units[want.unit] ?? unknown('it was not asked for');
  if (!state.known) return refuse(unreadable(`service/${want.unit}`, node, state.why));
  const { enabled, active } = state.value;
  if (want.enabled) return planEnabled(want.unit, node, enabled);
  const comes = enabled === 'not-found' && want.package !== undefined && isMissing(world, node, want.package);
  if (off.has(enabled) && !comes) return asWished;
  return { steps: [disable(want.unit, node)], diagnostics: active === 'active' ? [stillActive(want.unit, node)] : [] };
}

/** Its file is written before. Who masked it does not want it. */
function planEnabled(unit: string, node: NodeName, enabled: string): Verdict {
  if (enabled === 'enabled') return asWished;
  return enabled.startsWith('masked') ? refuse(masked(unit, node)) : steps(enable(unit, node));
}

function enable(unit: string, node: NodeName): StepDraft {
  return {
    verb: 'enable',
    node,
    title: `start ${unit} at boot`,
    danger: 'none',
    guards: [],
    actions: [run('systemctl', 'enable', unit)],
    reason: 'domains are to start when this node boots',
  };
}

function masked(unit: string, node: NodeName) {
  return error('service/masked', 'A unit that is to start at boot is masked', `${unit} on ${node}.`, {
    help: `\`systemctl unmask ${unit}\` there, or \`autostart: never\` in the inventory.`,
  });
}

function disable(unit: string, node: NodeName): StepDraft {
  return {
    verb: 'disable',
    node,
    title: `do not start ${unit} at boot`,
    danger: 'none',
    guards: [],
    actions: [run('systemctl', 'disable', unit)],
    reason: 'sanctl decides what this unit would decide at boot',
  };
}

function stillActive(unit: string, node: NodeName) {
  return warning(
    'service/active',
    'A disabled service is still active',
    `${unit} runs on ${node} until it is stopped or the node goes down; going down, it may save or stop domains.`,
    {
      help: `When nothing runs on ${node} that it could touch: \`systemctl stop ${unit}\`.`,
    },
  );
}
