/** Ctrl-C: the arm that runs ends, everything that was started is cleaned up; a second one does not wait for it. */
const controller = new AbortController();

export const interrupted: AbortSignal = controller.signal;

export function listenForInterrupts(say: (line: string) => void): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (interrupted.aborted) process.exit(130);
      say(`${signal}: cleaning up`);
      controller.abort(new Error(`interrupted by ${signal}`));
    });
  }
}
