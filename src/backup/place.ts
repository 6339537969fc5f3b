/** Where a backup is, as a person names it. Pure. */

export interface OnNode {
  readonly node: string;
  /** Absolute. */
  readonly folder: string;
}

/** As for scp(1): a word before a colon is a node, and `./` before it makes it a folder of this machine. Undefined: of this machine. */
export function onNodeIn(text: string): OnNode | undefined {
  const [, node, folder] = /^([A-Za-z0-9][A-Za-z0-9._-]*):(\/[^\p{Cc}]*)$/u.exec(text) ?? [];
  return node === undefined || folder === undefined ? undefined : { node, folder: folder.replace(/(?<=.)\/+$/, '') };
}
