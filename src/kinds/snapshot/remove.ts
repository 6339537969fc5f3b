/** A set of snapshots goes: each is named by its uuid and must be a snapshot of sanctl's, open to nobody. */
import { command } from '../../shell/command.ts';
import { proveSnapshot, removeSnapshot } from '../force.ts';
import type { StepDraft } from '../verdict.ts';
import { tags } from '../volume/tags.ts';
import type { Snapshot } from './sets.ts';

export function remove(snapshot: Snapshot): readonly StepDraft[] {
  const { node, set, origin, group, slice } = snapshot;
  const proof = proveSnapshot(slice);
  if (proof === undefined) return [];
  const select = `lv_uuid=${slice.uuid} && vg_name=${group} && lv_name=${slice.name} && lv_tags=${tags.snapshot} && origin=${origin} && lv_device_open=0`;
  return [
    {
      verb: `remove-${origin}`,
      node,
      title: `remove the snapshot ${set} of ${group}/${origin}`,
      danger: 'destroys',
      destroys: `the snapshot ${set} of ${origin}`,
      guards: [
        {
          ask: command('lvs', '--noheadings', '-o', 'lv_uuid', '--select', select),
          expect: { stdout: slice.uuid },
          proves: `${group}/${slice.name} is the snapshot that the plan saw, made by sanctl and open to nobody (C2, C3)`,
        },
      ],
      actions: [removeSnapshot(proof)],
      reason: 'the command names it',
    },
  ];
}
