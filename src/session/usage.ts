/** A wrong word on the line, as a problem like any other. Pure. */
import { type Diagnostic, error } from '../diagnostic.ts';

/** `message`: the parser's own, `error: unknown command 'chek'`, with its suggestion on a line of its own. */
export function wrongLine(message: string, verb: string | undefined): Diagnostic {
  const [first = '', suggestion] = message.replace(/^error: /, '').split('\n');
  const meant = suggestion?.match(/^\(Did you mean (?:one of )?(.*)\?\)$/)?.[1];
  const lists =
    verb === undefined ? '`sanctl --help` lists the verbs.' : `\`sanctl ${verb} --help\` shows what it takes.`;
  return error('usage/wrong-line', 'The line cannot be understood', `${first.replace(/\.$/, '')}.`, {
    help: meant === undefined ? lists : `Did you mean \`${meant}\`? ${lists}`,
  });
}

/** Of an option that counts something. */
export function wholeNumber(option: string, value: number | undefined): readonly Diagnostic[] {
  if (value === undefined || (Number.isInteger(value) && value > 0)) return [];
  const detail = `\`${option}\` takes a whole number from 1.`;
  return [error('usage/bad-option', 'An option has a value that means nothing', detail)];
}
