import type { Answer } from './answer.ts';
import type { Machine } from './machine.ts';

/** A program of a machine: what it does there, and what it says. */
export type Program = (machine: Machine, argv: readonly string[], stdin: string) => Answer;
