/** What serves and holds network block devices, and the small programs that their scripts use. */
import { fail, silent, UnknownCommand } from './answer.ts';
import { asked } from './nbd-holder.ts';
import { nbdServer } from './nbd-server.ts';
import type { Program } from './program.ts';

export const nbd: Readonly<Record<string, Program>> = {
  ...nbdServer,
  '/etc/sanctl/import'(machine, argv) {
    const job = asked(machine, argv);
    for (let next = job.next(); ; next = job.next()) if (next.done) return next.value;
  },
  // Whether the holder can be read as a program; what it does is in the model.
  python3: (machine, argv) => (machine.files.get(argv.at(-1) ?? '') === undefined ? fail(1) : silent),
  kill(machine, argv) {
    if (argv[1] !== '-9') throw new UnknownCommand(argv.join(' '));
    for (const pid of argv.slice(2)) [...machine.processes].find((one) => one.pid === Number(pid))?.end();
    return silent;
  },
  mv(machine, argv) {
    const [from = '', to = ''] = argv.filter((word, at) => at > 0 && !word.startsWith('-'));
    const file = machine.files.get(from);
    if (file === undefined) return fail(1, `mv: cannot stat '${from}': No such file or directory`);
    if (argv.includes('--no-clobber') && machine.files.get(to) !== undefined) return silent;
    machine.files.move(from, to);
    const image = machine.images.get(from);
    machine.images.delete(from);
    if (image !== undefined) machine.images.set(to, image);
    machine.point(`${to} is there`);
    return silent;
  },
  ln(machine, argv) {
    if (!/^-sfnT?$/.test(argv[1] ?? '') || argv.length !== 4) throw new UnknownCommand(argv.join(' '));
    machine.files.link(argv[3] ?? '', argv[2] ?? '');
    machine.point(`${argv[3]} is linked`);
    return silent;
  },
};
