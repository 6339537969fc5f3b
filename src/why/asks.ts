/** What is asked of a node beside its facts, once something is wrong there. Read-only, and all in one round trip. */
import { command, type Probe } from '../shell/command.ts';

/** The kernel's own words about disks and networks: enough for any of the causes, and no more than can be read. */
const logScript = `said=$(dmesg) || exit
printf '%s\\n' "$said" | grep -E 'drbd|nbd[0-9]|md/raid|md: |I/O error|connection[0-9]+:0|session[0-9]+:|multipath|Out of memory' | tail -n 600
true`;
export const logProbe: Probe = { name: 'why.log', command: command('sh', '-c', logScript, 'sh') };

/** Programs beside sockets: the kernel's own have none. */
export const listenersProbe: Probe = {
  name: 'why.listeners',
  command: command('ss', '-H', '-l', '-t', '-n', '-p'),
};

/** Rules that drop; where there is no firewall, nothing. */
const firewallScript = `{ nft list ruleset || iptables-save; } 2>/dev/null | grep -E 'drop|reject|DROP|REJECT'
true`;
export const firewallProbe: Probe = { name: 'why.firewall', command: command('sh', '-c', firewallScript, 'sh') };

export function pingProbe(address: string): Probe {
  return {
    name: `why.ping:${address}`,
    command: command('ping', '-c', '2', '-i', '0.5', '-W', '3', '-n', address),
  };
}

/** Identifiers of all generations that DRBD keeps; the module must be there, for the question would load it. */
export function generationsProbe(resource: string): Probe {
  const script = '[ -d /sys/module/drbd ] || exit 0\nexec drbdadm get-gi "$1"';
  return { name: `why.generations:${resource}`, command: command('sh', '-c', script, 'sh', resource) };
}

/** Who has a block device open: what is built on it, what is mounted, programs, guests. The kernel does not say all (D6). */
const usersScript = `dev=$1 name=\${1##*/}
for one in /sys/block/"$name"/holders/*; do [ ! -e "$one" ] || echo "device \${one##*/}"; done
sed -n "s|^$dev \\([^ ]*\\) .*|mount \\1|p" /proc/mounts
sed -n "s|^$dev .*|swap $dev|p" /proc/swaps
find /proc/[0-9]*/fd -lname "$dev" -printf '%h\\n' 2>/dev/null | sort -u | while IFS=/ read -r _ _ pid _; do
  { read -r program <"/proc/$pid/comm" && echo "process $pid $program"; } 2>/dev/null
done
{ xenstore-ls -f /local/domain/0/backend/vbd | sed -n "s|^/local/domain/0/backend/vbd/\\([0-9]*\\)/.*params = \\"$dev\\"\\$|domain \\1|p"; } 2>/dev/null
true`;
export function usersProbe(device: string): Probe {
  return { name: `why.users:${device}`, command: command('sh', '-c', usersScript, 'sh', device) };
}

/** The last that a unit said since the boot. */
export function journalProbe(unit: string): Probe {
  const words = ['--boot', '--lines=30', '--output=short-iso', '--no-pager', '--quiet'] as const;
  return { name: `why.journal:${unit}`, command: command('journalctl', `--unit=${unit}`, ...words) };
}

/** What `xl` wrote down about how a domain ended. */
export function domainLogProbe(vm: string): Probe {
  return { name: `why.domain:${vm}`, command: command('tail', '-n', '40', `/var/log/xen/xl-${vm}.log`) };
}
