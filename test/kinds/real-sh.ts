/** Commands of the kinds in a real shell, with programs that only pretend: each is a text for `sh`. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from '../../src/shell/command.ts';

export class RealSh {
  /** For whatever the programs need; gone with all temporary folders of the run. */
  readonly folder = mkdtempSync(join(tmpdir(), 'sanctl-sh-'));
  readonly #programs = join(this.folder, 'bin');

  constructor() {
    mkdirSync(this.#programs);
  }

  write(name: string, text: string): string {
    const path = join(this.folder, name);
    writeFileSync(path, text);
    return path;
  }

  /** `elsewhere`: texts of the command that are replaced, for paths that no test may touch. */
  run(
    { argv: [program, ...words] }: Command,
    programs: Readonly<Record<string, string>>,
    elsewhere: Readonly<Record<string, string>> = {},
  ) {
    for (const [name, text] of Object.entries(programs)) {
      writeFileSync(join(this.#programs, name), `#!/bin/sh\n${text}\n`);
      chmodSync(join(this.#programs, name), 0o755);
    }
    const moved = words.map((word) =>
      Object.entries(elsewhere).reduce((text, [from, to]) => text.replaceAll(from, to), word),
    );
    const env = { PATH: `${this.#programs}:${process.env['PATH']}` };
    const { status, stdout, stderr } = spawnSync(program, moved, { env, encoding: 'utf8' });
    return { status, stdout, stderr };
  }
}
