/** `sanctl ui` over simulated nodes, while a browser looks. */
import type { Guests } from './guests.ts';
import type { Run } from './run.ts';

export interface Ui {
  readonly address: string;
  /** Ctrl-C, and how it ended. */
  end(): Promise<Run>;
}

export async function ui(guests: Guests, ...words: readonly string[]): Promise<Ui> {
  let hear: (printed: string) => void = () => undefined;
  const printed = new Promise<string>((resolve) => {
    hear = resolve;
  });
  let arm: (press: () => void) => void = () => undefined;
  const armed = new Promise<() => void>((resolve) => {
    arm = (press) => resolve(press);
  });
  const interrupt = (text: string): boolean => {
    hear(text);
    return false;
  };
  const run = guests.desk.run(['ui', ...words], { interrupt, armed: arm });
  const early = run.then(({ code, stderr }) => {
    throw new Error(`ended with ${code}: ${stderr}`);
  });
  const address = /http:\S+/.exec(await Promise.race([printed, early]))?.[0] ?? '';
  return {
    address,
    async end() {
      (await armed)();
      return run;
    },
  };
}
