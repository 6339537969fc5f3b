/** The whole command line over simulated nodes: their clock is let go whenever sanctl waits for it. */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as realTime } from 'node:timers/promises';
import { random } from '../sim/random.ts';
import { Setting } from '../sim/setting.ts';
import { type Around, type Run, sanctl } from './run.ts';

export const inventory = `version: 1
site: home
nodes:
  alpha: { address: 10.77.0.11, ssh: { host: 127.0.0.1, port: 2201 } }
  bravo: { address: 10.77.0.12, ssh: { host: 127.0.0.1, port: 2202 } }
volumeGroups:
  vg0: { nodes: [alpha, bravo], devices: [/dev/vdb] }
volumes:
  isos: { size: 64MiB, group: vg0, replicas: [alpha] }
  backup: { size: 128MiB, group: vg0, replicas: [bravo] }
`;

export class Desk {
  readonly folder = mkdtempSync(join(tmpdir(), 'sanctl-desk-'));
  readonly setting = new Setting(random(7));
  readonly inventory = this.write('inventory.yaml', inventory);

  write(name: string, text: string): string {
    const path = join(this.folder, name);
    writeFileSync(path, text);
    return path;
  }

  read(name: string): string {
    return readFileSync(join(this.folder, name), 'utf8');
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  /** What was printed names this folder nowhere else than in paths: those become names. */
  async run(argv: readonly string[], around: Around = {}): Promise<Run> {
    const { transport, clock } = this.setting;
    const env = { XDG_STATE_HOME: join(this.folder, 'state'), SANCTL_INVENTORY: this.inventory };
    const run = await this.letGo(sanctl(argv, { transport, clock, ...around, env: { ...env, ...around.env } }));
    const plain = (text: string): string => text.replaceAll(`${this.folder}/`, '');
    return { code: run.code, stdout: plain(run.stdout), stderr: plain(run.stderr) };
  }

  /** The command line also waits for real files, of which the simulated clock knows nothing: then it gets a moment. */
  async letGo<T>(work: Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await this.setting.clock.run(work);
      } catch (problem) {
        if (!(problem instanceof Error) || !problem.message.includes('never come')) throw problem;
        await realTime(1);
      }
    }
  }
}
