/** The files of a node's timers: one script, and a service and a timer for each task. */
import type { Content } from '../../shell/command.ts';
import type { NodeName } from '../../step.ts';
import { unitPath } from '../array/paths.ts';
import { fileAddress, fileThing } from '../file/thing.ts';
import { figureMeanings, poolMeanings } from '../health.ts';
import { hostAddress } from '../host/index.ts';
import type { Thing } from '../kind.ts';
import { onNode } from '../on-node.ts';
import type { Watch, WatchAlert } from '../site/watch.ts';
import type { Site } from '../site.ts';
import type { TemplateView, World } from '../world.ts';
import { comparedOn } from './compared.ts';
import { type Task, tasksOn, watchNotes, watchScriptPath, watchUnit } from './paths.ts';

export interface WatchWant {
  readonly task: Task;
  /** What systemd must understand. */
  readonly schedule?: string;
}

/** Where a thin pool counts as nearly full, in percent (L5): as where sanctl snapshots no more. */
const fullPercent = 80;
/** Seconds between two looks at a comparison. */
const pauseSeconds = 10;

export function expand(site: Site, world: World): readonly Thing[] {
  const { watch } = site;
  if (watch === undefined) return [];
  return Object.keys(site.nodes).flatMap((node) => {
    const tasks = tasksOn(site, node);
    if (tasks.length === 0) return [];
    const script = world.render('watch/watch', scriptView(watch, site, node));
    const all = tasks.flatMap((task) => thingsOf(task, watch, node, world));
    return [file(node, watchScriptPath, script, '0755'), ...all];
  });
}

function file(node: NodeName, path: string, content: Content, mode: string): Thing {
  return fileThing(node, { path, content, mode, ...(mode === '0755' ? { folder: '0755' } : {}) }, [hostAddress(node)]);
}

function scriptView({ alerts, verify }: Watch, site: Site, node: NodeName): TemplateView {
  const { replicated, arrays, groups } = onNode(site, node);
  const pooled = groups.filter(({ thinPools }) => Object.keys(thinPools).length > 0);
  const verifies = verify !== undefined && comparedOn(site, node).length > 0;
  return {
    site: site.name,
    notes: watchNotes,
    mirrors: replicated.filter(({ state }) => state === 'present').map(({ name }) => name),
    arrays: arrays.map(({ name }) => name),
    groups: pooled.map(({ name }) => name),
    verifies: verifies ? watchUnit('verify', 'service') : '',
    alerts: alerts.map(alertView),
    full: fullPercent,
    pause: pauseSeconds,
    meanings: Object.entries({ ...figureMeanings, ...poolMeanings }).map(([name, text]) => ({ name, text })),
  };
}

/** `key`: what was told is remembered for each recipient, wherever it stands in the list. */
function alertView(alert: WatchAlert): TemplateView {
  if ('mail' in alert) return { key: `mail.${alert.mail}`, mail: true, to: alert.mail };
  const { command, recipient = '' } = alert;
  return { key: `command${command.replaceAll('/', '.')}.${recipient}`, mail: false, path: command, to: recipient };
}

function thingsOf(task: Task, watch: Watch, node: NodeName, world: World): readonly Thing[] {
  const { words, means, every, timeout } = told(task, watch, node, world.site);
  const schedule = task === 'verify' ? watch.verify?.schedule : undefined;
  const files = [
    {
      path: unitPath(watchUnit(task, 'service')),
      content: world.render('watch/watch.service', { script: watchScriptPath, words, means, timeout }),
    },
    {
      path: unitPath(watchUnit(task, 'timer')),
      content: world.render('watch/watch.timer', { means, every, schedule: schedule ?? '' }),
    },
  ];
  const needs = [watchScriptPath, ...files.map(({ path }) => path)].map((path) => fileAddress(path, node));
  const want: WatchWant = { task, ...(schedule === undefined ? {} : { schedule }) };
  return [
    ...files.map(({ path, content }) => file(node, path, content, '0644')),
    { kind: 'watch', name: task, nodes: [node], want, needs },
  ];
}

function told(task: Task, watch: Watch, node: NodeName, site: Site) {
  const every = `${task === 'metrics' ? (watch.metrics?.everySeconds ?? 60) : watch.everySeconds}s`;
  switch (task) {
    case 'alert':
      return { words: 'alert', means: 'Tells what is wrong on this node', every, timeout: '5min' };
    case 'verify':
      return {
        words: `verify ${comparedOn(site, node).join(' ')}`,
        means: 'Compares mirrors block by block',
        every,
        timeout: 'infinity',
      };
    case 'metrics':
      return {
        words: `metrics ${watch.metrics?.folder ?? ''}`,
        means: 'Writes figures for Prometheus',
        every,
        timeout: '5min',
      };
  }
}
