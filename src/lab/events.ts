/** What the lab tells while it works. The lab prints nothing itself: a view draws these. */
export type LabEvent =
  /** Something that takes a while began. */
  | {
      readonly event: 'begin';
      readonly what: string;
      readonly node?: string;
      /** How long it is waited for at most. */
      readonly timeoutSeconds?: number;
    }
  | { readonly event: 'end'; readonly what: string; readonly node?: string; readonly seconds: number };

export type OnEvent = (event: LabEvent) => void;

/** Runs `work` between its `begin` and its `end`. A failure has no `end`: its diagnostic tells. */
export async function told<T>(
  onEvent: OnEvent | undefined,
  about: { readonly what: string; readonly node?: string; readonly timeoutSeconds?: number },
  work: () => Promise<T>,
): Promise<T> {
  onEvent?.({ event: 'begin', ...about });
  const began = performance.now();
  const value = await work();
  const { timeoutSeconds: _, ...same } = about;
  onEvent?.({ event: 'end', ...same, seconds: (performance.now() - began) / 1000 });
  return value;
}
