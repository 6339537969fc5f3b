/** One run of sanctl over simulated nodes: look, plan, apply; with the real planner and the real executor. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../../src/apply/clock.ts';
import type { ApplyOutcome } from '../../src/apply/events.ts';
import type { Images } from '../../src/apply/feeder.ts';
import { apply } from '../../src/apply/run.ts';
import { type Diagnostic, failed, ok, type Result } from '../../src/diagnostic.ts';
import type { Kind } from '../../src/kinds/kind.ts';
import { known, unknown } from '../../src/kinds/reading.ts';
import type { Node, Site } from '../../src/kinds/site.ts';
import type { Asks } from '../../src/kinds/verb.ts';
import { factsOf, probesOf } from '../../src/observe/facts.ts';
import { observe, observeScript } from '../../src/observe/observe.ts';
import { fingerprint, makePlan, type PlanInput } from '../../src/plan/make.ts';
import type { Plan, PlanOptions } from '../../src/plan/plan.ts';
import { movedSince } from '../../src/plan/stale.ts';
import type { SecretRef } from '../../src/shell/command.ts';
import type { NodeName } from '../../src/step.ts';
import { sha256 } from '../../src/template/content.ts';
import { templateFiles } from '../../src/template/files.ts';
import { templateRenderer } from '../../src/template/render.ts';
import type { Connection, Transport } from '../../src/transport/connection.ts';
import type { Random } from './random.ts';

const render = templateRenderer(templateFiles());
const locks = mkdtempSync(join(tmpdir(), 'sanctl-sim-'));
let operators = 0;

export const leaseSeconds = 60;

/** What a run of sanctl is given. */
export interface Sanctl {
  readonly kinds: readonly Kind[];
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: Random;
  readonly secretOf: (ref: SecretRef) => string;
  readonly owner: string;
  readonly images?: Images;
  /** What it is about to do, said before it does it: it may be killed over it. */
  readonly onPlan?: (plan: Plan) => void;
}

export type Ran =
  /** No plan: a node did not answer, or something is refused. */
  | { readonly is: 'no plan'; readonly codes: readonly string[]; readonly details: readonly string[] }
  | { readonly is: 'nothing to do'; readonly plan: Plan }
  | { readonly is: 'applied'; readonly plan: Plan; readonly outcome: ApplyOutcome };

export type Wish = Partial<PlanOptions> & { readonly site: Site };

export async function run(sanctl: Sanctl, wish: Wish): Promise<Ran> {
  const looked = await look(sanctl, wish, { nodes: Object.keys(wish.site.nodes), asks: new Map() });
  if (!looked.ok) return noPlan(looked.diagnostics);
  const { lines, input } = looked.value;
  try {
    const plan = makePlan(input);
    if (!plan.ok) return noPlan(plan.diagnostics);
    sanctl.onPlan?.(plan.value);
    if (plan.value.steps.length === 0) return { is: 'nothing to do', plan: plan.value };
    return { is: 'applied', plan: plan.value, outcome: await applyPlan(sanctl, plan.value, lines) };
  } finally {
    for (const line of lines.values()) line.close();
  }
}

function noPlan(diagnostics: readonly Diagnostic[]): Ran {
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  return { is: 'no plan', codes: errors.map(({ code }) => code), details: errors.map(({ detail }) => detail) };
}

type Lines = ReadonlyMap<NodeName, Connection>;

/** What was seen of the nodes, and the lines to them; who gets them closes them. */
export interface Looked {
  readonly lines: Lines;
  readonly input: PlanInput;
}

export async function look(
  sanctl: Sanctl,
  { site, ...chosen }: Wish,
  { nodes, asks }: { readonly nodes: readonly NodeName[]; readonly asks: Asks },
): Promise<Result<Looked>> {
  const lines = await connectAll(
    sanctl,
    Object.values(site.nodes).filter(({ name }) => nodes.includes(name)),
  );
  if (!lines.ok) return lines;
  const observed = await observe(sanctl.kinds, site, lines.value, asks);
  if (!observed.ok) {
    for (const line of lines.value.values()) line.close();
    return observed;
  }
  return ok({
    lines: lines.value,
    input: {
      kinds: sanctl.kinds,
      site,
      ...observed.value,
      options: { only: [], without: [], allowDestroy: [], adopt: [], waitSync: false, ...chosen },
      offline: false,
      render,
      digest: (content) => sha256(content, sanctl.secretOf),
      imageBytes: ({ sha256 }) => {
        const image = sanctl.images?.get(sha256);
        return image === undefined ? unknown('there is no such image') : known(image.bytes);
      },
    },
  });
}

async function connectAll({ transport }: Sanctl, nodes: readonly Node[]): Promise<Result<Lines>> {
  const all = await Promise.all(nodes.map(async (node) => [node.name, await transport.connect(node)] as const));
  const lines = new Map(all.flatMap(([name, line]) => (line.ok ? [[name, line.value] as const] : [])));
  if (lines.size === all.length) return ok(lines);
  for (const line of lines.values()) line.close();
  return failed(...all.flatMap(([, line]) => line.diagnostics));
}

export function applyPlan(sanctl: Sanctl, plan: Plan, lines: Lines): Promise<ApplyOutcome> {
  const { kinds, transport, clock, random } = sanctl;
  operators += 1;
  return apply(
    plan,
    lines,
    {
      holder: {
        operation: `2026-${random.hex(12)}`,
        nonce: random.hex(32).toLowerCase(),
        owner: sanctl.owner,
        host: 'controller',
        pid: operators,
        leaseSeconds,
        title: 'apply inventory.yaml',
      },
      connect: (node) => {
        const target = plan.site.nodes[node];
        if (target === undefined) throw new Error(`the plan has no node ${node}`);
        return transport.connect(target);
      },
      observe: (node) => observeScript(probesOf(kinds, plan.site, node)),
      unchanged: (node, outputs) =>
        movedSince(plan, node, fingerprint(kinds, factsOf(kinds, plan.site, node, outputs))).length === 0,
      images: sanctl.images ?? new Map(),
      patienceSeconds: 300,
      locksFolder: join(locks, String(operators)),
      clock,
    },
    () => undefined,
  );
}
