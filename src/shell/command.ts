/** Words for machines: what a node can be asked and told. Data only; `quote.ts` and the scripts turn it into text. */

/** A program and its arguments; never a shell string. */
export type Argv = readonly [string, ...string[]];

/** A secret by its name in the inventory. Its value is resolved on the controller when it is sent, and nowhere kept. */
export interface SecretRef {
  readonly secret: string;
}

/** Secrets never stand in argv, which every user of a node can read: they go by stdin. */
export interface Command {
  readonly argv: Argv;
  readonly stdin?: string | SecretRef;
}

/** Text of a file; secrets stand in it by reference until it is sent. */
export type Content = readonly (string | SecretRef)[];

/**
 * What an answer must be. `stdout` is the whole output, white space around it aside. `matches` and `lacks` are POSIX
 * extended regular expressions, held against the whole output line by line as `grep -E` does, newlines at its end
 * aside; keep to what JavaScript and POSIX read alike: literals, `.`, `[...]`, `* + ?`, `|`, `( )`, `^`, `$`.
 * All but `exit` also want exit status 0: an answer that failed proves nothing (C5).
 */
export type Expectation =
  | { readonly exit: number }
  | { readonly stdout: string }
  | { readonly matches: string }
  | { readonly lacks: string };

/** A condition that must still hold at that moment, asked in the same remote shell as the action (C3, POCPOU). */
export interface Guard {
  readonly ask: Command;
  readonly expect: Expectation;
  /** What it proves, for the message when it does not: "the disk holds no signature (C1)". */
  readonly proves: string;
}

export interface Run {
  readonly do: 'run';
  readonly command: Command;
  /** Exit codes that mean success; [0] unless given. */
  readonly accept?: readonly number[];
}

/**
 * Replaces a file as C8 asks: temporary file in the same folder with owner and mode first, content, fsync, check by
 * the real tool, rename, fsync of the folder; the hash is remembered on the node.
 */
export interface WriteFile {
  readonly do: 'write';
  readonly path: string;
  readonly content: Content;
  /** Octal, for example `0600`. The owner is root. */
  readonly mode: string;
  /** The sha256 that the file must still have, or null when it must still be absent. */
  readonly before: string | null;
  /** Checks the temporary file before it takes the name; the argument `{}` stands for its path. */
  readonly check?: Argv;
  /** The text that stands there now, secrets hidden, for the diff; absent when there is none or it is too long. */
  readonly was?: string;
}

/** Removes a file which still has the hash that the plan saw. */
export interface RemoveFile {
  readonly do: 'remove';
  readonly path: string;
  readonly before: string;
}

/** Asks again and again until the answer is as expected; shows its last output as progress. Times in seconds. */
export interface WaitFor {
  readonly do: 'wait';
  /** What is waited for, for people: "both halves connected". */
  readonly what: string;
  readonly command: Command;
  readonly until: Expectation;
  readonly timeoutSeconds: number;
  readonly everySeconds: number;
}

/** A disk image on the controller, and what it must be. */
export interface ImageFile {
  /** Absolute, or from `~/`. */
  readonly path: string;
  readonly format: 'raw' | 'qcow2';
  /** Of the file as it is. */
  readonly sha256: string;
}

/**
 * Writes an image onto a block device, as the controller sends it meanwhile (feed.ts), then reads it back and compares.
 * How far it is stands on the node's disk, with the volume's uuid: broken off anywhere, the next one goes on there.
 */
export interface Fill {
  readonly do: 'fill';
  /** `/dev/drbd0`. */
  readonly device: string;
  /** The slice that it is, or stands on: `vg0/web-root`. */
  readonly slice: string;
  readonly image: ImageFile;
  /** Of the disk in the image. */
  readonly bytes: number;
  /** `leave`: nothing was ever written there, and what was not written reads as zero. */
  readonly zeros: 'write' | 'leave';
}

/** All that can ever happen to a node. */
export type Action = Run | WriteFile | RemoveFile | WaitFor | Fill;

/** A read-only question; the kind that asks it parses the answer. */
export interface Probe {
  /** Unique within a node: `kind.question` or `kind.question:argument`. */
  readonly name: string;
  readonly command: Command;
  /** Seconds after which the answer is unknown; 30 unless given. */
  readonly timeoutSeconds?: number;
}

/** What a probe answered. `code` is undefined when it cannot be known (line lost, killed): that is unknown, not empty. */
export interface ProbeOutput {
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}
export type ProbeOutputs = ReadonlyMap<string, ProbeOutput>;

export function command(...argv: Argv): Command {
  return { argv };
}

export function run(...argv: Argv): Run {
  return { do: 'run', command: { argv } };
}
