/** Where everything stands that a node looks with by itself, and which timers it has. */
import type { NodeName } from '../../step.ts';
import { unitPath } from '../array/paths.ts';
import type { Site } from '../site.ts';
import { comparedOn } from './compared.ts';

export const watchScriptPath = '/etc/sanctl/watch';
/** What was told to whom, and what the last look saw. */
export const watchNotes = '/var/lib/sanctl/watch';

/** What a timer does: a word of the script. */
export const tasks = ['alert', 'verify', 'metrics'] as const;
export type Task = (typeof tasks)[number];

export function watchUnit(task: Task, kind: 'service' | 'timer'): string {
  return `sanctl-${task === 'alert' ? 'watch' : task}.${kind}`;
}

/** That a node has by the inventory. */
export function tasksOn(site: Site, node: NodeName): readonly Task[] {
  const { watch } = site;
  const wanted: Readonly<Record<Task, boolean>> = {
    alert: watch !== undefined && watch.alerts.length > 0,
    verify: watch?.verify !== undefined && comparedOn(site, node).length > 0,
    metrics: watch?.metrics !== undefined,
  };
  return tasks.filter((task) => wanted[task]);
}

/** Also of tasks that this node has no more. */
export function watchPaths({ watch }: Site): readonly string[] {
  if (watch === undefined) return [];
  const units = tasks.flatMap((task) => [watchUnit(task, 'service'), watchUnit(task, 'timer')]);
  return [watchScriptPath, ...units.map(unitPath)];
}
