/**
 * The IPMI power switch of a node: OpenIPMI's `ipmi_sim`, configured by a folder of its own, in which it is started. It asks a
 * program about the power of its node, and that one asks the lab (mains.ts). Pure.
 */
import { commandLine } from '../../shell/quote.ts';

/** Where a node reaches this machine's loopback, by QEMU's user network. */
const fromNodes = '10.0.2.2';
const user = 'sanctl';

/** Paths are relative to the folder: neither ipmi_sim nor the shell by which it runs the program takes every name. */
export const simulatorArgv = ['ipmi_sim', '-n', '-c', 'lan.conf', '-f', 'commands', '-s', 'state'] as const;

export interface SimulatorFile {
  readonly name: string;
  readonly content: string;
  readonly mode: number;
}

export function simulatorFiles(
  node: string,
  port: number,
  { password, socket }: { readonly password: string; readonly socket: string },
): readonly SimulatorFile[] {
  return [
    { name: 'lan.conf', content: renderLan(node, port, password), mode: 0o600 },
    { name: 'commands', content: controllers, mode: 0o600 },
    { name: 'chassis', content: renderChassis(node, socket), mode: 0o700 },
  ];
}

/** ipmi_lan(5). The first user is nobody, and not enabled; a password has at most 16 characters. */
function renderLan(node: string, port: number, password: string): string {
  return `name "${node}"
set_working_mc 0x20
  startlan 1
    addr 127.0.0.1 ${port}
    priv_limit admin
    allowed_auths_admin md5
    guid ${Buffer.from(`sanctl-lab-${node}`.padEnd(16).slice(0, 16)).toString('hex')}
  endlan
  chassis_control "./chassis"
  user 1 false "" "" user 10 md5
  user 2 true "${user}" "${password}" admin 10 md5
`;
}

/** ipmi_sim_cmd(5): one management controller, at the usual address. */
const controllers = `mc_setbmc 0x20
mc_add 0x20 0 no-device-sdrs 0x23 9 8 0x9f 0x1291 0xf02 persist_sdr
mc_enable 0x20
`;

/** Hands its words on as a line, and what the lab says back; without an `ok` nothing was done. */
const client = `const [socket, ...words] = process.argv.slice(1);
let said = '';
const line = require('node:net').connect(socket, () => line.write(words.join(' ') + '\\n'));
line.on('error', (problem) => { said = problem.message; });
line.on('data', (text) => { said += text; });
line.on('close', () => {
  if (said.startsWith('ok\\n')) return process.stdout.write(said.slice(3));
  process.stderr.write(said);
  process.exitCode = 1;
});`;

function renderChassis(node: string, socket: string): string {
  return `#!/bin/sh\nexec ${commandLine([process.execPath, '-e', client, socket, node])} "$@"\n`;
}

/** The fence device of a node, for an inventory: ipmitool tries the strongest suite first, and the simulator has only the third. */
export function fenceOf(port: number, passwordFile: string) {
  return {
    agent: 'fence_ipmilan',
    options: { ip: fromNodes, ipport: port, username: user, lanplus: 1, cipher: 3 },
    password: { file: passwordFile },
  };
}
