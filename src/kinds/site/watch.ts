/** What nodes look at by themselves (docs/watching.md). */

export interface Watch {
  readonly everySeconds: number;
  readonly alerts: readonly WatchAlert[];
  /** `OnCalendar=` of systemd.time(7); only with alerts. */
  readonly verify?: { readonly schedule: string };
  readonly metrics?: { readonly folder: string; readonly everySeconds: number };
}

/** A mail, or a program on the nodes with what it is handed. */
export type WatchAlert = { readonly mail: string } | { readonly command: string; readonly recipient?: string };
