/**
 * A plan as somebody would have typed it: its commands and files, without guard, lock, journal or a second look. Pure.
 */
import type { Action, Command, Content, Expectation, SecretRef } from '../../src/shell/command.ts';
import { commandLine, quote } from '../../src/shell/quote.ts';
import type { NodeName, Step, StepId } from '../../src/step.ts';
import { fillIn } from '../../src/template/content.ts';

type SecretOf = (ref: SecretRef) => string;

/** One script for one node. */
export interface NodeScript {
  readonly node: NodeName;
  readonly text: string;
}

/** Scripts that may run at the same time; the next wave begins when all of them have ended. */
export type Wave = readonly NodeScript[];

/** As few waves as the needs between nodes allow: what a careful person would write. */
export function batched(steps: readonly Step[], secretOf: SecretOf): readonly Wave[] {
  const wave = new Map<StepId, number>();
  const nodeOf = new Map(steps.map(({ id, node }) => [id, node]));
  for (const { id, node, needs } of steps) {
    const after = needs.map((need) => (wave.get(need) ?? 0) + (nodeOf.get(need) === node ? 0 : 1));
    wave.set(id, Math.max(0, ...after));
  }
  const count = Math.max(-1, ...wave.values()) + 1;
  return Array.from({ length: count }, (_, at) => {
    const now = steps.filter(({ id }) => wave.get(id) === at);
    const nodes = [...new Set(now.map(({ node }) => node))];
    return nodes.map((node) =>
      scriptOf(
        node,
        now.filter((step) => step.node === node),
        secretOf,
      ),
    );
  });
}

/** One resource after another, one node after another: what stands in many a wiki. */
export function naive(steps: readonly Step[], resources: readonly string[], secretOf: SecretOf): readonly Wave[] {
  const common = steps.filter(({ id }) => resourceOf(id, resources) === undefined);
  const each = resources.map((name) => steps.filter(({ id }) => resourceOf(id, resources) === name));
  return [common, ...each].flatMap((group) => runs(group).map((run) => [scriptOf(run[0].node, run, secretOf)]));
}

/** `volume/v7@alpha#create`, `file/etc/drbd.d/v7.res@alpha#write`. */
function resourceOf(id: StepId, resources: readonly string[]): string | undefined {
  const name = /\/([^/@]+?)(?:\.res)?@/.exec(id)?.[1];
  return name !== undefined && resources.includes(name) ? name : undefined;
}

/** Neighbours of one node travel together. */
function runs(steps: readonly Step[]): readonly (readonly [Step, ...Step[]])[] {
  const found: [Step, ...Step[]][] = [];
  for (const step of steps) {
    const last = found.at(-1);
    if (last?.[0].node === step.node) last.push(step);
    else found.push([step]);
  }
  return found;
}

function scriptOf(node: NodeName, steps: readonly Step[], secretOf: SecretOf): NodeScript {
  const lines = steps.flatMap(({ actions }) => actions.map((action) => lineOf(action, secretOf)));
  return { node, text: `set -e\nexport LC_ALL=C\n${lines.join('\n')}\n` };
}

function lineOf(action: Action, secretOf: SecretOf): string {
  switch (action.do) {
    case 'run':
      return accepting(withInput(action.command, secretOf), action.accept ?? [0]);
    case 'write':
      return `printf %s ${quote(textOf(action.content, secretOf))} >${quote(action.path)} && chmod ${action.mode} ${quote(action.path)}`;
    case 'remove':
      return `rm -- ${quote(action.path)}`;
    case 'fill':
      throw new Error('the bench has no images');
    case 'wait':
      return `until ${holds(withInput(action.command, secretOf), action.until)}; do sleep ${action.everySeconds}; done`;
  }
}

function textOf(content: Content, secretOf: SecretOf): string {
  return fillIn(content, secretOf);
}

function withInput({ argv, stdin }: Command, secretOf: SecretOf): string {
  if (stdin === undefined) return `${commandLine(argv)} </dev/null`;
  return `printf %s ${quote(typeof stdin === 'string' ? stdin : secretOf(stdin))} | ${commandLine(argv)}`;
}

function accepting(line: string, codes: readonly number[]): string {
  if (codes.length === 1 && codes[0] === 0) return line;
  return `{ ${line}; } || case $? in ${codes.join('|')}) ;; *) exit 1 ;; esac`;
}

function holds(line: string, until: Expectation): string {
  if ('exit' in until) return `{ ${line} >/dev/null; [ $? -eq ${until.exit} ]; }`;
  // Unquoted: LVM pads what it prints.
  if ('stdout' in until) return `[ "$(echo $(${line}))" = ${quote(until.stdout.trim())} ]`;
  const pattern = 'matches' in until ? until.matches : until.lacks;
  return `${'lacks' in until ? '! ' : ''}{ ${line}; } | grep -Eq -e ${quote(pattern)}`;
}
