/** The scripts of the cluster as a node would run them, with Pacemaker's own tools, over a cluster in a file. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commitRun, lookCommand } from '../../../src/kinds/cluster/scripts.ts';
import type { Site } from '../../../src/kinds/site.ts';
import type { Command } from '../../../src/shell/command.ts';

interface Answer {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export function look(site: Site, path: string): Answer {
  return ask(lookCommand(site), path);
}

/** `kept`: what stands for /var/lib/sanctl. */
export function commit(site: Site, seen: string, path: string, kept?: string): Answer {
  return ask(commitRun(site, seen).command, path, kept);
}

/** In a folder of its own instead of the node’s. */
export function ask({ argv: [program, ...words], stdin }: Command, path: string, kept?: string): Answer {
  const folder = mkdtempSync(join(tmpdir(), 'node-'));
  const moved = words.map((word) =>
    word.replaceAll('/run/', `${folder}/`).replaceAll('/var/lib/sanctl', kept ?? `${folder}/lib`),
  );
  const env = { ...process.env, LC_ALL: 'C', TZ: 'UTC', PATH: `${process.env['PATH']}:/usr/sbin`, CIB_file: path };
  const { status, stdout, stderr } = spawnSync(program, moved, {
    encoding: 'utf8',
    env,
    input: typeof stdin === 'string' ? stdin : '',
  });
  return { code: status, stdout, stderr };
}
