/** A set of snapshots goes: each is named by its uuid and must be a snapshot of sanctl's, open to nobody. */
import { proveSnapshot, removeSnapshot } from '../force.ts';
import type { StepDraft } from '../verdict.ts';
import { selected } from '../volume/guards.ts';
import { tags } from '../volume/tags.ts';
import type { Snapshot } from './sets.ts';

export function remove(snapshot: Snapshot): readonly StepDraft[] {
  const { node, set, origin, group, slice } = snapshot;
  const proof = proveSnapshot(slice);
  if (proof === undefined) return [];
  const ours = `lv_tags=${tags.snapshot} && origin=${origin} && lv_device_open=0`;
  return [
    {
      verb: `remove-${origin}`,
      node,
      title: `remove the snapshot ${set} of ${group}/${origin}`,
      danger: 'destroys',
      destroys: `the snapshot ${set} of ${origin}`,
      guards: [
        {
          ask: selected(slice, ours),
          expect: { stdout: slice.uuid },
          proves: `${group}/${slice.name} is the snapshot that the plan saw, made by sanctl and open to nobody (C2, C3)`,
        },
      ],
      actions: [removeSnapshot(proof)],
      reason: 'the command names it',
    },
  ];
}
