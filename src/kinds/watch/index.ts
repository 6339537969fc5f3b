/** What nodes look at by themselves, by timers of systemd: it tells people and Prometheus, and mends nothing. */
import { command } from '../../shell/command.ts';
import type { Kind, Thing } from '../kind.ts';
import { known, unknown, unreadable } from '../reading.ts';
import { parseUnit, unitProbe, unitSteps } from '../unit.ts';
import { asWished, refuse, type Verdict } from '../verdict.ts';
import type { World } from '../world.ts';
import type { WatchFacts } from './facts.ts';
import { tasks, tasksOn, watchUnit } from './paths.ts';
import { expand, type WatchWant } from './things.ts';

const timers = tasks.map((task) => watchUnit(task, 'timer'));

export const watch: Kind<WatchWant, WatchFacts> = {
  name: 'watch',
  summary: 'Timers on the nodes: alerts, online verify by a schedule, figures for Prometheus',
  expand,
  // Of every node: what the inventory has no more still runs there.
  probes: () => timers.map((unit) => unitProbe('watch', unit)),
  parse: (outputs) => ({ timers: Object.fromEntries(timers.map((unit) => [unit, parseUnit(outputs, 'watch', unit)])) }),
  blank: () => ({
    timers: Object.fromEntries(timers.map((unit) => [unit, known({ enabled: false, active: false, outdated: false })])),
  }),
  stable: (have) => have,
  plan,
  undeclared: (site, node, have) =>
    tasks
      .filter((task) => !tasksOn(site, node).includes(task))
      .flatMap((task) => {
        const unit = watchUnit(task, 'timer');
        const there = have.timers[unit];
        const runs = there?.known === true && (there.value.enabled || there.value.active);
        return runs ? [{ kind: 'watch', name: unit, node, detail: 'a timer of before, which still runs' }] : [];
      }),
};

function plan({ want, name, nodes: [node] }: Thing<WatchWant>, world: World): Verdict {
  if (node === undefined) return asWished;
  const unit = watchUnit(want.task, 'timer');
  const timer = world.have('watch', node).timers[unit] ?? unknown('it was not asked for');
  if (!timer.known) return refuse(unreadable(`watch/${name}`, node, timer.why));
  const { schedule } = want;
  const understood = {
    ask: command('systemd-analyze', 'calendar', schedule ?? ''),
    expect: { exit: 0 },
    proves: `systemd understands the schedule ${schedule}`,
  };
  const drafts = unitSteps(node, unit, timer.value, `what ${unit} does`);
  return {
    steps: drafts.map((draft) => (schedule === undefined ? draft : { ...draft, guards: [understood] })),
    diagnostics: [],
  };
}
