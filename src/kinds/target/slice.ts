/** The volume below a target, known again by the tag that sanctl gave it for its export: a name can be made anew (C3, S3). */
import { type Diagnostic, error } from '../../diagnostic.ts';
import { type Command, run } from '../../shell/command.ts';
import { exportTags, markOf } from '../export/wire.ts';
import type { UnitFact } from '../instance.ts';
import { unreadable } from '../reading.ts';
import type { IscsiExport } from '../site/exports.ts';
import type { Volume } from '../site.ts';
import { asWished, refuse, type StepDraft, steps, type Verdict } from '../verdict.ts';
import { tags } from '../volume/tags.ts';
import { called, volumesWhere } from '../volume/where.ts';
import { orNothing } from '../volume-group/want.ts';
import type { World } from '../world.ts';
import { unitOf } from './names.ts';

/** The first time it is served it gets its tag. Later one without is another: whoever imports it holds data of the first. */
export function mark(exported: IscsiExport, volume: Volume, unit: UnitFact | undefined, world: World): Verdict {
  const { name, from } = exported;
  const tag = markOf(exported);
  const all = orNothing(world.have('volume', from).volumes, world, from);
  if (!all.known) return refuse(unreadable(`target/${name}`, from, all.why));
  const have = all.value.find((one) => one.group === volume.group && one.name === volume.name);
  const others = have?.tags.filter((one) => one.startsWith(exportTags) && one !== tag) ?? [];
  if (others.length > 0) return refuse(servedAs(exported, volume, others));
  if (have?.tags.includes(tag) === true) return asWished;
  const word = `target/${name}`;
  if (unit?.enabled !== false && !world.adopt.has(word)) return refuse(otherVolume(exported, volume, word));
  return steps(marking(exported, volume, have?.uuid));
}

function marking(exported: IscsiExport, volume: Volume, uuid: string | undefined): StepDraft {
  const { group, name } = volume;
  const same = uuid === undefined ? '' : ` && lv_uuid=${uuid}`;
  return {
    verb: 'mark',
    node: exported.from,
    title: `mark ${group}/${name} as what the export ${exported.name} serves`,
    danger: 'none',
    guards: [
      {
        ask: selected(volume, `lv_tags!=${tags.unfinished}${same}`),
        expect: { stdout: name },
        proves: `${group}/${name} is the volume that the plan saw or made, whole (C3)`,
      },
    ],
    actions: [run('lvchange', '--addtag', markOf(exported), `${group}/${name}`)],
    reason: 'a volume that is made anew under its name is not to be taken for it (C3)',
  };
}

/** Prints its name, if `more` holds of it and sanctl made it. */
export function selected({ group, name }: Volume, more: string): Command {
  return volumesWhere('lv_name', called({ group, name }), `lv_tags=${tags.ours}`, more);
}

function otherVolume({ name, from }: IscsiExport, { group, name: volume }: Volume, word: string): Diagnostic {
  return error(
    'target/other-volume',
    'A target would serve another volume than before',
    `target/${name} on ${from}: ${group}/${volume} is not the volume that was marked for it; it was made anew, or the export stood on another.`,
    {
      help: `Whoever imports ${name} would find other data behind the same disk (S3). If that is meant: \`systemctl stop sanctl-initiator@${name}.service\` on every importer, which refuses while somebody uses it; then \`--adopt ${word}\`.`,
    },
  );
}

function servedAs({ name, from }: IscsiExport, { group, name: volume }: Volume, others: readonly string[]): Diagnostic {
  const them = others.join(', ');
  return error(
    'target/served-as',
    'The volume of a target is what another export serves',
    `target/${name} on ${from}: ${group}/${volume} is marked by ${them}: two servers would write it (N7, X1).`,
    {
      help: `If that export is gone: \`systemctl disable --now\` its unit on ${from} (\`sanctl-export-NAME\` or \`${unitOf('NAME')}\`), let go of it on its importers, and \`lvchange --deltag TAG ${group}/${volume}\`.`,
    },
  );
}
