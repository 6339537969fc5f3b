/** How every array is, and how far a rebuild has come. Pure. */
import { type Diagnostic, warning } from '../../diagnostic.ts';
import { formatSize } from '../../quantity.ts';
import { figure, type Health, type Level, type Looked, type Row } from '../health.ts';
import type { RaidArray } from '../site/array.ts';
import { degraded, failed, notRunning } from './refusals.ts';
import { type ArrayStatus, isLacking, statusOf } from './status.ts';

export function health({ site, facts, held }: Looked): Health {
  const { arrays, problems } = statusOf(site, facts);
  const findings = arrays.flatMap((one) => {
    const array = site.arrays[one.name];
    return array === undefined || held.has(one.node) ? [] : findingsOf(one, array);
  });
  return { rows: arrays.map(rowOf), findings: [...problems, ...findings] };
}

const levels: Readonly<Record<ArrayStatus['state'], Level>> = {
  failed: 'broken',
  stopped: 'broken',
  unknown: 'unknown',
  degraded: 'weak',
  'read-only': 'weak',
  clean: 'fine',
};

function rowOf(one: ArrayStatus): Row {
  const { name, node, state, level, action, done, speed, members, bytes, mismatches } = one;
  const others = members.filter((member) => member.state !== 'in sync');
  const far = done === undefined ? '' : ` ${Math.floor(done * 100)} %`;
  return {
    section: 'array',
    name,
    nodes: [node],
    level: state === 'clean' && action !== undefined ? 'busy' : levels[state],
    state: action === undefined ? state : `${state}, ${action}${far}`,
    detail: [
      `${level} on ${node}`,
      ...(speed === undefined || action === undefined ? [] : [`${formatSize(speed)}/s`]),
      ...(bytes === undefined ? [] : [formatSize(bytes)]),
      ...others.map((member) => `${member.path} ${member.state}`),
      ...(mismatches === 0 ? [] : [`${mismatches} mismatches`]),
    ],
    figures:
      state === 'unknown' || state === 'stopped'
        ? []
        : [figure('array_missing_members', members.filter(isLacking).length), figure('array_mismatches', mismatches)],
  };
}

function findingsOf({ name, node, state, members, mismatches }: ArrayStatus, array: RaidArray): readonly Diagnostic[] {
  const away = members.filter(isLacking).map((member) => `${member.path} is ${member.state}`);
  return [
    ...(state === 'stopped' ? [notRunning(array)] : []),
    ...(state === 'failed' ? [failed(array)] : []),
    ...(state === 'degraded' ? [degraded(array, away)] : []),
    ...(mismatches > 0 ? [differs(name, node, mismatches)] : []),
  ];
}

/** R9. */
function differs(name: string, node: string, mismatches: number): Diagnostic {
  return warning(
    'array/mismatches',
    'A check of an array found differences',
    `array/${name} on ${node}: ${mismatches} sectors differ (R9).`,
    { help: 'Find out which member is wrong before anybody repairs it: `dmesg` and the disks below tell.' },
  );
}
