/** The volume `files` by NFS: what the lab's image does not have is fetched here and laid on the nodes. */
import { readdirSync, readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../../src/transport/local.ts';
import { type NotRun, notRun } from '../metric.ts';
import { type Hosts, onNode } from './hosts.ts';

/** What Debian's NFS needs beyond the packages of the image. */
const packages = [
  ...['nfs-kernel-server', 'nfs-common', 'rpcbind', 'keyutils', 'netbase', 'ucf'],
  ...['libnfsidmap1', 'libevent-core-2.1-7', 'libwrap0', 'libtirpc3', 'libtirpc-common'],
] as const;
const file = '/mnt/files/file';

const what = 'throughput: NBD / NFS';

/** The path of a file in it on the second node. */
export async function serveByNfs(hosts: Hosts): Promise<string | NotRun> {
  const folder = join(hosts.folder.path, 'nfs');
  await mkdir(folder, { recursive: true });
  const fetched = await run(['apt-get', 'download', ...packages], { cwd: folder, timeoutSeconds: 300 });
  if (fetched.code !== 0) return notRun(what, 'its packages cannot be fetched (`apt-get download nfs-kernel-server`)');
  const archives = readdirSync(folder).map((name) => {
    const text = readFileSync(join(folder, name)).toString('base64');
    return `base64 -d >/root/nfs/${name} <<'END'\n${text}\nEND\n`;
  });
  const install = `mkdir -p /root/nfs\n${archives.join('')}DEBIAN_FRONTEND=noninteractive dpkg -i /root/nfs/*.deb 2>&1\n`;
  await Promise.all(['alpha', 'bravo'].map((node) => onNode(hosts, node, install)));
  await onNode(hosts, 'alpha', serve);
  await onNode(hosts, 'bravo', mount);
  return file;
}

const serve = `set -e
mkfs.ext4 -q /dev/vg0/files && mkdir -p /srv/files && mount /dev/vg0/files /srv/files
systemctl start nfs-server
exportfs -o rw,sync,no_root_squash,no_subtree_check 10.77.0.12:/srv/files
`;

const mount = `set -e
mkdir -p /mnt/files && mount -t nfs4 10.77.0.11:/srv/files /mnt/files
dd if=/dev/zero of=${file} bs=1M count=128 status=none conv=fsync
`;
