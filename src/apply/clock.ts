/** Time, as a parameter: the tests have one that never makes them wait. */
export interface Clock {
  /** Seconds of a clock that only goes forward. */
  now(): number;
  /** Ends early, and quietly, when the signal is aborted. */
  sleep(seconds: number, signal?: AbortSignal): Promise<void>;
}

export const realClock: Clock = {
  now: () => performance.now() / 1000,
  sleep: (seconds, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const wake = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      const timer = setTimeout(wake, seconds * 1000);
      signal?.addEventListener('abort', wake, { once: true });
    }),
};
