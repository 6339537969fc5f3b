/** Thin pools of a volume group. */
import { type Diagnostic, error, warning } from '../../diagnostic.ts';
import { formatSize, roundUp } from '../../quantity.ts';
import { command, run } from '../../shell/command.ts';
import type { NodeName } from '../../step.ts';
import type { StepDraft, Verdict } from '../verdict.ts';
import { asWished, refuse, steps } from '../verdict.ts';
import type { LogicalVolume } from '../volume/facts.ts';
import { tags } from '../volume/tags.ts';
import { called, volumesWhere } from '../volume/where.ts';

export interface PoolPlace {
  readonly node: NodeName;
  readonly group: string;
  readonly pool: string;
  readonly bytes: number;
  readonly extentBytes: number;
}

/** `have` is what the group holds under that name now. */
export function planPool(place: PoolPlace, have: LogicalVolume | undefined): Verdict {
  const bytes = roundUp(place.bytes, place.extentBytes);
  if (have === undefined) return steps(create(place, bytes));
  if (have.segmentTypes[0] !== 'thin-pool' || !have.tags.includes(tags.ours)) return refuse(notAPool(place, have));
  if (have.health !== '') return refuse(unhealthy(place, have));
  if (bytes < have.bytes) return refuse(smaller(place, have.bytes));
  const watched = have.monitored ? [] : [unwatched(place)];
  if (bytes === have.bytes) return { ...asWished, diagnostics: watched };
  return { steps: [grow(place, have, bytes)], diagnostics: watched };
}

/** `--zero y`: a new block of a thin volume reads as zero also where it was written in part; K1's `skip` rests on it. */
function create({ node, group, pool }: PoolPlace, bytes: number): StepDraft {
  const options = ['--type', 'thin-pool', '--zero', 'y', '--name', pool, '--size', `${bytes}b`, '--addtag', tags.ours];
  return {
    verb: `create-${pool}`,
    node,
    title: `create thin pool ${group}/${pool} (${formatSize(bytes)})`,
    danger: 'none',
    guards: [
      {
        ask: volumesWhere('lv_uuid', called({ group, name: pool })),
        expect: { stdout: '' },
        proves: `${group} has no volume ${pool}`,
      },
    ],
    actions: [run('lvcreate', ...options, group)],
    reason: `the inventory asks for a thin pool that ${group} does not have`,
  };
}

function grow({ node, group, pool }: PoolPlace, have: LogicalVolume, bytes: number): StepDraft {
  return {
    verb: `grow-${pool}`,
    node,
    title: `grow thin pool ${group}/${pool} to ${formatSize(bytes)}`,
    danger: 'none',
    guards: [
      {
        ask: command('lvs', '--noheadings', '-o', 'lv_uuid', `${group}/${pool}`),
        expect: { stdout: have.uuid },
        proves: `${group}/${pool} is the pool that the plan saw (C3)`,
      },
    ],
    actions: [run('lvextend', '--size', `${bytes}b`, `${group}/${pool}`)],
    reason: `the inventory asks for ${formatSize(bytes)}, the pool has ${formatSize(have.bytes)}`,
  };
}

function notAPool({ node, group, pool }: PoolPlace, have: LogicalVolume): Diagnostic {
  const what = `${have.segmentTypes.join(', ')}, tags ${have.tags.join(', ') || 'none'}`;
  return error(
    'volumeGroup/not-a-pool',
    'A name is taken by another volume',
    `${group}/${pool} on ${node} is no thin pool of sanctl's: ${what}.`,
    {
      help: 'Give the pool another name in the inventory.',
    },
  );
}

function unhealthy({ node, group, pool }: PoolPlace, have: LogicalVolume): Diagnostic {
  return error(
    'volumeGroup/unhealthy',
    'A volume group is not healthy',
    `${group}/${pool} on ${node}: ${have.health} (L5, L8).`,
    {
      help: `\`lvs -a -o+lv_health_status ${group}\` tells more. Repair it by hand, then plan again.`,
    },
  );
}

function smaller({ node, group, pool, bytes }: PoolPlace, have: number): Diagnostic {
  return error(
    'volumeGroup/pool-smaller',
    'A thin pool cannot become smaller',
    `${group}/${pool} on ${node} has ${formatSize(have)}; the inventory asks for ${formatSize(bytes)}.`,
    {
      help: `Write at least ${formatSize(have)} into the inventory.`,
    },
  );
}

/** L5: a full pool means I/O errors in every guest on it. */
function unwatched({ node, group, pool }: PoolPlace): Diagnostic {
  return warning(
    'volumeGroup/pool-unwatched',
    'Nobody watches a thin pool',
    `dmeventd does not monitor ${group}/${pool} on ${node}; a full pool gives its guests I/O errors.`,
    {
      help: `\`vgchange --monitor y ${group}\` on ${node}.`,
    },
  );
}
