/** A node on which a schedule is due: the rendered script under a real /bin/sh, over programs that answer from files (program.sh). */
import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { removeAnyway } from '../../../src/kinds/force.ts';
import { takeScript } from '../../../src/kinds/snapshot/create.ts';
import { localLockText } from '../../../src/shell/lock.ts';
import { quote } from '../../../src/shell/quote.ts';
import { templateFiles } from '../../../src/template/files.ts';
import { templateRenderer } from '../../../src/template/render.ts';

export const uuid = '6f3c1a52-0000-4000-8000-0000000000aa';
const head =
  'Name                                        ID   Mem VCPUs\tState\tTime(s)   UUID                            Reason-Code\tSecurity Label';
const dom0 =
  'Domain-0                                     0  1024     1     r-----    2127.2 00000000-0000-0000-0000-000000000000        -                -';

/** As `xl list -v` prints it (test/fixtures/xen-4.17), with these domains. */
export function domains(...lines: readonly string[]): string {
  return `${[head, dom0, ...lines].join('\n')}\n`;
}
export function domain(name: string, state = '-b----', id = uuid): string {
  return `${name.padEnd(41)}    1   128     1     ${state}      26.0 ${id}        -                -`;
}

/** A set of the schedule, of both disks. */
export function made(stamp: string, more = ''): string {
  const tags = `sanctl.schedule.nightly.web,sanctl.set.nightly-${stamp},sanctl.snapshot${more}`;
  const line = (disk: string) => `vg0 ${disk}.at.nightly-${stamp} u-${disk}-${stamp} ${disk} ${tags}\n`;
  return ['web-root', 'data'].map(line).join('');
}

/** What the programs answer, by file; an empty text takes a file away. `tick` runs whenever time passes. */
export type Files = Readonly<Record<string, string>>;

export const list = `# Written by sanctl.\nnode alpha\npolicy nightly 2\nvm web ${uuid} mirror=vg0/web-root slice=vg0/data/pool\n`;

const wellAndGood: Files = {
  list,
  uptime: '100.00 90.00\n',
  stamp: '20261122-030000\n',
  state: '-b----\n',
  'xl-here': domains(domain('web')),
  'web-root.slice': '  active::67108864:sanctl,sanctl.seeded\n',
  'data.slice': '  active::67108864:sanctl\n',
  'web-root.dstate': 'UpToDate/UpToDate\n',
  'web-root.role': 'Primary/Secondary\n',
  'web-root.show': 'resource web-root {\n}\n',
  vgs: '  1073741824 4194304\n',
};

const programs = ['uname', 'sleep', 'date', 'xl', 'systemd-run', 'systemctl', 'drbdadm', 'drbdsetup', 'vgs', 'lvs'];
const changing = ['lvcreate', 'lvchange', 'lvremove'];

export interface Due {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** What was changed, in order, by program and its last word. */
  readonly ran: readonly string[];
  /** What is there in the end: a name of a volume for each, `!` before one that is not whole. */
  readonly left: readonly string[];
  readonly note: string;
  /** Seconds that have passed. */
  readonly seconds: number;
}

export class DueNode {
  readonly folder = mkdtempSync(join(tmpdir(), 'sanctl-due-'));

  constructor(files: Files = {}) {
    mkdirSync(this.path('bin'));
    const program = fileURLToPath(new URL('program.sh', import.meta.url));
    for (const name of [...programs, ...changing]) {
      copyFileSync(program, this.path(`bin/${name}`));
      chmodSync(this.path(`bin/${name}`), 0o755);
    }
    writeFileSync(this.path('snapshots'), '');
    this.write({ ...wellAndGood, ...files });
    const content = templateRenderer(templateFiles())('snapshot/snapshot', {
      path: `${this.path('bin')}:/usr/bin:/bin`,
      run: this.path('run'),
      uptime: this.path('uptime'),
      records: this.path('records'),
      locked: localLockText,
      take: quote(takeScript),
      bound: 10,
      fullest: 80,
      patience: 60,
      remove: `lvremove ${removeAnyway}`,
    });
    writeFileSync(this.path('snapshot'), content.join(''));
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  write(files: Files): void {
    for (const [name, text] of Object.entries(files)) {
      if (text === '') rmSync(this.path(name), { force: true });
      else writeFileSync(this.path(name), text);
    }
  }

  read(name: string): string {
    return existsSync(this.path(name)) ? readFileSync(this.path(name), 'utf8') : '';
  }

  due(shell: readonly [string, ...string[]] = ['/bin/sh']): Due {
    const [program, ...words] = shell;
    const script = [this.path('snapshot'), this.path('list')];
    const { status, stdout, stderr } = spawnSync(program, [...words, ...script], { encoding: 'utf8' });
    const lines = (name: string): string[] => this.read(name).split('\n').slice(0, -1);
    return {
      status,
      stdout: stdout.replaceAll(this.folder, ''),
      stderr,
      ran: lines('log').map((line) => {
        const [what = '', ...more] = line.split(' ');
        const verb = what === 'xl' ? `xl ${more[0]}` : what;
        const name = more.indexOf('--name');
        return `${verb} ${name < 0 ? more.at(-1) : more[name + 1]}`;
      }),
      left: lines('snapshots').map((line) => `${line.includes('unfinished') ? '!' : ''}${line.split(' ')[1]}`),
      note: this.read('records/nightly.web'),
      seconds: Number.parseInt(this.read('uptime'), 10) - 100,
    };
  }

  /** Somebody who holds /run/sanctl/running, as a batch does, until he is told to let go. */
  async held(): Promise<() => void> {
    mkdirSync(this.path('run'), { recursive: true });
    const holder = spawn('flock', [this.path('run/running'), 'sh', '-c', 'echo held; read line'], {
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    await new Promise((resolve) => holder.stdout.once('data', resolve));
    return () => holder.stdin.end();
  }
}
