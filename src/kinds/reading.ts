/** From answers of a node to facts, without ever guessing: what cannot be read stays unknown (C5). */
import { type Diagnostic, error } from '../diagnostic.ts';
import type { ProbeOutput, ProbeOutputs } from '../shell/command.ts';
import type { NodeName } from '../step.ts';

/** Something learned, or the reason why it could not be: unknown is never absent (C5). */
export type Reading<T> = { readonly known: true; readonly value: T } | { readonly known: false; readonly why: string };

export function known<T>(value: T): Reading<T> {
  return { known: true, value };
}

export function unknown(why: string): Reading<never> {
  return { known: false, why };
}

/** What the shell answers when there is no such program. */
export const notFound = 127;

/** An answer whose exit status is known. */
export interface Answer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export function answer(outputs: ProbeOutputs, probe: string): Reading<Answer> {
  const output = outputs.get(probe);
  if (output === undefined) return unknown(`${probe} was not answered`);
  const { code, stdout, stderr } = output;
  return code === undefined ? unknown(`${probe}: the outcome never came`) : known({ code, stdout, stderr });
}

/** The output of a probe that exited with 0. */
export function success(outputs: ProbeOutputs, probe: string): Reading<string> {
  const reading = answer(outputs, probe);
  if (!reading.known) return reading;
  return reading.value.code === 0 ? known(reading.value.stdout) : unknown(failure(probe, reading.value));
}

/** Why an answer is of no use, in the program's own words where it has some. */
export function failure(
  probe: string,
  { code, stderr }: Pick<ProbeOutput, 'stderr'> & { readonly code: number },
): string {
  const said = stderr.trim().split('\n')[0] ?? '';
  return said === '' ? `${probe}: exit ${code}` : `${probe}: exit ${code}: ${said}`;
}

/** Goes on with what is known; an `undefined` of `read` means that the text is none of the shapes that we know. */
export function read<From, To>(
  from: Reading<From>,
  probe: string,
  reader: (value: From) => To | undefined,
): Reading<To> {
  if (!from.known) return from;
  const value = reader(from.value);
  return value === undefined ? unknown(`${probe}: the answer cannot be read`) : known(value);
}

/** The JSON of a text, or undefined. */
export function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A whole number of at least 0 that is written in digits only and is exact. */
export function whole(text: unknown): number | undefined {
  if (typeof text !== 'string' || !/^\d+$/.test(text)) return undefined;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : undefined;
}

/** All or nothing: one line that cannot be read makes the whole list unreadable. */
export function every<From, To>(
  list: readonly From[],
  reader: (one: From) => To | undefined,
): readonly To[] | undefined {
  const all = list.map(reader);
  return all.some((one) => one === undefined) ? undefined : all.filter((one) => one !== undefined);
}

/** Refusal of a thing because a fact that it rests on is unknown. */
export function unreadable(thing: string, node: NodeName, why: string): Diagnostic {
  return error('facts/unknown', 'A fact could not be read', `${thing} on ${node}: ${why}`, {
    help: `What is unknown is never taken for absent. See \`sanctl facts ${node}\`, remove the cause, and plan again.`,
  });
}
