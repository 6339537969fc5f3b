/** The answers of a node about itself. */
import type { ProbeOutputs } from '../../shell/command.ts';
import { answer, failure, known, notFound, type Reading, read, success, unknown, whole } from '../reading.ts';
import type { HostFacts, OsFacts, XenFacts } from './facts.ts';

const mebibyte = 2 ** 20;

export function parse(outputs: ProbeOutputs): HostFacts {
  const uname = success(outputs, 'host.uname');
  return {
    nodeName: read(uname, 'host.uname', (text) => /^(\S+) \S+\n?$/.exec(text)?.[1]),
    kernel: read(uname, 'host.uname', (text) => /^\S+ (\S+)\n?$/.exec(text)?.[1]),
    machineId: read(success(outputs, 'host.machine'), 'host.machine', (text) => /^([0-9a-f]{32})\n?$/.exec(text)?.[1]),
    os: read(success(outputs, 'host.os'), 'host.os', parseOs),
    xen: parseXen(outputs),
    bootId: read(success(outputs, 'host.boot'), 'host.boot', (text) => /^([0-9a-f-]{36})\n?$/.exec(text)?.[1]),
    uptimeSeconds: read(success(outputs, 'host.uptime'), 'host.uptime', parseUptime),
    clockSeconds: read(success(outputs, 'host.clock'), 'host.clock', (text) => whole(text.trimEnd())),
    key: read(success(outputs, 'host.key'), 'host.key', parseKey),
    memoryBytes: read(success(outputs, 'host.memory'), 'host.memory', parseMemory),
  };
}

/** os-release(5): `KEY=value` or `KEY="value"`, one on a line. */
function parseOs(text: string): OsFacts | undefined {
  const fields = new Map<string, string>();
  for (const line of text.split('\n')) {
    const match = /^([A-Z_]+)=(?:"(.*)"|'(.*)'|(.*))$/.exec(line);
    if (match?.[1] !== undefined) fields.set(match[1], match[2] ?? match[3] ?? match[4] ?? '');
  }
  const id = fields.get('ID');
  if (id === undefined || id === '') return undefined;
  const like = (fields.get('ID_LIKE') ?? '').split(' ').filter((word) => word !== '');
  return { id, like, version: fields.get('VERSION_ID') ?? '' };
}

/** `xl info` of 4.17: `name : value`, sizes in MiB. Any failure but a missing program is unknown: dom0 may only be slow. */
function parseXen(outputs: ProbeOutputs): Reading<XenFacts | 'absent'> {
  const reading = answer(outputs, 'host.xen');
  if (!reading.known) return reading;
  if (reading.value.code === notFound) return known('absent');
  if (reading.value.code !== 0) return unknown(failure('host.xen', reading.value));
  return read(known(reading.value.stdout), 'host.xen', parseXlInfo);
}

function parseXlInfo(text: string): XenFacts | undefined {
  const number = (name: string): number | undefined => whole(new RegExp(`^${name} *: (\\d+)$`, 'm').exec(text)?.[1]);
  const [major, minor] = [number('xen_major'), number('xen_minor')];
  const [total, free] = [number('total_memory'), number('free_memory')];
  const processors = number('nr_cpus');
  if (major === undefined || minor === undefined || total === undefined || free === undefined) return undefined;
  if (processors === undefined) return undefined;
  const capabilities = /^virt_caps *: (.*)$/m.exec(text)?.[1]?.split(' ') ?? [];
  return {
    major,
    minor,
    totalMemoryBytes: total * mebibyte,
    freeMemoryBytes: free * mebibyte,
    processors,
    capabilities,
  };
}

/**
 * One line `ssh-ed25519 BASE64 COMMENT`. The 19 bytes before the key (type and lengths, RFC 8709) are the same in every one of
 * them. The comment may say anything, so nobody reads it.
 */
function parseKey(text: string): string | undefined {
  return /^ssh-ed25519 (AAAAC3NzaC1lZDI1NTE5AAAAI[A-Za-z0-9+/]{43})(?: [^\n]*)?\n?$/.exec(text)?.[1];
}

function parseUptime(text: string): number | undefined {
  const seconds = /^(\d+\.\d+) \d/.exec(text)?.[1];
  return seconds === undefined ? undefined : Number(seconds);
}

function parseMemory(text: string): number | undefined {
  const kibibytes = whole(/^MemTotal: +(\d+) kB\n?$/.exec(text)?.[1]);
  return kibibytes === undefined ? undefined : kibibytes * 1024;
}
