/**
 * A new shared secret for a mirror that is in use. The kernel takes it under a connection that stands, and asks for it when the
 * next one is made (drbd_adm_net_opts and drbd_do_auth of 8.4, source; `drbdadm adjust` runs one `net-options` in both
 * dialects, tried with drbd-utils 9.22): so nothing is cut, and no copy is without the other (docs/secrets.md, docs/decisions/0020).
 */
import { type Diagnostic, hasErrors } from '../../diagnostic.ts';
import type { Content } from '../../shell/command.ts';
import type { NodeName } from '../../step.ts';
import { file } from '../file/index.ts';
import { drbdPath } from '../file/paths.ts';
import type { Thing } from '../kind.ts';
import type { Site, Volume } from '../site.ts';
import type { Check, Verb } from '../verb.ts';
import { asWished, refuse, type StepDraft, steps, type Verdict } from '../verdict.ts';
import type { World } from '../world.ts';
import * as ask from './ask.ts';
import { isHealthy } from './life.ts';
import { lostProbe } from './lost.ts';
import { plan } from './plan.ts';
import { moreThanSecret, noSecret, notConnected, notTaken } from './refusals.ts';
import { mayRejoin, rejoin } from './rejoin.ts';
import type { DrbdWant } from './resource.ts';
import * as scripts from './scripts.ts';
import type { Side } from './side.ts';
import { readSides } from './sides.ts';
import type { Known } from './steps.ts';
import { idsOf, takeSecret } from './take-secret.ts';
import { expand } from './things.ts';

const takes = { volume: { type: 'volume', means: 'the mirror' } } as const;
const everyNode = (_given: unknown, { nodes }: Site): readonly NodeName[] => Object.keys(nodes);

export const rotateSecret: Verb<typeof takes> = {
  summary: 'write the secret of the inventory on every node, then have the kernels take it while they are connected',
  takes,
  nodes: everyNode,
  asks: ({ volume }) => new Map(volume.replicas.map((node) => [node, [lostProbe]])),
  plan: ({ volume }, world) => new Map([[volume.name, rotate(volume, world)]]),
};

export const agrees: Check<typeof takes> = {
  summary: 'its sides are connected and up to date, and file and kernel of each have the secret of the inventory',
  takes,
  nodes: everyNode,
  check: ({ volume }, world) => notAgreed(volume, world),
};

function rotate(volume: Volume, world: World): Verdict {
  const thing = mirrorOf(volume, world);
  if (thing?.want.replication.secret === undefined) return refuse(noSecret(volume));
  const { want } = thing;
  const verdict = plan(thing, world);
  const read = readSides(want, world);
  if ('problems' in read || want.dialect === undefined) return refuse(...verdict.diagnostics);
  const known: Known = { ...want, dialect: want.dialect };
  const { sides } = read;
  const wrong = verdict.diagnostics.filter(({ severity }) => severity === 'error');
  if (mayRejoin(known, sides, wrong, world)) return steps(...rejoin(known, sides));
  if (wrong.length > 0) return refuse(...wrong);
  const weak = sides.filter((side) => !isHealthy(known, side));
  if (weak.length > 0) return refuse(notConnected(want, weak));
  const behind = sides.filter((side) => side.fileChanges || side.adjust.length > 0);
  if (behind.length === 0) return asWished;
  const more = verdict.steps.some(({ verb }) => verb !== 'adjust') || sides.some((side) => saysMore(want, side, world));
  return more ? refuse(moreThanSecret(volume)) : change(known, sides, behind, world);
}

/** All are asked before the first file, all files are written before the first kernel, and then nothing may hold a side back. */
function change(want: Known, sides: readonly Side[], behind: readonly Side[], world: World): Verdict {
  const files = expand(world.site, world)
    .filter(({ kind, name }) => kind === 'file' && `/${name}` === drbdPath(want.volume.name))
    .map((thing) => file.plan(thing as Parameters<typeof file.plan>[0], world));
  const found = files.flatMap(({ diagnostics }) => diagnostics);
  if (hasErrors(found)) return refuse(...found);
  const whole = sides.map((side) => isWhole(want, side));
  const writes = files.flatMap((verdict) => verdict.steps).map((draft) => ({ ...draft, needs: idsOf(whole) }));
  const kernels = behind.map((side) => takeSecret(want, side, idsOf([...whole, ...writes])));
  const agreed = sides.map((side) => agree(want, side, idsOf(kernels)));
  return { steps: [...whole, ...writes, ...kernels, ...agreed], diagnostics: found };
}

function isWhole({ volume, dialect }: Known, { node }: Side): StepDraft {
  return {
    verb: 'whole',
    node,
    title: `make sure that ${volume.name} is whole here before its secret changes`,
    danger: 'none',
    guards: [ask.isWhole(volume, dialect), ask.onePrimaryAtMost(volume.name)],
    actions: [],
  };
}

function agree({ volume, dialect }: Known, { node }: Side, needs: readonly string[]): StepDraft {
  const { name } = volume;
  const healthy = ask.isWhole(volume, dialect);
  return {
    verb: 'agreed',
    node,
    title: `see that ${name} is connected, and that the kernel has what its file says`,
    needs,
    danger: 'none',
    guards: [],
    actions: [
      {
        do: 'wait',
        what: healthy.proves,
        command: healthy.ask,
        until: healthy.expect,
        timeoutSeconds: 60,
        everySeconds: 1,
      },
      {
        do: 'wait',
        what: `the kernel has the secret of the file of ${name}`,
        command: scripts.previewAdjust(name),
        until: { stdout: '' },
        timeoutSeconds: 10,
        everySeconds: 1,
      },
    ],
  };
}

function mirrorOf({ name }: Volume, world: World): Thing<DrbdWant> | undefined {
  const thing = expand(world.site, world).find((one) => one.kind === 'drbd' && one.name === name);
  return thing === undefined ? undefined : { ...thing, want: thing.want as DrbdWant };
}

/** Besides the secret, or that cannot be told: the node hides it in the file's text as a plan does. */
function saysMore({ volume, file: content }: DrbdWant, { node, fileChanges, adjust }: Side, world: World): boolean {
  const netOnly = adjust.every((line) => / net-options /.test(line));
  if (!fileChanges) return !netOnly;
  const have = world.have('file', node).files[drbdPath(volume.name)];
  const text = have?.known === true && have.value !== 'absent' ? have.value.text : undefined;
  return !netOnly || content === undefined || text !== hidden(content);
}

function hidden(content: Content): string {
  return content.map((piece) => (typeof piece === 'string' ? piece : '(secret)')).join('');
}

function notAgreed(volume: Volume, world: World): readonly Diagnostic[] {
  const thing = mirrorOf(volume, world);
  if (thing === undefined) return [noSecret(volume)];
  const { want } = thing;
  const read = readSides(want, world);
  if ('problems' in read) return read.problems;
  const { dialect } = want;
  const weak = read.sides.filter((side) => dialect === undefined || !isHealthy({ ...want, dialect }, side));
  const behind = read.sides.filter((side) => side.fileChanges || side.adjust.length > 0);
  return [
    ...(weak.length === 0 ? [] : [notConnected(want, weak)]),
    ...(behind.length === 0 ? [] : [notTaken(volume, behind)]),
  ];
}
