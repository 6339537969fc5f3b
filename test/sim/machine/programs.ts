/** Every program that a simulated machine has. A name that is missing here was never needed on a real one. */
import type { Program } from './program.ts';
import { debian } from './programs-debian.ts';
import { devices } from './programs-devices.ts';
import { drbd } from './programs-drbd.ts';
import { lvm } from './programs-lvm.ts';
import { md } from './programs-md.ts';
import { nbd } from './programs-nbd.ts';
import { ssh } from './programs-ssh.ts';
import { storage } from './programs-storage.ts';
import { system } from './programs-system.ts';
import { text } from './programs-text.ts';
import { xen } from './programs-xen.ts';
import { shell } from './scripts.ts';
import { services } from './services.ts';

export const programs: ReadonlyMap<string, Program> = new Map([
  ...Object.entries(system),
  ...Object.entries(debian),
  ...Object.entries(devices),
  ...Object.entries(lvm),
  ...Object.entries(drbd),
  ...Object.entries(xen),
  ...Object.entries(ssh),
  ...Object.entries(shell),
  ...Object.entries(services),
  ...Object.entries(nbd),
  ...Object.entries(text),
  ...Object.entries(md),
  ...Object.entries(storage),
]);
