/** Secrets: where they come from and what they look like, never what they are. */

/** Where a secret's value comes from; read on the controller, at the moment it is needed. */
export type SecretSource =
  | { readonly env: string }
  /** Its first line. */
  | { readonly file: string }
  /** A certificate or a private key: all of it. */
  | { readonly pem: string }
  | { readonly command: readonly [string, ...string[]] };

/** What the value of a secret must look like, and the same in words. Never shown with the value. */
export interface SecretShape {
  readonly pattern: RegExp;
  readonly means: string;
}
