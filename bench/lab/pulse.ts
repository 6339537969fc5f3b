/** The pulse of a guest: when each durable record of its ledger was heard here, wherever it runs. */
import { spawn } from 'node:child_process';
import { performance } from 'node:perf_hooks';
import { createInterface } from 'node:readline';
import { setTimeout as later } from 'node:timers/promises';
import { guestConsoleLog } from '../../src/lab/index.ts';
import type { Hosts } from './hosts.ts';

export interface Pulse {
  /** From now on; what it returns waits until the guest is heard again, and tells the longest silence in seconds. */
  begin(): () => Promise<number>;
  end(): void;
}

/** A guest that came by a migration has another console log; all logs are followed, on every node. */
export function watchPulse(hosts: Hosts, vm: string): Pulse {
  let highest = -1;
  let last = performance.now();
  let longest = 0;
  const follow = `tail -q -n 1 -F ${guestConsoleLog(vm)} ${guestConsoleLog(`${vm}--incoming`)} 2>/dev/null`;
  const children = hosts.names.map((name) => {
    const child = spawn('ssh', ['-F', hosts.sshConfig, name, follow], { stdio: ['ignore', 'pipe', 'inherit'] });
    createInterface({ input: child.stdout }).on('line', (line) => {
      const number = Number(/^LEDGER durable (\d+)/.exec(line)?.[1] ?? -1);
      if (number <= highest) return;
      const now = performance.now();
      longest = Math.max(longest, now - last);
      [highest, last] = [number, now];
    });
    return child;
  });
  return {
    begin() {
      longest = 0;
      return async () => {
        const ended = highest;
        while (highest < ended + 3) await later(200);
        return longest / 1000;
      };
    },
    end() {
      for (const child of children) child.kill('SIGTERM');
    },
  };
}
