/** Who wants to know of one thing that happens once. */

export interface Listeners {
  /** The first time counts. */
  readonly tell: (what: string) => void;
  /** Calls back when it happens, at once when it has happened. The result takes the wish back. */
  readonly onLost: (listener: (what: string) => void) => () => void;
}

export function listeners(): Listeners {
  const waiting = new Set<(what: string) => void>();
  let happened: string | undefined;
  return {
    tell: (what) => {
      if (happened !== undefined) return;
      happened = what;
      for (const listener of [...waiting]) listener(what);
      waiting.clear();
    },
    onLost: (listener) => {
      if (happened === undefined) waiting.add(listener);
      else listener(happened);
      return () => waiting.delete(listener);
    },
  };
}
