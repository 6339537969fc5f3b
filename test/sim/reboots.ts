/** One seed of rolling reboots: things go wrong while it runs, and the operator gives the same command until it is done. */

import { codes, type Guests, running } from '../commands/guests.ts';
import { type Run, sanctl } from '../commands/run.ts';
import { Faults } from './faults.ts';
import { Invariants } from './invariants.ts';
import { isLive } from './machine/xen.ts';
import { random } from './random.ts';

const small = '{ kernel: /boot/guest-vmlinuz }';
const inventory = `version: 1
site: home
nodes:
  alpha: { address: 10.77.0.11, ssh: { host: 127.0.0.1, port: 2201 } }
  bravo: { address: 10.77.0.12, ssh: { host: 127.0.0.1, port: 2202 } }
volumeGroups:
  vg0: { nodes: [alpha, bravo], devices: [/dev/vdb] }
volumes:
  web-root: { size: 64MiB, group: vg0, replicas: [alpha, bravo] }
  mail-root: { size: 64MiB, group: vg0, replicas: [alpha, bravo] }
vms:
  web: { home: alpha, memory: { size: 128MiB }, boot: ${small}, disks: [{ volume: web-root, as: xvda }] }
  mail: { home: bravo, memory: { size: 192MiB }, boot: ${small}, disks: [{ volume: mail-root, as: xvda }] }
`;

export interface RebootsReport {
  readonly broken: readonly string[];
  readonly log: readonly string[];
}

/** `forgetful`: a mutant, whose nodes keep their boot id. */
export async function playReboots(seed: number, forgetful = false): Promise<RebootsReport> {
  const chance = random(seed);
  const guests = await running(inventory);
  const { setting } = guests.desk;
  const plan = JSON.parse(
    (await guests.run('plan', '--json')).stdout.split('\n').find((line) => line.includes('"steps"')) ?? '',
  );
  const moving = new Set(['web-root', 'mail-root']);
  const { violations } = new Invariants(setting.room, { site: plan.site, destroy: new Set(), moving });
  const broken: string[] = [];
  const log: string[] = [];
  watchBoots(guests, broken, log, forgetful);
  const count = chance.pick([1, 1, 2, 3]);
  setting.strike(Faults.at(chance.fork('faults'), count, chance.pick([400, 1500, 4000])));
  for (let tries = 1; ; tries++) {
    if (tries > 4) await setting.recover();
    const ran = await live(guests, 'reboot', '--yes');
    log.push(`reboot: ${ran === undefined ? 'killed' : `${ran.code} ${codes(ran.stderr).join(' ')}`}`);
    if (ran?.code === 0) break;
    if (tries > (forgetful ? 6 : 12)) {
      broken.push(`it never comes to its end: ${ran?.stderr.slice(-3000)}`);
      break;
    }
    await setting.pass(chance.whole(10, 200));
    // What the messages say to do.
    if (tries > 2) for (const vm of ['web', 'mail']) await live(guests, 'migrate', vm, '--cleanup', '--yes');
    if (tries > 2) await live(guests, 'apply', '--yes');
  }
  // What lost its power with its node stands still, which is no matter of a reboot.
  await live(guests, 'apply', '--yes');
  if (setting.faults.unknown.length > 0) broken.push(...setting.faults.unknown);
  return {
    broken: [...broken, ...violations.map(({ rule, detail }) => `${rule}: ${detail}`), ...notHome(guests)],
    log: [
      ...setting.struck.map(({ at, boundary, fault, node }) => `fault ${fault} at ${boundary} ${at} of ${node}`),
      ...log,
    ],
  };
}

/** Of what sanctl told, not of power that failed: nothing runs there, no copy is the only one, and no node twice in a round. */
function watchBoots(guests: Guests, broken: string[], log: string[], forgetful: boolean): void {
  const told = new Set<string>();
  for (const [name, other] of [
    ['alpha', 'bravo'],
    ['bravo', 'alpha'],
  ] as const) {
    const machine = guests.machine(name);
    const peer = guests.machine(other);
    const reboot = machine.onReboot;
    const { bootId } = machine;
    const boot = machine.boot.bind(machine);
    if (forgetful)
      machine.boot = () => {
        boot();
        machine.bootId = bootId;
      };
    machine.onReboot = () => {
      const { round } = JSON.parse(machine.files.get('/var/lib/sanctl/reboot.json')?.content ?? '{}');
      log.push(`${name} boots, in ${round}`);
      if (told.has(`${name} ${round}`)) broken.push(`${name} is rebooted twice in ${round}`);
      told.add(`${name} ${round}`);
      if (machine.domains.length > 0) broken.push(`${name} is rebooted with ${machine.domains.map((one) => one.name)}`);
      const good = ['web-root', 'mail-root'].every((one) => peer.halves.get(one)?.disk === 'UpToDate');
      if (!peer.on || !good) broken.push(`${name} is rebooted, and ${other} has no good copy`);
      reboot();
    };
  }
}

function notHome(guests: Guests): readonly string[] {
  const home = { alpha: 'web', bravo: 'mail' };
  return Object.entries(home).flatMap(([node, vm]) => {
    const names = guests
      .machine(node)
      .domains.filter(isLive)
      .map(({ name }) => name);
    return names.join() === vm ? [] : [`${node} runs ${names.join() || 'nothing'}, not ${vm}`];
  });
}

/** Each from a machine of its own: one that was killed here lives on as a process. */
let runs = 0;

/** Undefined: it was killed. The command line also waits for real files: the clock lets it. */
async function live(guests: Guests, ...argv: readonly string[]): Promise<Run | undefined> {
  const { setting, inventory: file, folder } = guests.desk;
  const env = { SANCTL_UNPROVEN: 'lab', XDG_STATE_HOME: `${folder}/state-${runs++}`, SANCTL_INVENTORY: file };
  const transport = setting.livingSanctl();
  return guests.desk.letGo(setting.dying(sanctl(argv, { transport, clock: setting.clock, env })));
}
