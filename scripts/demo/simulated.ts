/** The same story on simulated nodes: they answer what real ones were seen to answer, and nothing leaves this process. */
import { join } from 'node:path';
import { type Io, main } from '../../src/commands/main.ts';
import { random } from '../../test/sim/random.ts';
import { Setting } from '../../test/sim/setting.ts';
import { writeExample } from '../example.ts';
import { say, sayCommand } from './say.ts';

const nodes = `version: 1
nodes:
  alpha: { address: 10.77.0.11, ssh: { host: alpha } }
  bravo: { address: 10.77.0.12, ssh: { host: bravo } }
`;

export async function onSimulatedNodes(folder: string): Promise<number> {
  say('SIMULATED: these nodes are a model in this process. `npm run demo` without --sim uses real Xen hosts.');
  writeExample(folder, nodes);
  const setting = new Setting(random(1));
  process.env['SANCTL_DRBD_SECRET'] = setting.secretOf({ secret: 'drbd' });
  const io: Io = {
    stdout: process.stdout,
    stderr: process.stderr,
    stdin: process.stdin,
    // The lock of the operator's own site `home` is not the model's to take.
    env: { ...process.env, XDG_STATE_HOME: join(folder, 'state') },
    onInterrupt: () => () => undefined,
    transport: setting.transport,
    clock: setting.clock,
  };
  for (const words of [
    ['plan', folder],
    ['apply', folder, '--yes'],
    ['apply', folder, '--yes'],
  ]) {
    sayCommand(words);
    const code = await setting.clock.run(main(words, io), Number.POSITIVE_INFINITY);
    if (code !== 0) return code;
  }
  say('Done, on SIMULATED nodes.');
  return 0;
}
