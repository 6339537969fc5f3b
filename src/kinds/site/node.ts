/** How a node is reached, and how its power is taken away. */

/** What the inventory says about reaching a node; what it leaves out is asked of `~/.ssh/config`. */
export interface SshTarget {
  readonly host: string;
  readonly port?: number;
  readonly user?: string;
  readonly identityFile?: string;
  readonly knownHostsFile?: string;
  readonly hostKeyAlias?: string;
  readonly proxyJump?: string;
  readonly configFile?: string;
  /** Name of the secret for `sudo` when the user is not root and sudo asks for a password. */
  readonly sudoPassword?: string;
}

/** What takes a node's power away, so that it is certain that it does nothing any more. */
export interface Fence {
  /** `fence_ipmilan`. */
  readonly agent: string;
  /** What the agent takes, secrets aside. */
  readonly options: Readonly<Record<string, string>>;
  /** The node's outlet, where the device has several. */
  readonly plug?: string;
  /** Name of the secret. */
  readonly password?: string;
}
