/**
 * What is asked of a node that no inventory names, besides the facts of all kinds: each answer comes from the program that
 * owns the file (`drbdadm`, `xl`), not from a reader of ours. Questions only: nothing on the node changes.
 */
import { underXen, probes as xenProbes } from '../kinds/domain/parse.ts';
import { probes as drbdProbes } from '../kinds/drbd/probes.ts';
import { bootScriptPath, xenFolder } from '../kinds/file/paths.ts';
import { command, type Probe } from '../shell/command.ts';

/**
 * Each file of a domain as `xl` itself reads it: `create -n` makes nothing, and prints the configuration in the JSON of
 * `xl list -l` (xl_vmcontrol.c 4.17, source; not recorded yet).
 */
const filesScript = `${underXen}
for file in ${xenFolder}/*.cfg; do
  [ -e "$file" ] || exit 0
  printf '%s\\n' "file $file"
  xl create -q -n "$file" || echo failed
done`;

/** What serves, imports, or starts something beside sanctl, or by another part of it: only whether it is there. */
const others = [
  '/etc/xen/auto/*',
  '/var/lib/pacemaker/cib/cib.xml',
  '/sys/block/md*/md',
  '/sys/block/nbd*/pid',
  '/sys/class/iscsi_session/session*',
  '/sys/kernel/config/target/iscsi/iqn*',
  '/etc/nbd-server/conf.d/*',
  '/etc/sanctl/export-*.conf',
  '/etc/sanctl/import-*.json',
].join(' ');

const othersScript = `for path in ${others}; do
  [ ! -e "$path" ] || printf '%s\\n' "$path"
done`;

export const questions: readonly Probe[] = [
  ...drbdProbes([]),
  ...xenProbes,
  { name: 'adopt.guests', command: command('sh', '-c', filesScript) },
  { name: 'adopt.others', command: command('sh', '-c', othersScript) },
  { name: 'adopt.addresses', command: command('ip', '-o', 'address', 'show', 'scope', 'global') },
  { name: 'adopt.boot', command: command('cat', bootScriptPath) },
];
