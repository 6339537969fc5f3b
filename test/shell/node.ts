/** A node of the tests: the real /bin/sh of this machine in a root of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SecretRef } from '../../src/shell/command.ts';
import { type BatchEvent, parseEvent } from '../../src/shell/events.ts';
import { type Layout, nodeLayout } from '../../src/shell/layout.ts';
import { type Rendered, render } from '../../src/shell/render.ts';
import type { Batch, Holder, Script } from '../../src/shell/script.ts';
import type { Step } from '../../src/step.ts';

export interface Answer {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface TestNode {
  readonly root: string;
  readonly layout: Layout;
  /** A file of the node that the tests use. */
  path(name: string): string;
  setUptime(seconds: number): void;
  run(script: Script, secrets?: Readonly<Record<string, string>>): Promise<Answer>;
  start(script: Script, secrets?: Readonly<Record<string, string>>): Running;
  remove(): void;
}

export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Answer>;
  /** Resolves when stdout holds this text. */
  heard(text: string): Promise<void>;
}

export function testNode(): TestNode {
  const root = mkdtempSync(join(tmpdir(), 'sanctl-shell-'));
  const uptime = join(root, 'uptime');
  const layout: Layout = {
    ...nodeLayout,
    run: join(root, 'run/sanctl'),
    state: join(root, 'var/sanctl'),
    uptime,
    systemd: join(root, 'no-systemd'),
  };
  const setUptime = (seconds: number): void => writeFileSync(uptime, `${seconds}.25 1.00\n`);
  setUptime(1000);
  const start: TestNode['start'] = (script, secrets = {}) => {
    const secretOf = ({ secret }: SecretRef): string => secrets[secret] ?? '';
    return startRendered(render(script, secretOf, layout));
  };
  mkdirSync(join(root, 'files'));
  return {
    root,
    layout,
    path: (name) => join(root, 'files', name),
    setUptime,
    start,
    run: (script, secrets) => start(script, secrets).ended,
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}

export function startRendered({ command, stdin }: Rendered, shell = '/bin/sh'): Running {
  const child = spawn(shell, ['-c', command], { stdio: ['pipe', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  let listeners: (() => void)[] = [];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    for (const listen of listeners) listen();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  child.stdin.on('error', () => {});
  child.stdin.end(stdin ?? '');
  const ended = new Promise<Answer>((resolve) => child.on('close', (code) => resolve({ code, stdout, stderr })));
  const heard = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const listen = (): void => {
        if (!stdout.includes(text)) return;
        listeners = listeners.filter((one) => one !== listen);
        resolve();
      };
      listeners.push(listen);
      child.on('close', () => reject(new Error(`ended without ${text}: ${stdout}${stderr}`)));
      listen();
    });
  return { child, ended, heard };
}

export function eventsOf(stdout: string): readonly BatchEvent[] {
  return stdout.split('\n').flatMap((line) => parseEvent(line) ?? []);
}

/** `began 1, done 1, ended`: the shape of a run in one line. */
export function storyOf(stdout: string): string {
  return eventsOf(stdout)
    .filter(({ is }) => is !== 'waiting')
    .map((event) => ('step' in event ? `${event.is} ${event.step}` : event.is))
    .join(', ');
}

export const holder: Holder = {
  operation: 'op1',
  nonce: 'n1',
  owner: 'ann',
  host: 'desk',
  pid: 7,
  leaseSeconds: 60,
  title: 'apply inventory.yaml',
};

export function claimOf(more: Partial<Holder> = {}): Script {
  return { do: 'claim', holder: { ...holder, ...more }, observe: { do: 'observe', probes: [], boundary: 'b0' } };
}

export function step(more: Partial<Step>): Step {
  return {
    id: 'volume/a@alpha#create',
    node: 'alpha',
    title: 't',
    needs: [],
    danger: 'none',
    guards: [],
    actions: [],
    ...more,
  };
}

export function batchOf(steps: readonly Partial<Step>[], more: Partial<Batch> = {}): Batch {
  const whole = steps.map((one, at) => step({ id: `volume/a@alpha#s${at + 1}`, ...one }));
  return { do: 'batch', operation: 'op1', nonce: 'n1', batch: 1, node: 'alpha', steps: whole, secrets: [], ...more };
}

export function read(path: string): string {
  return readFileSync(path, 'utf8');
}
