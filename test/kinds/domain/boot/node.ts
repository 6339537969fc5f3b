/** A node that boots: the rendered script under a real /bin/sh, over programs that answer from files and write down what they are told. */
import { type SpawnSyncReturns, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { goodState } from '../../../../src/kinds/drbd/ask.ts';
import { localLockText } from '../../../../src/shell/lock.ts';
import { templateFiles } from '../../../../src/template/files.ts';
import { templateRenderer } from '../../../../src/template/render.ts';

export const uuid = '6f3c1a52-0000-4000-8000-0000000000aa';
const config = 'name = "web"\n';
const sum = createHash('sha256').update(config).digest('hex');
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

export const web = `vm web ${uuid} ${sum} mirror=web-root=/dev/drbd0 node=bravo=10.77.0.12`;
export const list = `# Written by sanctl.\nnode alpha\nmirror web-root vg0\n${web}\n`;

/** What the programs answer, by file; an empty text takes a file away. `tick` runs whenever time passes. */
export type Files = Readonly<Record<string, string>>;

const wellAndGood: Files = {
  'boot.list': list,
  'web.cfg': config,
  uptime: '100.00 90.00\n',
  // A mirror that is down, and what it is once it has been brought up.
  'web-root.up': 'Connected UpToDate/UpToDate Secondary/Secondary',
  'web-root.show': 'resource web-root {\n    net {\n        shared-secret "canary";\n    }\n}\n',
  'web-root.dev': '/dev/drbd0\n',
  'xl-here': domains(),
  'xl-10.77.0.12': domains(),
};

const program = `#!/bin/sh
cd "\${0%/*}/.." || exit
name=\${0##*/}
[ ! -e "/proc/$$/fd/8" ] || echo "the lock leaked into $name" >>log
answer() {
  count=$(($(cat "$1.count" 2>/dev/null || echo 0) + 1))
  echo "$count" >"$1.count"
  if [ -e "$1.$count" ]; then cat "$1.$count"; else cat "$1" 2>/dev/null || exit 255; fi
}
case $name in
  uname) echo alpha ;;
  sleep)
    read -r up _ <uptime
    echo "$((\${up%%.*} + $1)).00 0.00" >uptime
    [ ! -e tick ] || sh ./tick "$((\${up%%.*} + $1))"
    ;;
  xl)
    case "$*" in
      'list -v') answer xl-here ;;
      create\\ *)
        echo "xl $*" >>log
        [ ! -e create.fails ] || { cat create.fails; exit 3; }
        cat created >>xl-here
        ;;
      *) exit 99 ;;
    esac
    ;;
  ssh)
    echo "ssh $*" >>asked
    for word; do case $word in root@*) at=\${word#root@} ;; esac; done
    case "$*" in *" root@$at xl list -v") answer "xl-$at" ;; *) exit 99 ;; esac
    ;;
  lvs)
    slice=$(printf '%s' "$*" | sed 's/.*lv_name=\\([^ ]*\\) .*/\\1/')
    case "$*" in *'-o lv_tags'*) [ ! -e "$slice.unread" ] || exit 5; cat "$slice.tags" 2>/dev/null || echo '  sanctl'; exit ;; esac
    case "$*" in *sanctl.seeded*) [ ! -e "$slice.unseeded" ] || exit 0 ;; esac
    case "$*" in *lv_device_open=0*) [ ! -e "$slice.open" ] || exit 0 ;; esac
    echo "  $slice"
    ;;
  drbdsetup) [ "$1" = show ] && cat "$2.show" ;;
  drbdadm)
    state=$(cat "$2.state" 2>/dev/null)
    case $1 in
      up)
        echo "$name $*" >>log
        [ ! -e "$2.fails" ] || { cat "$2.fails"; exit 20; }
        cat "$2.up" >"$2.state"
        ;;
      down) echo "$name $*" >>log && rm -f "$2.state" ;;
      sh-dev) cat "$2.dev" ;;
      cstate | dstate | role | primary | secondary)
        [ -n "$state" ] || { echo 'Device minor not allocated' >&2; exit 10; }
        set -- "$1" "$2" $state
        case $1 in
          cstate) echo "$3" ;;
          dstate) echo "$4" ;;
          role) echo "$5" ;;
          *)
            echo "$name $1 $2" >>log
            [ ! -e "$1.fails" ] || { cat "$1.fails"; exit 11; }
            case $1 in primary) role=\${PRIMARY-Primary} ;; secondary) role=Secondary ;; esac
            echo "$3 $4 $role/\${5#*/}" >"$2.state"
            ;;
        esac
        ;;
      *) exit 99 ;;
    esac
    ;;
esac
`;

export interface Booted extends Pick<SpawnSyncReturns<string>, 'status' | 'stdout' | 'stderr'> {
  /** What was told to Xen and DRBD, in order. */
  readonly ran: readonly string[];
  /** Every command by which another node was asked. */
  readonly asked: readonly string[];
  /** Seconds that have passed. */
  readonly seconds: number;
}

export class BootingNode {
  readonly folder = mkdtempSync(join(tmpdir(), 'sanctl-boot-'));
  #script: string;

  constructor(files: Files = {}, waitSeconds = 30) {
    mkdirSync(this.path('bin'));
    for (const name of ['uname', 'sleep', 'xl', 'ssh', 'lvs', 'drbdsetup', 'drbdadm']) {
      writeFileSync(this.path(`bin/${name}`), program);
      chmodSync(this.path(`bin/${name}`), 0o755);
    }
    this.write({ ...wellAndGood, created: `${domain('web')}\n`, ...files });
    const content = templateRenderer(templateFiles())('domain/boot', {
      path: `${this.path('bin')}:/usr/bin:/bin`,
      run: this.path('run'),
      uptime: this.path('uptime'),
      list: this.path('boot.list'),
      configs: this.folder,
      ssh: 'ssh -i key -o BatchMode=yes',
      waitSeconds,
      locked: localLockText,
      good: goodState({ replicas: ['alpha', 'bravo'] }, '8.4'),
    });
    this.#script = content.join('');
    writeFileSync(this.path('boot'), this.#script);
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

  boot(shell: readonly [string, ...string[]] = ['/bin/sh']): Booted {
    this.write({ log: '', asked: '' });
    const [program, ...words] = shell;
    const { status, stdout, stderr } = spawnSync(program, [...words, this.path('boot')], { encoding: 'utf8' });
    const lines = (name: string): string[] => this.read(name).split('\n').slice(0, -1);
    const ran = lines('log').map((line) => line.replaceAll(`${this.folder}/`, ''));
    const out = stdout.replaceAll(this.folder, '');
    return {
      status,
      stdout: out,
      stderr,
      ran,
      asked: lines('asked'),
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
