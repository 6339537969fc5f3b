/** The part of the POSIX shell's grammar that the kinds' scripts use, as data. What is not in it throws. */

export type Part =
  | { readonly is: 'text'; readonly text: string; readonly quoted: boolean }
  /** `last`: only what stands behind its last slash. */
  | { readonly is: 'variable'; readonly name: string; readonly quoted: boolean; readonly last?: true }
  | { readonly is: 'output'; readonly script: Script; readonly quoted: boolean }
  /** `$((left / right))`: numbers and names, worked off from the left. */
  | { readonly is: 'sum'; readonly words: readonly string[]; readonly quoted: boolean };
export type Word = readonly Part[];

/** `2>&1`, `>&2`, `>/dev/null`, `2>/dev/null`: from which stream, to where; or a file that is read. */
export type Redirect =
  | { readonly from: 1 | 2; readonly to: 'stdout' | 'stderr' | 'nowhere' }
  | { readonly from: 0; readonly file: Word };

export type Command =
  | {
      readonly is: 'simple';
      readonly assign: readonly (readonly [string, Word])[];
      readonly words: readonly Word[];
      readonly redirects: readonly Redirect[];
    }
  | { readonly is: 'group'; readonly script: Script; readonly redirects: readonly Redirect[] }
  | { readonly is: 'function'; readonly name: string; readonly body: Script }
  | { readonly is: 'if'; readonly when: Script; readonly then: Script; readonly otherwise: Script | undefined }
  | {
      readonly is: 'case';
      readonly word: Word;
      readonly arms: readonly { readonly patterns: readonly Word[]; readonly script: Script }[];
    }
  | { readonly is: 'for'; readonly name: string; readonly words: readonly Word[]; readonly body: Script }
  | { readonly is: 'while'; readonly when: Script; readonly body: Script };

export interface Pipeline {
  readonly not: boolean;
  readonly commands: readonly Command[];
}

/** Pipelines, each with what must have been before: `&&`, `||`, or nothing. */
export type Script = readonly (readonly { readonly after: '&&' | '||' | ';'; readonly pipeline: Pipeline }[])[];
