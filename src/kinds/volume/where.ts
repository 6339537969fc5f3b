/** What LVM is asked by what holds of a volume, in the words of lvmreport(7). It answers with nothing where nothing is so. Pure. */
import { type Command, command } from '../../shell/command.ts';

type Field = 'lv_name' | 'lv_uuid';

/** Prints the field of each volume of which all conditions hold. */
export function volumesWhere(field: Field, ...conditions: readonly string[]): Command {
  return command('lvs', ...question(field, conditions));
}

/** Those too that LVM hides: parts of others, and what it has left. */
export function allVolumesWhere(field: Field, ...conditions: readonly string[]): Command {
  return command('lvs', '-a', ...question(field, conditions));
}

/** Of this name, whichever it is. */
export function called({ group, name }: { readonly group: string; readonly name: string }): string {
  return `vg_name=${group} && lv_name=${name}`;
}

function question(field: Field, conditions: readonly string[]): readonly string[] {
  return ['--noheadings', '-o', field, '--select', conditions.join(' && ')];
}
