/** Inventories as text: what the tests load. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Diagnostic, Result } from '../../src/diagnostic.ts';
import { type Inventory, loadInventory } from '../../src/inventory/index.ts';

/** Valid, without a warning, and with every section in block style: a mutant changes one line. */
export const good = `version: 1
site: home
defaults:
  ssh: { user: root }
  replication: { secret: drbd }
nodes:
  alpha:
    address: 10.77.0.11
  bravo:
    address: 10.77.0.12
    ssh: { host: 127.0.0.1, port: 2202 }
volumeGroups:
  vg0:
    nodes: [alpha, bravo]
    devices: [/dev/vdb, /dev/vdc]
    thinPools: { pool0: { size: 1GiB } }
volumes:
  web-root: { size: 1GiB, group: vg0, replicas: [alpha, bravo], minor: 3, port: 7790 }
  db: { size: 1GiB, group: vg0, replicas: [alpha, bravo], thinPool: pool0 }
  isos: { size: 4GiB, group: vg0, replicas: [alpha] }
vms:
  web:
    home: alpha
    memory: { size: 512MiB, minimum: 256MiB }
    boot: { kernel: /boot/vmlinuz, ramdisk: /boot/initrd.img, cmdline: "root=/dev/xvda ro" }
    disks: [{ volume: web-root, as: xvda }]
    nics: [{ bridge: xenbr0, mac: "00:16:3e:00:00:50" }]
  mail:
    home: alpha
    type: hvm
    memory: { size: 512MiB }
    boot: { firmware: uefi, order: dc }
    disks: [{ volume: isos, as: hdc, readOnly: true }]
    nics: [{ bridge: xenbr0 }]
    uuid: 6ba7b810-9dad-41d1-80b4-00c04fd430c8
secrets:
  drbd: { env: DRBD_SECRET }
`;

/** As `good`, with exports by each way, an array over them, and a VM on an import. */
export const served = `version: 1
site: home
defaults:
  volume: { group: vg0 }
  export:
    tls: mutual
nodes:
  alpha: { address: 10.77.0.11 }
  bravo: { address: 10.77.0.12 }
  charlie: { address: 10.77.0.13 }
  hub: { address: 10.77.0.14 }
volumeGroups:
  vg0: { nodes: [alpha, bravo, charlie, hub], devices: [/dev/vdb] }
volumes:
  isos: { size: 4GiB, replicas: [alpha] }
  legacy: { size: 1GiB, replicas: [alpha] }
  db: { size: 1GiB, replicas: [bravo] }
  local: { size: 2GiB, replicas: [hub] }
  slice-b: { size: 2GiB, replicas: [bravo] }
  mirror:
    size: 2GiB
    replicas: [alpha]
images:
  slice-a: { node: alpha, path: /srv/slice-a.img, size: 2GiB }
  file: { node: hub, path: /srv/file.img, size: 2GiB }
exports:
  isos: { volume: isos, from: alpha, via: nbd, readOnly: true, to: [charlie, hub] }
  legacy:
    volume: legacy
    from: alpha
    via: gnbd
    to: [bravo, charlie]
  slice-a:
    image: slice-a
    from: alpha
    via: nbd
    to: [hub]
  slice-b: { volume: slice-b, from: bravo, via: nbd, to: [hub], port: 10809 }
  lun:
    volume: db
    from: bravo
    via: iscsi
    to: [charlie]
    portals: [10.77.0.12, 10.78.0.12]
    multipath: active-passive
    chap: { user: charlie, password: chap, mutual: { user: lun, password: { env: MUTUAL } } }
arrays:
  backup:
    node: hub
    level: 6
    chunk: 256KiB
    members: [{ export: slice-a }, { export: slice-b }, { volume: local }, { image: file }]
    filesystem: { type: ext4, mount: /.snapshots }
vms:
  web:
    home: charlie
    memory: { size: 512MiB }
    boot: { kernel: /boot/vmlinuz }
    disks: [{ export: legacy, as: xvda }, { export: isos, as: xvdb, readOnly: true }]
secrets:
  chap: { env: CHAP_SECRET }
`;

/** As `good`, with a cluster of two nodes that runs one of the VMs. */
export const clustered = `version: 1
site: home
defaults:
  replication: { secret: drbd }
  volume: { group: vg0 }
nodes:
  alpha:
    address: 10.77.0.11
    ring1: 10.78.0.11
    guestMemory: 8GiB
    fence:
      agent: fence_ipmilan
      options: { ip: 192.0.2.11, lanplus: 1 }
      password: ipmi
  bravo:
    address: 10.77.0.12
    ring1: 10.78.0.12
    guestMemory: 8GiB
    fence: { agent: fence_apc, options: { ip: 192.0.2.9 }, plug: "3" }
  charlie: { address: 10.77.0.13 }
cluster:
  nodes: [alpha, bravo]
  secret: corosync
  alerts: [{ mail: root@example.org }]
volumeGroups:
  vg0: { nodes: [alpha, bravo, charlie], devices: [/dev/vdb] }
volumes:
  web-root: { size: 1GiB, replicas: [alpha, bravo] }
  far: { size: 1GiB, replicas: [alpha, charlie] }
  plain: { size: 1GiB, replicas: [alpha] }
vms:
  web:
    home: alpha
    memory: { size: 512MiB }
    boot: { bootloader: pygrub }
    disks: [{ volume: web-root, as: xvda }]
    highlyAvailable: true
secrets:
  drbd: { env: DRBD_SECRET }
  ipmi: { env: IPMI }
  corosync: { env: COROSYNC }
`;

/** Loads texts from a folder of their own; one text stands in \`inventory.yaml\` and is loaded as a file. */
export async function load(files: string | Readonly<Record<string, string | Buffer>>): Promise<Result<Inventory>> {
  const folder = mkdtempSync(join(tmpdir(), 'sanctl-inventory-'));
  try {
    if (typeof files !== 'string') {
      for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
      return bare(await loadInventory(folder), folder);
    }
    writeFileSync(join(folder, 'inventory.yaml'), files);
    return bare(await loadInventory(join(folder, 'inventory.yaml')), folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Without the name of the folder, which is another in each run. */
function bare(result: Result<Inventory>, folder: string): Result<Inventory> {
  return JSON.parse(JSON.stringify(result).replaceAll(`${folder}/`, '').replaceAll(folder, 'FOLDER'));
}

/** One line for each diagnostic: \`7:3 code: detail -> help\`. */
export function lines(diagnostics: readonly Diagnostic[]): readonly string[] {
  return diagnostics.map(({ at, code, detail, help }) => {
    const place =
      at === undefined ? '-' : `${at.file === 'inventory.yaml' ? '' : `${at.file}:`}${at.line}:${at.column}`;
    return `${place} ${code.replace('inventory/', '')}: ${detail}${help === undefined ? '' : ` -> ${help}`}`;
  });
}

export async function complaints(files: Parameters<typeof load>[0]): Promise<readonly string[]> {
  return lines((await load(files)).diagnostics);
}

/** Two nodes that still run the classic heartbeat. */
export const beating = `version: 1
site: home
defaults:
  replication: { secret: drbd }
  volume: { group: vg0 }
nodes:
  alpha:
    address: 10.77.0.11
    ring1: 10.78.0.11
    guestMemory: 8GiB
    fence:
      agent: fence_ipmilan
      options: { ip: 192.0.2.11, username: fencing, lanplus: 1 }
      password: ipmi
  bravo:
    address: 10.77.0.12
    ring1: 10.78.0.12
    guestMemory: 8GiB
    fence: { agent: fence_ipmilan, options: { ip: 192.0.2.12, username: fencing }, password: ipmi }
  charlie: { address: 10.77.0.13 }
cluster:
  engine: heartbeat
  interfaces: [eth1, eth2]
  nodes: [alpha, bravo]
  secret: corosync
  alerts: [{ mail: root@example.org }]
volumeGroups:
  vg0: { nodes: [alpha, bravo, charlie], devices: [/dev/vdb] }
volumes:
  web-root: { size: 1GiB, replicas: [alpha, bravo] }
  far: { size: 1GiB, replicas: [alpha, charlie] }
  plain: { size: 1GiB, replicas: [alpha] }
vms:
  web:
    home: alpha
    memory: { size: 512MiB }
    boot: { bootloader: pygrub }
    disks: [{ volume: web-root, as: xvda }]
    highlyAvailable: true
secrets:
  drbd: { env: DRBD_SECRET }
  ipmi: { env: IPMI }
  corosync: { env: COROSYNC }
`;

/** Services of a cluster, without a VM. */
export const spooled = clustered
  .replace('options: { ip: 192.0.2.11, lanplus: 1 }', 'options: { ip: 192.0.2.11, username: fencing }')
  .replace(/vms:\n( .*\n)+/, '')
  .replace(
    'secrets:',
    `services:
  mail:
    home: alpha
    volume: web-root
    mount: /var/spool/mail
    address: 10.77.0.50/24
    units: [dovecot.service]
secrets:`,
  );
