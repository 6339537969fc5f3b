/** Which kernel modules are loaded and which could be. */
import type { Reading } from '../reading.ts';

export interface ModuleFacts {
  /** Names under `/sys/module`: what is loaded, or built in with parameters. */
  readonly loaded: Reading<readonly string[]>;
  /** By name: what modinfo(8) says of the file for the running kernel. */
  readonly files: Readonly<Record<string, Reading<ModuleFile | 'absent'>>>;
  /** By `module.parameter`; absent when the module is not loaded or knows no such parameter. */
  readonly parameters: Readonly<Record<string, Reading<'Y' | 'N' | 'absent'>>>;
}

export interface ModuleFile {
  /** Empty when the module has none. For drbd it decides the dialect: `8.4.11`. */
  readonly version: string;
}
