/**
 * The move itself, as a service of systemd on the source: neither our line nor our death ends it (C6, X3). All that rests
 * on how systemd 252 and xl 4.17 answer is here.
 */
import { formatSize } from '../../../quantity.ts';
import { type Command, command, type Guard, type Run, run, type WaitFor } from '../../../shell/command.ts';
import { askOtherMovers } from '../../drbd/timer.ts';
import type { Node, Vm } from '../../site.ts';
import type { Domain } from '../facts.ts';
import { configPath, notes } from './block.ts';

/** Names of VMs hold no sign that a unit may not (inventory/schema/text.ts). */
export function unitOf({ name }: Pick<Vm, 'name'>): string {
  return `sanctl-migrate-${name}.service`;
}

export function logOf({ name }: Pick<Vm, 'name'>): string {
  return `/run/sanctl/migrate-${name}.log`;
}

/** By id: xl takes a name of digits for one. `ssh` is split at its blanks by a shell, as xl(1) says of `-s`. */
export function startUnit(vm: Vm, { id }: Domain, ssh: string, { address }: Node): Run {
  const output = [`-p`, `StandardOutput=truncate:${logOf(vm)}`, `-p`, `StandardError=append:${logOf(vm)}`] as const;
  const move = ['xl', 'migrate', '-s', ssh, '-C', configPath(vm.name), String(id), `root@${address}`] as const;
  return run('systemd-run', `--unit=${unitOf(vm)}`, '-p', 'RemainAfterExit=yes', ...output, ...move);
}

/** Prints `SubState=running` and its like: `exited` is a success, `dead` one that was never started or is forgotten. */
export function askUnit(vm: Vm): Command {
  return command('systemctl', 'show', '-p', 'SubState', unitOf(vm));
}

/** Whether the move of an answer to `askUnit` goes on; undefined when it cannot be told. */
export function isAtWork(shown: string): boolean | undefined {
  const state = /^SubState=(\S+)\n?$/.exec(shown)?.[1];
  return state === undefined ? undefined : !['exited', 'failed', 'dead'].includes(state);
}

/** Whether there is a unit that has ended and is remembered. */
export function isEnded(shown: string): boolean {
  return /^SubState=(exited|failed)\n?$/.test(shown);
}

/** Right before one is begun. Those of other VMs may go on, if sanctl began them: each was asked about at its own beginning. */
export function mayBegin(vm: Vm): readonly Guard[] {
  return [
    {
      ask: askOtherMovers(` -C ${notes}/`),
      expect: { stdout: '' },
      proves: 'nobody but sanctl moves a guest here',
    },
    {
      ask: askUnit(vm),
      expect: { matches: '^SubState=(exited|failed|dead)$' },
      proves: `no move of ${vm.name} is at work here`,
    },
  ];
}

const field = `show() { systemctl show -p "$2" "$1" | sed 's/^[A-Za-z]*=//'; }
`;

/** Never one that is at work: to stop that one would end the move in the middle. */
const forgetScript = `${field}case $(show "$1" SubState) in
  exited) systemctl stop "$1" ;;
  failed) systemctl reset-failed "$1" ;;
  dead) ;;
  *) echo "$1 is at work" >&2; exit 1 ;;
esac`;

export function forget(vm: Vm): Run {
  return run('sh', '-c', forgetScript, 'sh', unitOf(vm));
}

/**
 * Prints `exited STATUS` once it has ended; until then what its ssh has written, which is a little more than the memory (xl
 * itself tells no progress, with `-v` neither). While its ssh is there, systemd is not asked: the look is taken again and again on
 * a node that is busy sending. ExecMainCode 1 is CLD_EXITED.
 */
const lookScript = `${field}sent=
while read -r pid; do
  read -r name <"/proc/$pid/comm" && [ "$name" = ssh ] || continue
  while read -r key value; do [ "$key" != wchar: ] || sent=$value; done <"/proc/$pid/io"
done 2>/dev/null <"/sys/fs/cgroup/system.slice/$1/cgroup.procs"
if [ -n "$sent" ]; then echo "$((sent / 1048576)) MiB sent"; exit; fi
case $(show "$1" SubState) in
  exited | failed)
    if [ "$(show "$1" ExecMainCode)" = 1 ]; then echo "exited $(show "$1" ExecMainStatus)"
    else echo "exited by signal $(show "$1" ExecMainStatus)"
    fi ;;
  dead) echo 'exited unseen: the node forgot it' ;;
  *) tail -n 1 "$2" ;;
esac`;

/** Five passes at most over what the guest changes meanwhile; a network of 2 MiB/s and ten minutes are granted. */
export function untilEnded(vm: Vm, { memoryBytes = vm.memory.bytes }: Domain): WaitFor {
  return {
    do: 'wait',
    what: `the move has ended (${formatSize(memoryBytes)} of memory, and what the guest changes meanwhile)`,
    command: command('sh', '-c', lookScript, 'sh', unitOf(vm), logOf(vm)),
    until: { matches: '^exited ' },
    timeoutSeconds: 600 + Math.ceil((6 * memoryBytes) / (2 * 2 ** 20)),
    everySeconds: 2,
  };
}

/** Fails as the move did, in its own words; that it ended well is no proof of anything (3.2). */
const resultScript = `${field}[ "$(show "$1" SubState)" = exited ] && [ "$(show "$1" ExecMainStatus)" = 0 ] && exit
tail -n 30 "$2" >&2
exit 1`;

export function result(vm: Vm): Run {
  return run('sh', '-c', resultScript, 'sh', unitOf(vm), logOf(vm));
}
