/** What is known to be unsafe is not run on nodes by accident: an interlock, for as long as docs/unproven.md has entries. */
import { type Diagnostic, error } from '../diagnostic.ts';
import type { Site } from '../kinds/site.ts';
import type { Step } from '../step.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** The word of somebody who rehearses on nodes that may lose all they have. */
const word = 'SANCTL_UNPROVEN';

/** What has not run on real nodes from its beginning to its end, by the steps that it begins with. */
const notRunYet: readonly { readonly step: RegExp; readonly what: string }[] = [
  { step: /^host\/.+#(word|off)$/, what: 'a failover by hand' },
  { step: /^volumeGroup\/.+#let-go$/, what: 'a disk that is replaced' },
  { step: /^drbd\/.+#(new-secret|connect)$/, what: 'a secret of a mirror that is changed while it is used' },
  { step: /^(snapshot|file\/etc\/sanctl\/snapshot)[/@-]/, what: 'snapshots of a VM' },
  { step: /^fill\//, what: 'a volume that is filled from an image' },
  { step: /^domain\/.+#(let-in|leave)-/, what: 'an export that is handed over to a guest that moves' },
  { step: /^cluster\/.+#(maintenance|give-back)$/, what: 'a move of a VM of the cluster' },
  { step: /^drbd\/.+#verify$/, what: 'an online verify' },
  { step: /^host\/.+#(note|boot)$/, what: 'a rolling reboot' },
  { step: /^watch\//, what: 'what nodes look at by themselves' },
];

/** Undefined: nothing of the site or of the plan is unproven, or somebody has said the word. */
export function unproven(
  site: Pick<Site, 'images' | 'exports' | 'arrays' | 'cluster' | 'heartbeat'>,
  steps: readonly Pick<Step, 'id'>[],
  env: Environment,
): Diagnostic | undefined {
  const named = (['images', 'exports', 'arrays'] as const).filter((name) => Object.keys(site[name]).length > 0);
  const sections = [...named, ...(site.cluster === undefined && site.heartbeat === undefined ? [] : ['cluster'])];
  if (env[word] === 'lab') return undefined;
  const begun = notRunYet.filter(({ step }) => steps.some(({ id }) => step.test(id))).map(({ what }) => what);
  if (begun.length > 0) return notRun(begun);
  if (sections.length === 0) return undefined;
  const detail = `${sections.map((name) => `\`${name}\``).join(', ')}: ways to lose data by them are known and not closed yet; docs/unproven.md lists them. Nothing was touched.`;
  return error('apply/unproven', 'Parts of this inventory are not safe enough yet', detail, {
    help: `\`sanctl plan\` shows what would be done. In the lab, on nodes that may lose everything: \`${word}=lab\` in the environment.`,
  });
}

/** A copy is no plan: what it does to the node that keeps it is on one page. */
export function unprovenCopy(env: Environment): Diagnostic | undefined {
  if (env[word] === 'lab') return undefined;
  const detail =
    'a backup that another node keeps: it ran in a real shell, and not yet between real nodes; docs/unproven.md has what is not known. Nothing was touched.';
  return error('apply/not-run-yet', 'This has not run on real nodes yet', detail, {
    help: `\`--to DIR\` keeps it on this machine. In the lab, on nodes that may lose everything: \`${word}=lab\` in the environment.`,
  });
}

function notRun(what: readonly string[]): Diagnostic {
  const detail = `${what.join(', ')}: played by simulated nodes with faults, and not yet by real ones from its beginning to its end; docs/unproven.md has what is not known. Nothing was touched.`;
  return error('apply/not-run-yet', 'This has not run on real nodes yet', detail, {
    help: `\`--dry-run\` shows what would be done, command by command. In the lab, on nodes that may lose everything: \`${word}=lab\` in the environment.`,
  });
}
