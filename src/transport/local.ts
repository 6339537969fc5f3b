/** Programs on this machine: the door to execa. */
import { execa } from 'execa';

export interface RunOptions {
  readonly input?: string;
  readonly cwd?: string;
  /** The program is ended when it takes longer. */
  readonly timeoutSeconds?: number;
  /** Added to the environment of this process. */
  readonly env?: Readonly<Record<string, string>>;
  /** Aborting it ends the program (SIGTERM, then SIGKILL). */
  readonly signal?: AbortSignal;
}

export interface Ran {
  /** Undefined when the program could not be started or was ended by a signal. */
  readonly code: number | undefined;
  readonly signal?: string;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end. Never throws on a non-zero exit status, nor when the program is missing. */
export async function run(argv: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const [program, ...words] = argv;
  if (program === undefined) throw new Error('run: no program');
  const result = await execa(program, words, {
    reject: false,
    stripFinalNewline: false,
    input: options.input ?? '',
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.timeoutSeconds === undefined ? {} : { timeout: options.timeoutSeconds * 1000 }),
    ...(options.env === undefined ? {} : { env: { ...options.env } }),
    ...(options.signal === undefined ? {} : { cancelSignal: options.signal }),
  });
  const neverRan = result.failed && result.exitCode === undefined && result.stderr === '';
  return {
    code: result.exitCode,
    ...(result.signal === undefined ? {} : { signal: result.signal }),
    stdout: result.stdout,
    stderr: neverRan ? (result.shortMessage ?? '') : result.stderr,
  };
}
