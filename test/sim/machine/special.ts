/** What the kernel and Debian show as files, and whatever else can be read. */
import type { Machine } from './machine.ts';
import { sysFiles } from './sysfs.ts';

export const kernel = '6.1.0-56-amd64';
export const drbdVersion = '8.4.11';

const osRelease = `PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"
NAME="Debian GNU/Linux"
VERSION_ID="12"
VERSION="12 (bookworm)"
VERSION_CODENAME=bookworm
ID=debian
HOME_URL="https://www.debian.org/"
`;

/** What the kernel shows as files. */
export function special(machine: Machine, path: string): string | undefined {
  switch (path) {
    case '/etc/machine-id':
      return `${machine.machineId}\n`;
    case '/etc/os-release':
      return osRelease;
    case '/proc/sys/kernel/random/boot_id':
      return `${machine.bootId}\n`;
    case '/proc/uptime':
      return `${machine.uptimeSeconds.toFixed(2)} ${machine.uptimeSeconds.toFixed(2)}\n`;
    case '/proc/modules':
      return [...machine.modules].map((name) => `${name} 16384 0 - Live 0x0000000000000000\n`).join('');
    case '/proc/version':
      return `Linux version ${kernel}\n`;
    case '/sys/module/drbd/version':
      return machine.modules.has('drbd') ? `${drbdVersion}\n` : undefined;
    case '/sys/module/drbd/parameters/disable_sendpage':
      return machine.modules.has('drbd') ? (machine.copiesPages ? 'Y\n' : 'N\n') : undefined;
    case '/proc/drbd':
      return machine.modules.has('drbd')
        ? `version: ${drbdVersion} (api:1/proto:86-101)\nsrcversion: F73C670A7EC572DB9CF3E5B \n${halves(machine)}`
        : undefined;
    case '/dev/null':
      return '';
    case '/proc/self/cgroup':
      return `0::/system.slice/${machine.unitNow?.name ?? 'ssh.service'}\n`;
    default:
      return (
        ofProcess(machine, path) ??
        ofBlock(machine, path) ??
        (path.startsWith('/sys/block/md') ? sysFiles(machine).get(path) : undefined)
      );
  }
}

/** As far as anybody reads it: nothing of what was written and sent. */
function halves({ halves: all }: Machine): string {
  return [...all.values()]
    .map(({ minor, connection, role, disk, peer }) => {
      const states = `ro:${role}/${peer?.role ?? 'Unknown'} ds:${disk}/${peer?.disk ?? 'DUnknown'}`;
      return `${String(minor).padStart(2)}: cs:${connection} ${states} C r-----\n`;
    })
    .join('');
}

function ofProcess(machine: Machine, path: string): string | undefined {
  const pid = Number(/^\/proc\/(\d+)\/status$/.exec(path)?.[1]);
  if (Number.isInteger(pid)) {
    const parent = machine.parents.get(pid) ?? [...machine.processes].find((one) => one.pid === pid)?.parent;
    return parent === undefined ? undefined : `Name:\tsh\nPPid:\t${parent}\n`;
  }
  const unit = /^\/sys\/fs\/cgroup\/system\.slice\/([^/]+)\/cgroup\.procs$/.exec(path)?.[1];
  if (unit !== undefined) {
    const processes = [...(machine.fileUnits.get(unit)?.processes ?? [])].filter(({ alive }) => alive);
    return machine.fileUnits.has(unit) ? processes.map(({ pid: one }) => `${one}\n`).join('') : undefined;
  }
  return path === '/sys/fs/cgroup/cgroup.controllers' ? 'cpu io memory pids\n' : undefined;
}

/** Sixteen of them as soon as the module is loaded; one that was never connected has no `backend`. */
function ofBlock(machine: Machine, path: string): string | undefined {
  const [, index, what] = /^\/sys\/(?:devices\/virtual|class)\/block\/nbd(\d+)\/(backend|size)$/.exec(path) ?? [];
  if (index === undefined || !machine.modules.has('nbd') || Number(index) > 15) return undefined;
  const device = machine.nbd.find((one) => !one.gone && one.index === Number(index));
  if (what === 'size') return `${(device?.bytes ?? 0) / 512}\n`;
  return device === undefined ? undefined : `${device.backend}\n`;
}

/** The text of whatever lies there, through links. */
export function readFile(machine: Machine, path: string): string | undefined {
  return special(machine, path) ?? machine.files.get(machine.files.real(path))?.content;
}
