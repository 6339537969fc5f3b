/** The switch's own process: `main.ts SOCKET PORTS`, where PORTS is a JSON list of `Port`. Any signal ends it: it keeps nothing. */
import { rmSync } from 'node:fs';
import { listen } from './control.ts';
import { type Port, Switch } from './switch.ts';

const [socketPath, ports] = process.argv.slice(2);
if (socketPath === undefined || ports === undefined) throw new Error('usage: main SOCKET PORTS');

const opened = await Switch.open(JSON.parse(ports) as Port[]);
process.umask(0o077);
rmSync(socketPath, { force: true });
await listen(opened, socketPath);
