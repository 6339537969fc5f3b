/** Every sort of mistake that an inventory can hold: codes and summaries are fixed, the rest is about the one case. */
import { type Diagnostic, error, type Place, warning } from '../diagnostic.ts';

const errors = {
  'inventory/unreadable': 'Inventory cannot be read',
  'inventory/syntax': 'Not valid YAML',
  'inventory/tag': 'YAML tag refused',
  'inventory/alias': 'YAML alias refused',
  'inventory/too-deep': 'Nested too deeply',
  'inventory/duplicate-key': 'Key defined twice',
  'inventory/bad-text': 'Text refused',
  'inventory/unknown-key': 'Unknown key',
  'inventory/not-supported': 'Not supported by this version',
  'inventory/missing-key': 'Key missing',
  'inventory/wrong-type': 'Wrong type of value',
  'inventory/wrong-value': 'Value refused',
  'inventory/inline-secret': 'Secret in the inventory',
  'inventory/unknown-name': 'Unknown name',
  'inventory/duplicate': 'Used twice',
  'inventory/not-on-node': 'Not on that node',
  'inventory/shared-volume': 'Volume used by more than one',
  'inventory/conflict': 'Values contradict each other',
  'inventory/unsafe': 'Not safe',
} as const;

const warnings = {
  'inventory/no-secret': 'Replication is not authenticated',
  'inventory/no-effect': 'Without effect',
  'inventory/open-export': 'Export is not authenticated',
  'inventory/guest-errors': 'A guest gets I/O errors',
  'inventory/waste': 'Members of an array differ in size',
  'inventory/no-bitmap': 'A member that comes back is copied whole',
} as const;

export type ErrorCode = keyof typeof errors;
export type WarningCode = keyof typeof warnings;

export function mistake(code: ErrorCode, at: Place, detail: string, help?: string): Diagnostic {
  return error(code, errors[code], detail, help === undefined ? { at } : { at, help });
}

export function doubt(code: WarningCode, at: Place, detail: string, help?: string): Diagnostic {
  return warning(code, warnings[code], detail, help === undefined ? { at } : { at, help });
}

/** For what is wrong with a file as a whole. */
export function unreadable(detail: string, help?: string): Diagnostic {
  const code = 'inventory/unreadable';
  return error(code, errors[code], detail, help === undefined ? {} : { help });
}
