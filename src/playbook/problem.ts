/** Every sort of mistake that a playbook, or what it is given, can hold: codes and summaries are fixed. */
import { type Diagnostic, error, type Place } from '../diagnostic.ts';

const errors = {
  'playbook/unreadable': 'Playbook cannot be read',
  'playbook/syntax': 'Not valid YAML',
  'playbook/tag': 'YAML tag refused',
  'playbook/alias': 'YAML alias refused',
  'playbook/too-deep': 'Nested too deeply',
  'playbook/duplicate-key': 'Key defined twice',
  'playbook/bad-text': 'Text refused',
  'playbook/unknown-key': 'Unknown key',
  'playbook/missing-key': 'Key missing',
  'playbook/wrong-type': 'Wrong type of value',
  'playbook/wrong-value': 'Value refused',
  'playbook/wrong-place': 'A verb where it cannot stand',
  'playbook/wrong-undo': 'An undo that does not fit its step',
  'playbook/unknown-input': 'Unknown input of a playbook',
  'playbook/missing-input': 'An input of a playbook is missing',
  'playbook/bad-input': 'An input of a playbook is refused',
} as const;
type Code = keyof typeof errors;

export function mistake(code: Code, at: Place | undefined, detail: string, help?: string): Diagnostic {
  return error(code, errors[code], detail, {
    ...(at === undefined ? {} : { at }),
    ...(help === undefined ? {} : { help }),
  });
}

/** What the reader of inventories says of a file, said of a playbook. */
export function ofPlaybook({ code, at, detail, help }: Diagnostic): Diagnostic {
  const own = code.replace(/^inventory\//, 'playbook/');
  if (!isCode(own)) throw new Error(`the reader of a playbook says ${code}`);
  return mistake(own, at, detail, own === 'playbook/unreadable' ? undefined : help);
}

function isCode(code: string): code is Code {
  return code in errors;
}
