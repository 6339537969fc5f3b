/** Where sanctl keeps its things on a node. A parameter, so that the tests can give a shell a root of its own. */
export interface Layout {
  /** On tmpfs, gone after a reboot: lock, running, secrets. */
  readonly run: string;
  /** On disk: the journal of operations, the hashes of files. */
  readonly state: string;
  /** The node's clock for leases and waits: seconds since boot in the first word (T6). */
  readonly uptime: string;
  /** Exists where systemd runs. */
  readonly systemd: string;
  readonly path: string;
}

export const nodeLayout: Layout = {
  run: '/run/sanctl',
  state: '/var/lib/sanctl',
  uptime: '/proc/uptime',
  systemd: '/run/systemd/system',
  path: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
};
