/** The part of the POSIX shell's grammar that the kinds' scripts use, as data. What is not in it throws. */

export type Part =
  | { readonly is: 'text'; readonly text: string; readonly quoted: boolean }
  /** `cut`: what is taken from its beginning or its end, `otherwise`: what stands for one that is not set, or empty. */
  | {
      readonly is: 'variable';
      readonly name: string;
      readonly quoted: boolean;
      readonly cut?: { readonly sign: '#' | '##' | '%' | '%%'; readonly pattern: Word };
      readonly otherwise?: Word;
    }
  | { readonly is: 'output'; readonly script: Script; readonly quoted: boolean }
  /** `$((left / right))`: numbers and names, worked off from the left. */
  | { readonly is: 'sum'; readonly words: readonly string[]; readonly quoted: boolean };
export type Word = readonly Part[];

/** `2>&1`, `>&2`, `>/dev/null`, `2>/dev/null`: from which stream, to where; a file that is read or written. */
export type Redirect =
  | { readonly from: 1 | 2; readonly to: 'stdout' | 'stderr' | 'nowhere' }
  | { readonly from: 1; readonly to: 'file'; readonly file: Word; readonly append: boolean }
  /** A number of its own (`8>>FILE`, `8>&-`), held only for a lock: which is the machine's. */
  | { readonly from: 'other'; readonly file: Word | undefined }
  | { readonly from: 0; readonly file: Word };

export type Command =
  | {
      readonly is: 'simple';
      readonly assign: readonly (readonly [string, Word])[];
      readonly words: readonly Word[];
      readonly redirects: readonly Redirect[];
    }
  /** `{ … }`, or `( … )`: whose exit is its own, and whose variables. */
  | { readonly is: 'group'; readonly script: Script; readonly apart: boolean; readonly redirects: readonly Redirect[] }
  | { readonly is: 'function'; readonly name: string; readonly body: Script }
  | { readonly is: 'if'; readonly when: Script; readonly then: Script; readonly otherwise: Script | undefined }
  | {
      readonly is: 'case';
      readonly word: Word;
      readonly arms: readonly { readonly patterns: readonly Word[]; readonly script: Script }[];
    }
  | { readonly is: 'for'; readonly name: string; readonly words: readonly Word[]; readonly body: Script }
  | {
      readonly is: 'while';
      readonly when: Script;
      readonly until: boolean;
      readonly body: Script;
      readonly redirects: readonly Redirect[];
    };

export interface Pipeline {
  readonly not: boolean;
  readonly commands: readonly Command[];
}

/** Pipelines, each with what must have been before: `&&`, `||`, or nothing. */
export type Script = readonly (readonly { readonly after: '&&' | '||' | ';'; readonly pipeline: Pipeline }[])[];
