/** How one node reaches another as root, for a guest that moves (X3). */
import type { Site } from '../site.ts';

/** Words for a shell that splits them at blanks, as `xl migrate -s` does. It never asks, and knows whom it talks to. */
export function sshCommand(_site: Site): string {
  return 'ssh -o BatchMode=yes -o StrictHostKeyChecking=yes -o ConnectTimeout=10 -o ServerAliveInterval=10 -o ServerAliveCountMax=3';
}
