/** The steps of a plan as a picture: by node, each above those that wait for it. Pure. */
import type { Plan } from '../plan/plan.ts';
import type { Step } from '../step.ts';
import { type Box, type Picture, withoutShortcuts } from './picture.ts';

export function planPicture({ site, steps }: Pick<Plan, 'site' | 'steps'>): Picture {
  const boxes = steps.map(boxOf);
  const known = new Set(steps.map(({ id }) => id));
  const edges = steps.flatMap(({ id, needs }) =>
    needs.filter((need) => known.has(need)).map((need) => ({ from: need, to: id })),
  );
  const nodes = [...new Set(steps.map(({ node }) => node))];
  return {
    title: `Plan for ${site.name}: ${steps.length} steps`,
    groups: nodes.map((node) => ({ id: node, label: node, mark: 'plain' })),
    boxes,
    edges: withoutShortcuts(boxes, edges),
    gathers: 'top',
  };
}

function boxOf({ id, node, title, danger, redundancy }: Step): Box {
  const copies = redundancy === undefined ? [] : [`${redundancy.copies} good copies meanwhile`];
  const mark =
    danger === 'destroys'
      ? 'danger'
      : danger === 'interrupts'
        ? 'stops'
        : redundancy === undefined
          ? 'plain'
          : 'degraded';
  return { id, label: [id, title, ...copies], sort: 'step', group: node, mark };
}
