/** What is asked of a volume right before it is touched: that it is the one that the plan saw (C3). */
import type { Command, Guard } from '../../shell/command.ts';
import type { LogicalVolume } from './facts.ts';
import { allVolumesWhere, called, volumesWhere } from './where.ts';

type Identity = Pick<LogicalVolume, 'uuid' | 'group' | 'name'>;

export function same(have: Identity): Guard {
  return {
    ask: selected(have),
    expect: { stdout: have.uuid },
    proves: `${have.group}/${have.name} is the volume that the plan saw (C3)`,
  };
}

/** Asked right before, because a schedule may have made one since the plan looked. `why`: what would come of it. */
export function noSnapshots({ group, name }: Pick<Identity, 'group' | 'name'>, why: string): Guard {
  return {
    ask: allVolumesWhere('lv_uuid', `vg_name=${group}`, `origin=${name}`),
    expect: { stdout: '' },
    proves: `${group}/${name} has no snapshots, ${why}`,
  };
}

/** Prints the uuid of this very volume, if `more`, in the words of lvmreport(7), holds of it too; otherwise nothing. */
export function selected({ uuid, group, name }: Identity, more?: string): Command {
  return volumesWhere('lv_uuid', `lv_uuid=${uuid}`, called({ group, name }), ...(more === undefined ? [] : [more]));
}
