/** The operator's day on real hosts: what stands in docs/day.md, docs/why.md and docs/import.md. */
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as lab from '../../src/lab/index.ts';
import { drifts } from './drifts.ts';
import { ask, must } from './support.ts';
import { apply, expectLedgerGrows, expectNothingToDo, inventory, sanctl, trusting, useTwoHosts } from './two-hosts.ts';

useTwoHosts();

interface Told {
  readonly code: number | null;
  /** `undeclared/volume volume/vg0/orphan on alpha: …`, one for each finding. */
  readonly findings: readonly string[];
}

async function verify(site: string): Promise<Told> {
  const { code, output } = await sanctl('verify', site, '--json');
  const lines = output.split('\n').filter((line) => line.startsWith('{'));
  const records = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  const findings = records.filter(({ type }) => type === 'finding');
  return { code, findings: findings.map(({ code: of, detail }) => `${String(of)} ${String(detail)}`) };
}

const wellConnected =
  'until [ "$(drbdadm cstate web-root)/$(drbdadm dstate web-root)" = Connected/UpToDate/UpToDate ]; do sleep 1; done';

describe('a site that is as wished', () => {
  it('is told to be so, and is imported as what it is', async () => {
    const site = inventory(trusting);
    await apply(site);
    await expectLedgerGrows('alpha');
    expect(await verify(site)).toEqual({ code: 0, findings: [] });
    expect((await sanctl('status', site)).code).toBe(0);
    const { sshConfig } = must(await lab.status()).files;
    const file = join(tmpdir(), `sanctl-imported-${process.pid}.yaml`);
    try {
      const { output } = await sanctl('import', 'alpha', 'bravo', '--ssh-config', sshConfig, '--out', file);
      expect(output).toContain(file);
      await expectNothingToDo(file);
    } finally {
      rmSync(file, { force: true });
    }
  });

  it.each(drifts)('$name: found, and nothing else', async ({ node, make, undo, finds }) => {
    const site = inventory(trusting);
    await ask(node, make);
    try {
      const { code, findings } = await verify(site);
      expect(
        finds.filter((one) => !findings.some((finding) => one.test(finding))),
        findings.join('\n'),
      ).toEqual([]);
      expect(findings.filter((finding) => !finds.some((one) => one.test(finding)))).toEqual([]);
      expect(code).toBe(2);
    } finally {
      await ask(node, undo);
    }
  });

  it('is as wished again when they are undone', async () => {
    expect(await verify(inventory(trusting))).toEqual({ code: 0, findings: [] });
  });
});

describe('status and why', () => {
  it('the link is cut: one copy, and the network is to blame', async () => {
    const site = inventory(trusting);
    must(await lab.cut('alpha', 'bravo'));
    await ask('alpha', 'while [ "$(drbdadm cstate web-root)" = Connected ]; do sleep 1; done');
    expect(await sanctl('status', site)).toMatchObject({
      code: 2,
      output: expect.stringMatching(/drbd\/not-connected/),
    });
    expect(await sanctl('-i', site, 'why', 'web-root')).toMatchObject({
      code: 2,
      output: expect.stringMatching(/network-cut/),
    });
  });

  it('bravo goes on by itself as well: a split brain, told as one, whose histories are both shown', async () => {
    const site = inventory(trusting);
    await ask(
      'bravo',
      'drbdadm primary web-root && dd if=/dev/zero of=/dev/drbd0 bs=4096 count=8 oflag=direct && drbdadm secondary web-root',
    );
    must(await lab.heal());
    await ask('alpha', 'until [ "$(drbdadm cstate web-root)" = StandAlone ]; do sleep 1; done');
    expect(await sanctl('status', site)).toMatchObject({
      code: 2,
      output: expect.stringMatching(/drbd\/(split-brain|stand-alone)/),
    });
    const { code, output } = await sanctl('-i', site, 'why', 'web-root');
    expect(code).toBe(2);
    expect(output).toMatch(/proven: Both sides changed apart from each other/);
    await giveUpBravo(output);
    await ask('alpha', wellConnected);
    await expectLedgerGrows('alpha');
    expect(await verify(site)).toMatchObject({
      findings: [expect.stringMatching(/undeclared\/volume .*before-split-brain/)],
    });
    await ask('bravo', 'lvremove --yes vg0/web-root-before-split-brain');
    expect(await verify(site)).toEqual({ code: 0, findings: [] });
  });
});

/** What `why` says of how alpha's data are kept, as it stands there. */
async function giveUpBravo(said: string): Promise<void> {
  const commands = [...said.matchAll(/^ *(alpha|bravo)\$ (.*)$/gm)].map(([, node = '', command = '']) => ({
    node,
    command,
  }));
  const first = commands.findIndex(({ node, command }) => node === 'bravo' && command.includes('--discard-my-data'));
  const other = commands.findIndex(({ node, command }) => node === 'alpha' && command.includes('--discard-my-data'));
  expect(first).toBeGreaterThanOrEqual(0);
  const way = other > first ? commands.slice(first, other) : commands.slice(first);
  for (const { node, command } of way) await ask(node, command);
}
