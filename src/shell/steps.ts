/**
 * The script of a batch: what the node keeps in its journal and runs detached from the line. Its steps run in one
 * shell; beyond the commands themselves a step costs no process. Secrets are named in it by file, never by value.
 */

import type { Step } from '../step.ts';
import type { Action, Command, Guard, SecretRef } from './command.ts';
import { expectationWords, holdsText } from './expect.ts';
import { fileText, removeText, writeText } from './file.ts';
import { fillRuntime, fillText } from './fill.ts';
import { batchFolder, secretsFolder } from './folders.ts';
import { environment, plainWord } from './frame.ts';
import type { Layout } from './layout.ts';
import { commandLine, quote } from './quote.ts';
import { runtimeText } from './runtime.ts';
import type { Batch } from './script.ts';

type SecretFile = (ref: SecretRef) => string;

/** The whole script. Its second line is the journal's table of contents. */
export function batchText(batch: Batch, layout: Layout): string {
  const names = batch.secrets.map(({ secret }) => secret);
  const secretFile: SecretFile = ({ secret }) => {
    if (!names.includes(secret)) throw new Error(`the batch does not carry the secret ${secret}`);
    return `"$_secrets/secret.${names.indexOf(secret) + 1}"`;
  };
  const contents = JSON.stringify({ steps: batch.steps.map(({ id, title }) => ({ id, title })) });
  const folder = batchFolder(batch, layout);
  const outputs = batch.secrets.length > 0 ? secretsFolder(batch, layout) : folder;
  return `# sanctl
#: ${contents}
${environment(layout)}exec </dev/null
_batch=${quote(folder)} _out=${quote(outputs)} _secrets=${quote(secretsFolder(batch, layout))}
_run=${quote(layout.run)} _files=${quote(`${layout.state}/files.sha256`)} _uptime=${quote(layout.uptime)}
_stop=${quote(`${layout.run}/stop-${plainWord(batch.operation)}`)} _nonce=${plainWord(batch.nonce)} _in=/dev/null
${runtimeText}${holdsText}${fileText}${fills(batch) ? fillRuntime(batch, layout) : ''}_start
${batch.steps.map((step, at) => stepText(step, at + 1, secretFile)).join('')}_end
`;
}

/** Files that a batch leaves in its folder of secrets, if it needs one. */
export function usesSecrets({ steps, secrets }: Batch): boolean {
  const commands = steps.flatMap(({ guards, actions }) => [
    ...guards.map(({ ask }) => ask),
    ...actions.flatMap((action) => ('command' in action ? [action.command] : [])),
  ]);
  return secrets.length > 0 || commands.some(({ stdin }) => stdin !== undefined);
}

function fills({ steps }: Batch): boolean {
  return steps.some(({ actions }) => actions.some((action) => action.do === 'fill'));
}

function stepText(step: Step, number: number, secretFile: SecretFile): string {
  return `
_begin ${number} ${step.guards.length}
${step.guards.map((guard, at) => guardText(guard, at, secretFile)).join('')}${step.actions
  .map((action, at) => actionText(action, at, secretFile))
  .join('')}_done
`;
}

function guardText({ ask, expect }: Guard, at: number, secretFile: SecretFile): string {
  return `${inputText(ask, secretFile)}_guard ${at} ${expectationWords(expect)} \\
${commandLine(ask.argv)}
`;
}

/** A command stands on a line of its own, as the plan shows it. */
function actionText(action: Action, at: number, secretFile: SecretFile): string {
  switch (action.do) {
    case 'run':
      return `${inputText(action.command, secretFile)}_run ${at} ${quote((action.accept ?? [0]).join(' '))} \\
${commandLine(action.command.argv)}
`;
    case 'wait':
      return `${inputText(action.command, secretFile)}_wait ${at} ${seconds(action.timeoutSeconds)} ${seconds(action.everySeconds)} ${expectationWords(action.until)} \\
${commandLine(action.command.argv)}
`;
    case 'write':
      return writeText(at, action, secretFile);
    case 'remove':
      return removeText(at, action);
    case 'fill':
      return fillText(at, action);
  }
}

function inputText({ stdin }: Command, secretFile: SecretFile): string {
  if (stdin === undefined) return '';
  return typeof stdin === 'object' ? `_in=${secretFile(stdin)}\n` : `_input ${quote(stdin)}\n`;
}

/** Whole seconds: the shell counts in integers. */
function seconds(value: number): number {
  return Math.max(1, Math.ceil(value));
}
