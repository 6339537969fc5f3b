/** The playbooks that come with sanctl, for people and for programs. Pure. */
import type { Playbook } from '../playbook/playbook.ts';
import type { Page } from './diagnostics.ts';
import { tableText } from './table.ts';

export function playbooksText(playbooks: readonly Playbook[], page: Page): string {
  const rows = playbooks.map(({ name, summary, inputs }) => [name, inputsText(inputs), summary]);
  return tableText(['playbook', 'inputs', 'what it does'], rows, page);
}

/** `vm=VM timeout=120`. */
function inputsText(inputs: Playbook['inputs']): string {
  return Object.entries(inputs)
    .map(([name, input]) => `${name}=${input.default?.text ?? input.type.toUpperCase()}`)
    .join(' ');
}

export function playbookJson({ name, summary, inputs }: Playbook): object {
  const typed = Object.entries(inputs).map(([input, { type, default: given }]) => [
    input,
    { type, default: given?.text },
  ]);
  return { version: 1, type: 'playbook', playbook: name, summary, inputs: Object.fromEntries(typed) };
}
