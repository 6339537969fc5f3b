/** ssh(1) from one machine to another, as root and without a question. */
import { type Answer, fail, UnknownCommand } from './answer.ts';
import type { Machine } from './machine.ts';
import type { Program } from './program.ts';

export const ssh: Readonly<Record<string, Program>> = {
  ssh(machine, argv, stdin) {
    const at = argv.findIndex((word) => word.startsWith('root@'));
    const there = reach(machine, argv.slice(0, at), argv[at] ?? '');
    return 'code' in there
      ? there
      : there.ask(
          argv.slice(at + 1).flatMap((word) => word.split(' ')),
          stdin,
        );
  },
};

/** The machine to which that ssh command leads, or what ssh says instead. */
export function reach(from: Machine, command: readonly string[], destination: string): Machine | Answer {
  if (!command.includes('BatchMode=yes') || !command.includes('StrictHostKeyChecking=yes'))
    throw new UnknownCommand(command.join(' '));
  const address = destination.replace(/^root@/, '');
  const there = from.around.machineAt(address);
  if (there === undefined || !from.around.linked(from, there))
    return fail(255, `ssh: connect to host ${address} port 22: No route to host`);
  if (from.knowsOthers) return there;
  return fail(
    255,
    `No ED25519 host key is known for ${address} and you have requested strict checking.`,
    'Host key verification failed.',
  );
}
