/** ssh(1) from one machine to another, as root and without a question. */
import { type Answer, fail, silent, UnknownCommand } from './answer.ts';
import type { Machine } from './machine.ts';
import type { Program } from './program.ts';

export const ssh: Readonly<Record<string, Program>> = {
  ssh(machine, argv, stdin) {
    const at = argv.findIndex((word) => word.startsWith('root@'));
    const command = argv.slice(at + 1).join(' ');
    const there = reach(machine, argv.slice(0, at), argv[at] ?? '', command);
    return 'code' in there ? there : there.ask(command.split(' '), stdin);
  },
  'ssh-keygen': (_machine, argv) => {
    if (argv[1] !== '-lf') throw new UnknownCommand(argv.join(' '));
    return silent;
  },
};

const identity = '/etc/ssh/ssh_host_ed25519_key';

/** A key of its own, made when it was installed. */
export function makeHostKey(machine: Machine): void {
  const key = `AAAAC3NzaC1lZDI1NTE5AAAAI${machine.random.hex(43)}`;
  machine.files.put(`${identity}.pub`, `ssh-ed25519 ${key} root@${machine.name}\n`);
}

function keyOf(machine: Machine): string {
  return machine.files.get(`${identity}.pub`)?.content.split(' ')[1] ?? '';
}

/** The machine to which that ssh command leads, or what ssh says instead. */
export function reach(from: Machine, words: readonly string[], destination: string, command: string): Machine | Answer {
  if (!words.includes('BatchMode=yes') || !words.includes('StrictHostKeyChecking=yes'))
    throw new UnknownCommand(words.join(' '));
  const address = destination.replace(/^root@/, '');
  const there = from.around.machineAt(address);
  if (there === undefined || !from.around.linked(from, there))
    return fail(255, `ssh: connect to host ${address} port 22: No route to host`);
  return (words.includes(identity) ? byHostKey(from, there, words, command) : byHand(from, address)) ?? there;
}

/** Root of each has a key that the others take, and has looked at theirs. */
function byHand(from: Machine, address: string): Answer | undefined {
  return from.knowsOthers ? undefined : unknownHost(address);
}

function unknownHost(address: string): Answer {
  return fail(
    255,
    `No ED25519 host key is known for ${address} and you have requested strict checking.`,
    'Host key verification failed.',
  );
}

/** The one knows the other, who lets it in from its address and for a few commands (seen; not: what a key that nobody takes is told). */
function byHostKey(from: Machine, there: Machine, words: readonly string[], command: string): Answer | undefined {
  const known = words.find((word) => word.startsWith('UserKnownHostsFile='))?.split('=')[1] ?? '';
  const hosts = from.files.get(known)?.content.split('\n') ?? [];
  if (!hosts.includes(`${there.address} ssh-ed25519 ${keyOf(there)}`)) return unknownHost(there.address);
  const keys = there.files.get('/root/.ssh/authorized_keys2')?.content.split('\n') ?? [];
  const own = keys.find((line) => line.includes(` ssh-ed25519 ${keyOf(from)}`));
  if (own?.startsWith(`restrict,from="${from.address}",command="`) !== true)
    return fail(255, `root@${there.address}: Permission denied (publickey).`);
  const may = ['xl info', 'xl list -v', 'xl list -l', 'xl migrate-receive'].includes(command);
  return may ? undefined : fail(1, `not allowed: ${command}`);
}
