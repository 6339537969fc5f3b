/** Text with secrets in it by reference: filled in, hidden, or measured. */
import { createHash } from 'node:crypto';
import type { Content, SecretRef } from '../shell/command.ts';

/** What stands for a secret wherever a person can see it. */
export const hidden = '(secret)';

export function fillIn(content: Content, secretOf: (ref: SecretRef) => string): string {
  return content.map((piece) => (typeof piece === 'string' ? piece : secretOf(piece))).join('');
}

export function hide(content: Content): string {
  return fillIn(content, () => hidden);
}

/** Hexadecimal sha256 of the text with its secrets filled in. */
export function sha256(content: Content, secretOf: (ref: SecretRef) => string): string {
  return createHash('sha256').update(fillIn(content, secretOf)).digest('hex');
}
