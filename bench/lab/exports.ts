/**
 * Metric 9: what an export carries. The same server, configured by sanctl and by hand; several connections against one over a long
 * line; and a volume by NBD, by iSCSI and by NFS. What a leg of an array costs after an outage: test/lab/backup-pool.lab.ts.
 */
import { type Arm, abba, type Ratio } from '../abba.ts';
import type { Context, Figure, Finding } from '../metric.ts';
import { applySeconds, type Hosts, onNode, siteFolder } from './hosts.ts';
import { serveByNfs } from './nfs.ts';

const megabytes = 64;
/** Added to each frame, in each direction. */
const delayMilliseconds = 10;

/** A volume of its own for each way, so that all of them can be there at the same time. */
const inventory = `version: 1
site: bench
volumeGroups:
  vg0: { nodes: [alpha], devices: [/dev/vdb] }
volumes:
  ours: { size: 128MiB, group: vg0, replicas: [alpha] }
  hand: { size: 128MiB, group: vg0, replicas: [alpha] }
  one: { size: 128MiB, group: vg0, replicas: [alpha] }
  four: { size: 128MiB, group: vg0, replicas: [alpha] }
  lun: { size: 128MiB, group: vg0, replicas: [alpha] }
  files: { size: 192MiB, group: vg0, replicas: [alpha] }
exports:
  ours: { volume: ours, from: alpha, to: [bravo], via: nbd, tls: none }
  one: { volume: one, from: alpha, to: [bravo], via: nbd, tls: none, readOnly: true, connections: 1 }
  four: { volume: four, from: alpha, to: [bravo], via: nbd, tls: none, readOnly: true, connections: 4 }
  lun: { volume: lun, from: alpha, to: [bravo], via: iscsi }
`;

/** What docs/exports.md says of the server, and nothing that sanctl does around it. */
const handMade = `cat >/root/hand.conf <<'END'
[generic]
listenaddr = 10.77.0.11
port = 10999
[hand]
exportname = /dev/vg0/hand
readonly = false
flush = true
fua = false
END
nbd-server -C /root/hand.conf -p /run/hand.pid
`;
const byHand = '/dev/nbd15';

export async function exported(hosts: Hosts, context: Context): Promise<readonly Finding[]> {
  await hosts.reset();
  await applySeconds(hosts, siteFolder(hosts, 'exports', inventory));
  await onNode(hosts, 'alpha', handMade);
  await onNode(hosts, 'bravo', `nbd-client -N hand -b 512 10.77.0.11 10999 ${byHand}\n`);
  const nfs = await serveByNfs(hosts);
  const transfer = (path: string): Arm => seconds(hosts, both(path));
  const [ours, hand, lun] = [transfer('/dev/gnbd/ours'), transfer(byHand), transfer('/dev/mapper/lun')];
  return [
    await figure('throughput: as configured / by hand', hand, ours, context, { least: 0.97 }),
    await figure('throughput: NBD / iSCSI', lun, ours, context),
    typeof nfs === 'string' ? await figure('throughput: NBD / NFS', transfer(nfs), ours, context) : nfs,
    ...(await connections(hosts, context)),
  ];
}

/** What is only read may have several. Four readers, so that there is something for each. */
async function connections(hosts: Hosts, context: Context): Promise<readonly Finding[]> {
  const [one, four] = ['/dev/gnbd/one', '/dev/gnbd/four'].map((path) => seconds(hosts, readers(path)));
  if (one === undefined || four === undefined) throw new Error('there are two of them');
  const near = await figure('reading, four connections / one', one, four, context);
  await hosts.delay(delayMilliseconds);
  try {
    const far = `reading at ${delayMilliseconds} ms each way, four connections / one`;
    return [near, await figure(far, one, four, context, { least: 1 })];
  } finally {
    await hosts.delay(0);
  }
}

/** Of the times the inverse: `b` carried so many times as much as `a`. */
async function figure(what: string, a: Arm, b: Arm, { blocks, say }: Context, hold?: Figure['hold']): Promise<Figure> {
  const { seconds: took, ...ratio }: Ratio = await abba(a, b, blocks);
  const [slow, fast] = [took.a, took.b].map((each) => `${(megabytes / each).toFixed(1)} MB/s`);
  say(`${what}: ${fast} / ${slow}`);
  return { what, ...ratio, ...(hold === undefined ? {} : { hold }) };
}

/** As the node itself measures them: the way there does not count. */
function seconds(hosts: Hosts, work: string): Arm {
  const text = `set -e\nbegin=$(date +%s%N)\n${work}end=$(date +%s%N)\necho $(((end - begin) / 1000))\n`;
  return async () => Number(await onNode(hosts, 'bravo', text)) / 1e6;
}

function both(path: string): string {
  const half = `bs=1M count=${megabytes / 2} status=none`;
  return `dd if=/dev/zero of=${path} ${half} oflag=direct conv=notrunc,fsync\ndd if=${path} of=/dev/null ${half} iflag=direct\n`;
}

function readers(path: string): string {
  const each = megabytes / 4;
  return `for at in 0 1 2 3; do
  dd if=${path} of=/dev/null bs=1M count=${each} skip=$((at * ${each})) status=none iflag=direct &
done
wait
`;
}
