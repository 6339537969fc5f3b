/**
 * A simulated machine under the real `/bin/sh`: the shell text that real nodes get runs here, its programs are stubs that
 * ask the model. Files of the machine lie in a folder; what scripts say of `/etc`, `/proc` and `/sys` is moved there.
 */

import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Action, Command } from '../../src/shell/command.ts';
import { type Layout, nodeLayout } from '../../src/shell/layout.ts';
import type { Batch, Observe, Script } from '../../src/shell/script.ts';
import type { FileStore } from './machine/files.ts';
import type { Machine } from './machine/machine.ts';
import { programs } from './machine/programs.ts';
import { holdersOf } from './machine/programs-devices.ts';

/** Programs which the scripts of sanctl themselves use: the stub looks whom the words are for. */
const shared = new Set(
  'cat sed find sha256sum md5sum ls grep rm sync true mkdir tee tail awk flock readlink test fuser basename cut head kill ln mv sort stat tr'.split(
    ' ',
  ),
);
/** What the shell has itself, or what only calls other programs. */
const real = new Set(['sh', 'env', 'timeout']);
const elsewhere = /(?<![\w/.])\/(?:etc|proc|sys)\/|(?<![\w/.])\/var\/lib\/sanctl\//g;

export class RealShell {
  readonly machine: Machine;
  readonly layout: Layout;
  readonly #base = mkdtempSync(join(tmpdir(), 'sanctl-sim-'));
  readonly #advance: (seconds: number) => void;
  /** What went wrong in the model; the run must fail with it. */
  readonly problems: unknown[] = [];
  #server: Server | undefined;

  constructor(machine: Machine, advance: (seconds: number) => void) {
    this.machine = machine;
    this.#advance = advance;
    const uptime = join(this.#base, 'uptime');
    this.layout = {
      run: join(this.#base, 'run'),
      state: join(this.#base, 'state'),
      uptime,
      systemd: join(this.#base, 'no-systemd'),
      path: `${join(this.#base, 'bin')}:${nodeLayout.path}`,
    };
    mkdirSync(this.#root, { recursive: true });
    machine.files.moveTo(folderStore(this.#root, this.layout.state));
  }

  get #root(): string {
    return join(this.#base, 'root');
  }

  async start(): Promise<void> {
    this.#server = createServer({ allowHalfOpen: true }, (socket) => {
      let asked = '';
      socket.on('error', () => undefined);
      socket.on('data', (data) => {
        asked += data.toString('utf8');
        if (asked.endsWith('\0\0')) socket.end(`${this.#answer(asked.slice(0, -2).split('\0'))}\n`);
      });
    });
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    this.#writeStubs(address.port);
    this.#refresh();
  }

  async stop(): Promise<void> {
    this.#server?.close();
    rmSync(this.#base, { recursive: true, force: true });
  }

  /** The same script, for this machine's folder. */
  moved(script: Script): Script {
    if (script.do === 'observe') return this.#observe(script);
    if (script.do === 'claim') return { ...script, observe: this.#observe(script.observe) };
    return script.do === 'batch' ? this.#batch(script) : script;
  }

  #observe(script: Observe): Observe {
    return { ...script, probes: script.probes.map((probe) => ({ ...probe, command: this.#command(probe.command) })) };
  }

  #batch(script: Batch): Batch {
    const steps = script.steps.map((step) => ({
      ...step,
      guards: step.guards.map((guard) => ({ ...guard, ask: this.#command(guard.ask) })),
      actions: step.actions.map((action) => this.#action(action)),
    }));
    return { ...script, steps };
  }

  #action(action: Action): Action {
    if (action.do === 'write' || action.do === 'remove') return { ...action, path: this.#root + action.path };
    return 'command' in action ? { ...action, command: this.#command(action.command) } : action;
  }

  #command(command: Command): Command {
    const argv = command.argv.map((word) => word.replace(elsewhere, (path) => this.#root + path));
    return { ...command, argv: argv as [string, ...string[]] };
  }

  /** What a stub asks: its name and its words. The answer lies in two files, and its status is said. */
  #answer(argv: readonly string[]): string {
    const words = argv.map((word) => word.replaceAll(this.#root, '').replaceAll(this.layout.state, nodeLayout.state));
    let answer = { code: 99, stdout: '', stderr: 'the model failed\n' };
    try {
      if (words[0] === 'sleep') this.#advance(Number(words[1]));
      else answer = this.machine.exec(words);
      if (words[0] === 'sleep') answer = { code: 0, stdout: '', stderr: '' };
      this.#advance(0.1);
    } catch (problem) {
      this.problems.push(problem);
    }
    this.#refresh();
    const path = join(this.#base, `answer-${this.machine.random.hex(8)}`);
    writeFileSync(`${path}.out`, answer.stdout);
    writeFileSync(`${path}.err`, answer.stderr);
    return `${answer.code} ${path}`;
  }

  /** What scripts see without asking a program: modules, the hypervisor, the uptime, what is built on disks. */
  #refresh(): void {
    writeFileSync(this.layout.uptime, `${this.machine.uptimeSeconds.toFixed(2)} 1.00\n`);
    const modules = join(this.#root, 'sys/module');
    rmSync(modules, { recursive: true, force: true });
    for (const module of this.machine.modules) mkdirSync(join(modules, module), { recursive: true });
    mkdirSync(join(this.#root, 'sys/hypervisor'), { recursive: true });
    writeFileSync(join(this.#root, 'sys/hypervisor/type'), 'xen\n');
    mkdirSync(join(this.#root, 'proc'), { recursive: true });
    writeFileSync(join(this.#root, 'proc/mounts'), '');
    const blocks = join(this.#root, 'sys/class/block');
    rmSync(blocks, { recursive: true, force: true });
    for (const disk of this.machine.disks)
      for (const holder of ['', ...holdersOf(this.machine, disk)])
        mkdirSync(join(blocks, disk.name, 'holders', holder), { recursive: true });
    for (const folder of ['etc/drbd.d', 'etc/xen/scripts', 'etc/lvm', 'etc/modprobe.d', 'etc/modules-load.d'])
      mkdirSync(join(this.#root, folder), { recursive: true });
  }

  #writeStubs(port: number): void {
    const bin = join(this.#base, 'bin');
    mkdirSync(bin);
    const ask = `exec 3<>/dev/tcp/127.0.0.1/${port}
printf '%s\\0' "\${0##*/}" "$@" >&3; printf '\\0' >&3
read -r code path <&3
cat "$path.out"; cat "$path.err" >&2
rm -f "$path.out" "$path.err"
exit "$code"
`;
    for (const name of [...programs.keys(), 'sleep'].filter((one) => !real.has(one) && !one.includes('/'))) {
      const text = shared.has(name) ? this.#chooser(name) + ask : ask;
      writeFileSync(join(bin, name), `#!/bin/bash\nPATH=${nodeLayout.path}\n${text}`);
      chmodSync(join(bin, name), 0o755);
    }
    writeFileSync(join(bin, 'chown'), '#!/bin/sh\nexit 0\n');
    chmodSync(join(bin, 'chown'), 0o755);
  }

  /** `rm -f`, `sync --` and whatever names nothing of the machine is the script's own. */
  #chooser(name: string): string {
    return `case "\${1-}" in -f | --) [ '${name}' = rm ] || [ '${name}' = sync ] && exec ${name} "$@" ;; esac
case " $*" in *'${this.#root}'* | *' /dev/vg'* | *' /dev/vd'*) ;; *) exec ${name} "$@" ;; esac
`;
  }
}

/** A machine's files in a folder; the hashes that scripts append lie with sanctl's own state. */
function folderStore(root: string, state: string): FileStore {
  const place = (path: string): string =>
    path.startsWith(nodeLayout.state) ? path.replace(nodeLayout.state, state) : root + path;
  return {
    get(path) {
      const at = place(path);
      if (!existsSync(at) || !statSync(at).isFile()) return undefined;
      const mode = (statSync(at).mode & 0o777).toString(8);
      return { content: readFileSync(at, 'utf8').replaceAll(root, ''), mode, owner: '0:0', type: 'regular file' };
    },
    set(path, file) {
      mkdirSync(dirname(place(path)), { recursive: true });
      writeFileSync(place(path), file.content);
      chmodSync(place(path), Number.parseInt(file.mode, 8));
      return new Map();
    },
    delete(path) {
      rmSync(place(path), { force: true });
      return true;
    },
    keys: () =>
      (existsSync(join(root, 'etc'))
        ? walk(join(root, 'etc')).map((path) => path.slice(root.length))
        : []
      ).values() as MapIterator<string>,
  };
}

function walk(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? walk(join(folder, entry.name)) : [join(folder, entry.name)],
  );
}
