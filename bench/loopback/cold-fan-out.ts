/** Metric 1: all nodes from nothing to "as wished", four idempotent operations on each. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../../src/transport/local.ts';
import { type Arm, abba } from '../abba.ts';
import { interrupted } from '../interrupt.ts';
import { type Context, type Finding, type Metric, notRun } from '../metric.ts';
import { ansiblePlay, ansibleVersion } from '../rig/ansible.ts';
import { byHand, noChangeRun, siteOf, tasks } from '../rig/looking.ts';
import { rawLoop } from '../rig/raw.ts';
import { noSshd, type SshdRig, startSshd } from '../rig/sshd.ts';

const counts = [5, 25, 50];
const argvs = tasks(4);

export const coldFanOut: Metric = {
  number: 1,
  title: 'Cold fan-out, 4 idempotent operations',
  async measure(context) {
    const missing = noSshd();
    if (missing !== undefined) return [notRun('cold fan-out', missing)];
    const rig = await startSshd(Math.max(...counts));
    try {
      const findings: Finding[] = [];
      for (const count of counts) findings.push(await againstRaw(rig, count, context));
      for (const count of counts) findings.push(await againstAnsible(rig, count, context));
      return findings;
    } finally {
      rig.close();
    }
  },
};

/** The control of the loopback metrics: the raw loop against itself. */
export async function loopbackControl(blocks: number): ReturnType<typeof abba> {
  const rig = await startSshd(25);
  const arm: Arm = async () => void (await rawLoop(rig, rig.ports, byHand(argvs)));
  return abba(arm, arm, blocks).finally(rig.close);
}

/** In one process, so that what both share at its start does not dilute the ratio. */
async function againstRaw(rig: SshdRig, count: number, { blocks, say }: Context): Promise<Finding> {
  const ports = rig.ports.slice(0, count);
  const site = siteOf(rig, ports);
  const sanctl: Arm = async () => void (await noChangeRun(site, argvs));
  const raw: Arm = async () => void (await rawLoop(rig, ports, byHand(argvs)));
  const { seconds, ...ratio } = await abba(sanctl, raw, blocks);
  say(`${count} nodes: sanctl ${seconds.a.toFixed(3)} s, raw ssh2 ${seconds.b.toFixed(3)} s`);
  return { what: `${count} nodes: sanctl / raw ssh2 loop`, ...ratio, hold: { most: 1.3 } };
}

/** As programs, start-up included; sanctl's from source, which starts more slowly than it does when built. */
async function againstAnsible(rig: SshdRig, count: number, { blocks, say }: Context): Promise<Finding> {
  const what = `${count} nodes: sanctl / Ansible`;
  if ((await ansibleVersion()) === undefined) return notRun(what, 'there is no Ansible (`apt-get install ansible`)');
  const ports = rig.ports.slice(0, count);
  const play = ansiblePlay(rig, ports, argvs);
  const { seconds, ...ratio } = await abba(lookProgram(rig, ports), () => play.run(), blocks);
  say(`${count} nodes: sanctl ${seconds.a.toFixed(3)} s, Ansible ${seconds.b.toFixed(3)} s`);
  return { what, ...ratio, ...(count >= 25 ? { hold: { most: 0.25 } } : {}) };
}

function lookProgram(rig: SshdRig, ports: readonly number[]): Arm {
  const file = join(rig.folder, `site-${ports.length}.json`);
  writeFileSync(file, JSON.stringify(siteOf(rig, ports)));
  const program = [process.execPath, '--import', 'tsx', 'bench/loopback/look.child.ts', file, String(argvs.length)];
  return async () => {
    const ran = await run(program, { timeoutSeconds: 300, signal: interrupted });
    if (ran.code !== 0) throw new Error(`look.child.ts: ${ran.stderr}`);
    return undefined;
  };
}
