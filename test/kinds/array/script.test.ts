/** The script of the unit, on a kernel of files: what it does before it asks mdadm. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { templateFiles } from '../../../src/template/files.ts';
import { templateRenderer } from '../../../src/template/render.ts';

const root = mkdtempSync(join(tmpdir(), 'sanctl-array-'));
afterAll(() => rmSync(root, { recursive: true }));
const view = {
  records: `${root}/records`,
  words: `${root}/words`,
  configs: `${root}/`,
  imports: `${root}/imports`,
  run: '--run',
};
const script = templateRenderer(templateFiles())('array/array', view)
  .join('')
  .replaceAll('/sys/', `${root}/sys/`)
  .replaceAll('/dev/md/', `${root}/md/`)
  .replaceAll('[ -b ', '[ -e ');
const uuid = '5c3d2a18:989f3044:fd4d9f23:a9e3bfc4';
const members = [`${root}/m1`, `${root}/m2`];

beforeEach(() => {
  rmSync(root, { recursive: true });
  for (const folder of ['records', 'words', 'md']) mkdirSync(`${root}/${folder}`, { recursive: true });
  writeFileSync(`${root}/one.conf`, `level=1 rate=102400 wait=0 members='${members.join(' ')}'\n`);
  writeFileSync(`${root}/records/one`, `${uuid}\n`);
});

function start() {
  return spawnSync('sh', ['-c', script, 'sh', 'start', 'one'], { encoding: 'utf8' });
}

/** Running, under its name, with these members. */
function running(inside: readonly string[], kernel: string) {
  const md = `${root}/sys/block/md127/md`;
  mkdirSync(md, { recursive: true });
  writeFileSync(`${md}/uuid`, `${kernel}\n`);
  writeFileSync(`${md}/array_state`, 'clean\n');
  writeFileSync(`${root}/md127`, '');
  symlinkSync(`${root}/md127`, `${root}/md/one`);
  for (const member of members) {
    writeFileSync(member, '');
    const holders = `${root}/sys/class/block/${member.slice(root.length + 1)}/holders`;
    mkdirSync(inside.includes(member) ? `${holders}/md127` : holders, { recursive: true });
  }
}

test('the word is for one start, also for one that fails (R2)', () => {
  writeFileSync(`${root}/words/one`, `${members.join('\n')}\n`);
  expect(start().stderr).toContain('no member can be read');
  expect(existsSync(`${root}/words/one`)).toBe(false);
  expect(start().stderr).toContain('what it holds may be newer');
});

test('what runs already is its array, whole, and takes the word away too', () => {
  running(members, uuid.replaceAll(':', '-'));
  writeFileSync(`${root}/words/one`, `${members[0]}\n`);
  expect(start()).toMatchObject({ status: 0, stdout: expect.stringContaining('is assembled already') });
  expect(existsSync(`${root}/words/one`)).toBe(false);
});

test('another array under its name is not taken for it (R2)', () => {
  running(members, uuid.replaceAll(':', '-').replace('5c3d', 'dead'));
  expect(start()).toMatchObject({ status: 1, stderr: expect.stringContaining('is another array') });
});

test('one that somebody assembled without a member is not gone on with (R2)', () => {
  running(members.slice(1), uuid.replaceAll(':', '-'));
  expect(start()).toMatchObject({ status: 1, stderr: expect.stringContaining(`without ${members[0]}`) });
});

test('the record of one array is never the half-written one of another', () => {
  writeFileSync(`${root}/records/one.new`, `${uuid}\n`);
  writeFileSync(`${root}/records/one.without`, `${uuid}\n`);
  spawnSync('sh', ['-c', script, 'sh', 'record', 'one'], { encoding: 'utf8' });
  start();
  expect(existsSync(`${root}/records/one.new`) && existsSync(`${root}/records/one.without`)).toBe(true);
});

test('a leg whose server forgot something is copied whole, once; any other by the bitmap (N1, R7)', () => {
  const [takeIn = ''] = /^take_in\(\) \{\n.*?^\}$/ms.exec(script) ?? [];
  const taken = (leg: string) =>
    spawnSync(
      'sh',
      ['-c', `md=/dev/md/one; mdadm() { echo "$@"; }; md_over() { echo md127; }\n${takeIn}\ntake_in ${leg}`],
      {
        encoding: 'utf8',
      },
    ).stdout;
  mkdirSync(`${root}/imports`);
  writeFileSync(`${root}/imports/.far.forgot`, '');
  expect(taken('/dev/gnbd/near')).toBe('/dev/md/one --re-add /dev/gnbd/near\n');
  expect(taken('/dev/gnbd/far')).toBe('/dev/md/one --add-spare /dev/gnbd/far\n');
  expect(taken('/dev/gnbd/far')).toBe('/dev/md/one --re-add /dev/gnbd/far\n');
});

test('a leg that is imported counts while its unit has proven it, and only then (S3, I2)', () => {
  const [isProven = ''] = /^is_proven\(\) \{\n.*?^\}$/ms.exec(script) ?? [];
  const proven = (leg: string, active: string) =>
    spawnSync('sh', ['-c', `systemctl() { [ "$3" = ${active} ]; }\n${isProven}\nis_proven ${leg}`]).status === 0;
  expect(proven('/dev/gnbd/far', 'sanctl-import-far.service')).toBe(true);
  expect(proven('/dev/gnbd/far', 'sanctl-import-near.service')).toBe(false);
  expect(proven('/dev/mapper/lun', 'sanctl-initiator@lun.service')).toBe(true);
  expect(proven('/dev/mapper/lun', 'none')).toBe(false);
  expect(proven('/dev/vg0/near', 'none')).toBe(true);
});

test('what a member whose server lost its power says that it was clean lacks nothing; because of any other one all is dirty (N1, R7)', () => {
  const [doubt = ''] = /^doubt\(\) \{\n.*?^\}$/ms.exec(script) ?? [];
  const md = `${root}/sys/block/md127/md`;
  mkdirSync(`${root}/imports`);
  mkdirSync(md, { recursive: true });
  /** As mdadm 4.2 prints them. */
  const doubted = (leg: string, state: string, dirty: string, policy = 'bitmap') => {
    writeFileSync(`${root}/imports/.far.forgot`, '');
    writeFileSync(`${md}/bitmap_set_bits`, '');
    writeFileSync(`${md}/consistency_policy`, `${policy}\n`);
    const bitmap = dirty === '' ? '' : `          Bitmap : 39 bits (chunks), ${dirty}`;
    const stubs = `md=/dev/md/one; kernel_name() { echo md127; }
mdadm() { case $1 in --examine) echo '          State : ${state}'; echo "   Array State : AA ('A' == active, '.' == missing, 'R' == replacing)" ;; *) echo '${bitmap}' ;; esac; }`;
    const { status } = spawnSync('sh', ['-c', `${stubs}\n${doubt}\ndoubt ${leg}`], { encoding: 'utf8' });
    const kept = existsSync(`${root}/imports/.far.forgot`);
    return [status, readFileSync(`${md}/bitmap_set_bits`, 'utf8').trim(), kept ? 'noted' : 'forgotten'];
  };
  expect(doubted('/dev/gnbd/far', 'clean', '0 dirty (0.0%)')).toEqual([0, '', 'forgotten']);
  expect(doubted('/dev/gnbd/far', 'active', '0 dirty (0.0%)')).toEqual([0, '0-38', 'noted']);
  expect(doubted('/dev/gnbd/far', 'clean', '1 dirty (2.6%)')).toEqual([0, '0-38', 'noted']);
  expect(doubted('/dev/gnbd/far', 'active', '', 'resync')).toEqual([0, '', 'noted']);
  expect(doubted('/dev/gnbd/far', 'active', '')).toEqual([1, '', 'noted']);
  expect(doubted('/dev/gnbd/near', 'active', '1 dirty (2.6%)')).toEqual([0, '', 'noted']);
  expect(doubted('/dev/vg0/far', 'active', '1 dirty (2.6%)')).toEqual([0, '', 'noted']);
});
