/** sanctl as its users have it: built. */
import { run } from '../../src/transport/local.ts';

let built: Promise<readonly [string, string]> | undefined;

/** `node dist/cli.js`, built once for a run. Throws when it cannot be built. */
export function builtProgram(): Promise<readonly [string, string]> {
  built ??= build();
  return built;
}

async function build(): Promise<readonly [string, string]> {
  const ran = await run(['npm', 'run', '--silent', 'build'], { timeoutSeconds: 300 });
  if (ran.code !== 0) throw new Error(`npm run build: ${ran.stdout.slice(0, 2000)}${ran.stderr}`);
  return [process.execPath, 'dist/cli.js'];
}
