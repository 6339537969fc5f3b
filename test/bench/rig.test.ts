/** What measures must not lie: a delay that is none, a baseline that does not check its host, a fleet that is not as wished. */
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { fleet } from '../../bench/planning/fleet.ts';
import { delayProxy } from '../../bench/rig/delay-proxy.ts';
import { listen } from '../../bench/rig/listen.ts';
import { noChangeRun, siteOf, tasks } from '../../bench/rig/looking.ts';
import { rawLoop } from '../../bench/rig/raw.ts';
import { noSshd, startSshd } from '../../bench/rig/sshd.ts';
import { makePlan } from '../../src/plan/make.ts';

describe('the delay proxy', () => {
  it('is never faster than its round trip time', async () => {
    const echo = createServer((socket) => socket.pipe(socket));
    const proxy = await delayProxy([await listen(echo)], 40);
    expect(await proxy.roundTrip()).toBeGreaterThanOrEqual(0.039);
    proxy.close();
    echo.close();
  });
});

describe.skipIf(noSshd() !== undefined)(
  `sshd on loopback${noSshd() === undefined ? '' : ` [NOT RUN: ${noSshd()}]`}`,
  () => {
    it('serves both arms, and the bare one checks the host key, too', async () => {
      const rig = await startSshd(2);
      try {
        expect(await rawLoop(rig, rig.ports, 'echo $((6 * 7))')).toEqual(['42\n', '42\n']);
        await noChangeRun(siteOf(rig, rig.ports), tasks(4));
        await expect(noChangeRun(siteOf(rig, rig.ports), [['false']])).rejects.toThrow(/task 0/);
        const stranger = { ...rig, hostKey: 'ssh-ed25519 AAAA' };
        await expect(rawLoop(stranger, rig.ports.slice(0, 1), 'true')).rejects.toThrow();
      } finally {
        rig.close();
      }
    });
  },
);

describe('the fleet', () => {
  it('is as wished but for ten volumes that are missing and ten that are small', () => {
    const made = makePlan(fleet(40));
    if (!made.ok) throw new Error(JSON.stringify(made.diagnostics.slice(0, 3)));
    const verbs = made.value.steps.map(({ id }) => id.split('#')[1]);
    expect(verbs.filter((verb) => verb === 'create')).toHaveLength(10);
    expect(verbs.filter((verb) => verb === 'grow')).toHaveLength(10);
    expect(verbs).toHaveLength(20);
    expect(made.value.undeclared).toEqual([]);
    expect(made.diagnostics.filter(({ severity }) => severity !== 'note')).toEqual([]);
  });

  it('has ten times as many volumes as nodes', () => {
    const { site } = fleet(40);
    expect(Object.keys(site.volumes)).toHaveLength(400);
  });
});
