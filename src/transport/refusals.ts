/** Why a node cannot be talked to: one function for each reason, with its stable code and the way out. */
import { type Diagnostic, error, note, warning } from '../diagnostic.ts';
import { quote } from '../shell/quote.ts';

/** A host as it is dialled and as its key is looked up. */
export interface Place {
  readonly host: string;
  readonly port: number;
  /** `host`, `[host]:port`, or its HostKeyAlias. */
  readonly knownAs: string;
}

function at(place: Place): string {
  return `${place.host} port ${place.port}`;
}

export function unknownHost(place: Place, type: string, fingerprint: string, file: string): Diagnostic {
  const detail = `No known_hosts file has a key of ${place.knownAs}. It offers the ${type} key ${fingerprint}.`;
  const scan = `ssh-keyscan -p ${place.port} ${place.host} >> ${file}`;
  return error('ssh/unknown-host', 'Host key is not known', detail, {
    help: `Compare it with \`ssh-keygen -lf /etc/ssh/ssh_host_${shortType(type)}_key.pub\` on the node's own console; if they are the same, use \`${scan}\` or \`--accept-new-host-keys\`.`,
  });
}

export function changedKey(place: Place, type: string, fingerprint: string, where: readonly string[]): Diagnostic {
  const detail = `${place.knownAs} offers the ${type} key ${fingerprint}, but ${where.join(', ')} says another: it was installed anew, or somebody stands in between.`;
  return error('ssh/changed-key', 'Host key has changed', detail, {
    help: `Only when you know why it changed: \`ssh-keygen -R '${place.knownAs}' -f FILE\` for each file named here, then accept the new key.`,
  });
}

export function revokedKey(place: Place, fingerprint: string): Diagnostic {
  const detail = `${place.knownAs} offers the key ${fingerprint}, which is marked @revoked.`;
  return error('ssh/revoked-key', 'Host key is revoked', detail, {
    help: 'Give the host a new key; a revoked one is never accepted.',
  });
}

export function certificateAuthority(place: Place): Diagnostic {
  const detail = `${place.knownAs} is known by a @cert-authority line alone; certificates cannot be verified here (H3).`;
  return error('ssh/certificate-authority', 'Host key is known by certificate only', detail, {
    help: `Add its plain key: \`ssh-keyscan -p ${place.port} ${place.host}\`, compared with the node's own console.`,
  });
}

export function keyTypes(place: Place, types: readonly string[]): Diagnostic {
  const detail = `${place.knownAs} is known by ${types.join(', ')} only, and no key of such a type can be agreed on with it.`;
  return error('ssh/host-key-type', 'No known type of host key is offered', detail, {
    help: `Add a key that it has, of type ed25519, ecdsa or rsa: \`ssh-keyscan -p ${place.port} ${place.host}\`, compared with the node's own console.`,
  });
}

export function knownHostsUnreadable(path: string, why: string): Diagnostic {
  return error(
    'ssh/known-hosts',
    'Known hosts cannot be read',
    `${path}: ${why}. Nothing is trusted until it can be read.`,
    {
      help: 'Repair or remove the lines named here: a damaged line may have revoked a key.',
    },
  );
}

export function knownHostsUnwritable(path: string, why: string): Diagnostic {
  return error('ssh/known-hosts-write', 'New host key cannot be kept', `${path}: ${why}.`, {
    help: 'Make the file writable, or add the key by `ssh-keyscan`.',
  });
}

export function acceptedKey(place: Place, type: string, fingerprint: string, path: string): Diagnostic {
  const detail = `${place.knownAs} is now known by the ${type} key ${fingerprint}, written to ${path}.`;
  return note('ssh/new-host-key', 'New host key accepted', detail);
}

export function strictnessIgnored(host: string, value: string): Diagnostic {
  const detail = `The SSH configuration of ${host} says StrictHostKeyChecking ${value}; host keys are checked all the same.`;
  return warning('ssh/strict-ignored', 'Host keys are always checked', detail, {
    help: '`--accept-new-host-keys` accepts the key of a host that is not known yet.',
  });
}

export function authFailed(
  place: Place,
  user: string,
  tried: readonly string[],
  unusable: readonly string[],
  wants: readonly string[],
): Diagnostic {
  const lines = [
    `${at(place)} does not let ${user} in. Tried: ${tried.length === 0 ? 'nothing, there is no key to try' : tried.join(', ')}.`,
    ...unusable,
    ...(wants.length === 0 ? [] : [`It accepts: ${wants.join(', ')}; only keys are ever used here.`]),
  ];
  return error('ssh/auth-failed', 'Login refused', lines.join('\n'), {
    help: `Put the public key into ~${user}/.ssh/authorized_keys on the node, or load the key with \`ssh-add\`.`,
  });
}

export function unsupported(host: string, what: string): Diagnostic {
  const detail = `The SSH configuration of ${host} has ${what}, which cannot be honoured here; without it another machine might be reached or trusted.`;
  return error('ssh/unsupported-config', 'SSH configuration cannot be honoured', detail, {
    help: 'Say it in the inventory instead (`ssh: { host, port, proxyJump, knownHostsFile, hostKeyAlias }`), or give the node a configuration of its own by `configFile`.',
  });
}

export function configUnreadable(host: string, configFile: string | undefined, why: string): Diagnostic {
  const from = configFile === undefined ? '' : ` -F ${quote(configFile)}`;
  return error('ssh/config', 'SSH configuration cannot be read', `${host}: ${why}`, {
    help: `\`ssh -G${from} ${host}\` shows the same.`,
  });
}

/** From an error of the socket: codes as in errno(3) and getaddrinfo(3). */
export function unreachable(place: Place, code: string, message: string): Diagnostic {
  const where = at(place);
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return error('ssh/dns', 'Host name cannot be resolved', `${place.host}: ${message}`, {
      help: `\`getent hosts ${place.host}\` asks the same question.`,
    });
  }
  if (code === 'ECONNREFUSED') {
    return error('ssh/refused', 'Connection refused', `${where}: nothing listens there.`, {
      help: 'Is sshd running, and is the port right?',
    });
  }
  if (code === 'ETIMEDOUT') {
    return error('ssh/timeout', 'Host does not answer', `${where}: ${message}`, {
      help: 'Is the machine up, and does a firewall drop the packets?',
    });
  }
  return error('ssh/unreachable', 'Host cannot be reached', `${where}: ${message}`, {
    help: `\`ssh -v -p ${place.port} ${place.host}\` shows more.`,
  });
}

export function handshakeFailed(place: Place, message: string): Diagnostic {
  return error('ssh/handshake', 'SSH handshake failed', `${at(place)}: ${message}`, {
    help: `\`ssh -v -p ${place.port} ${place.host}\` shows more.`,
  });
}

export function jumpFailed(place: Place, through: string, message: string): Diagnostic {
  return error('ssh/jump', 'Jump host does not lead there', `${through} does not forward to ${at(place)}: ${message}`, {
    help: 'Is the node up, and does the jump host allow forwarding (`AllowTcpForwarding`)?',
  });
}

export function tooManyJumps(host: string): Diagnostic {
  return error('ssh/jump-circle', 'Jump hosts lead in a circle', `${host} is reached through more than 8 jump hosts.`, {
    help: 'See ProxyJump in the SSH configuration.',
  });
}

/** `ed25519`, `ecdsa`, `rsa`, as the files of sshd are named. */
function shortType(type: string): string {
  return /ed25519|ecdsa|rsa/.exec(type)?.[0] ?? type;
}
