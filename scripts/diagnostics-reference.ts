/** docs/diagnostics.md: every code with its summary, by area. */
import type { CodeEntry } from './diagnostic-codes.ts';

/** What the codes of an area are about. An area without a line here fails the making of the page. */
const areas: Readonly<Record<string, string>> = {
  adopt: 'Taking over what was built by hand (docs/import.md).',
  apply: 'Running a plan.',
  array: 'Arrays (R1 to R9).',
  drift: 'What a plan would change, found by `sanctl verify` (docs/day.md).',
  backup: 'Backups of sets of snapshots (docs/backup.md).',
  cluster: 'Corosync and Pacemaker (P1 to P11, docs/cluster.md).',
  evacuate: 'Emptying a node.',
  failback: 'Going home (docs/failover.md).',
  failover: 'Starting the VMs of a dead node elsewhere (docs/failover.md).',
  facts: 'Reading what is on a node.',
  filesystem: 'File systems over arrays.',
  fill: 'Volumes that are made of images (docs/filling.md).',
  file: 'Files that sanctl writes on nodes (C8).',
  host: 'The nodes themselves (T4).',
  import: 'Imports over NBD (docs/exports.md).',
  initiator: 'Imports by iSCSI.',
  internal: 'Mistakes of our own.',
  image: 'Images: files that are used as disks.',
  inventory: 'Reading the inventory; each has its file, line and column.',
  journal: 'What the nodes wrote down.',
  lab: 'The lab on this machine.',
  handover: 'Handing an export over to a VM that moves (docs/decisions/0016).',
  lock: 'Who holds a node (C7).',
  module: 'Kernel modules.',
  move: 'Moving a running VM (W1 to W11, M1 to M9).',
  observe: 'Asking the nodes.',
  output: 'What is printed.',
  package: 'Debian packages.',
  playbook: 'Reading and running playbooks.',
  plan: 'Making, saving and reading plans (C4).',
  record: 'Recorded conversations.',
  reboot: 'Rebooting nodes one after the other (docs/rebooting.md).',
  render: 'Writing generated files to this machine.',
  secret: 'Secrets, by name.',
  service: 'Units of systemd.',
  snapshot: 'Snapshots of VMs (docs/snapshots.md).',
  ssh: 'Reaching nodes (H1 to H11).',
  step: 'Single steps.',
  target: 'Exports by iSCSI.',
  template: 'Templates, ours or those beside the inventory.',
  ui: 'The site in a browser (docs/day.md).',
  undeclared: 'What is on a node and not in the inventory (C11, T7); sanctl leaves it alone.',
  unlock: 'Freeing a node (C7).',
  upgrade: 'From DRBD 8.4 to 9 (docs/replicas.md).',
  usage: 'Words on the command line.',
  verify: 'Holding the nodes against the inventory (docs/day.md).',
  vm: 'Starting and stopping virtual machines.',
  volume: 'Logical volumes.',
  volumeGroup: 'Volume groups.',
  why: 'Looking for causes (docs/why.md).',
  drbd: 'DRBD resources.',
  certificates: 'Certificates of exports (docs/exports.md).',
  domain: 'Xen domains.',
  export: 'Exports and imports over NBD (docs/exports.md).',
};

export function renderDiagnostics(codes: readonly CodeEntry[]): string {
  const names = [...new Set(codes.map(areaOf))].sort();
  const sections = names.map((name) => {
    const about = areas[name];
    if (about === undefined) throw new Error(`scripts/diagnostics-reference.ts says nothing of the area ${name}`);
    const rows = codes
      .filter((code) => areaOf(code) === name)
      .map(({ code, severities, summaries }) => `| \`${code}\` | ${severities.join(', ')} | ${summaries.join('; ')} |`);
    return `## ${name}\n${about}\n\n| code | | summary |\n|---|---|---|\n${rows.join('\n')}\n`;
  });
  return `${head}\n${sections.join('\n')}`;
}

function areaOf({ code }: CodeEntry): string {
  return code.slice(0, code.indexOf('/'));
}

const head = `# Diagnostics

Made by \`npm run docs\` from the sources; a test says when it is out of date.

Every problem has a code that stays the same, a summary that always uses the same words and holds nobody's data, a detail that says
what is wrong with which thing and why, and, where there is one, a way out:

    error: Unknown key                                       [inventory/unknown-key]
    | inventory.yaml:4:12
    | 4 |   alpha: { adress: 10.77.0.11, ssh: { host: 127.0.0.1 } }
    |   |            ^^^^^^
    | \`nodes.alpha.adress\` is not known.
    help: Did you mean \`address\`?

All problems of a stage are reported in one run. An error ends the run, with the exit codes of docs/cli.md; warnings and notes do
not. With \`--json\` each is a line of its own. Search for a code in \`src/\` to find the rule that it stands for.
`;
