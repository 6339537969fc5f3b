/** What a node answers about one disk. */
import type { ProbeOutputs } from '../../shell/command.ts';
import {
  answer,
  every,
  failure,
  isRecord,
  json,
  known,
  type Reading,
  read,
  success,
  unknown,
  whole,
} from '../reading.ts';
import type { Content, Device, Signature } from './facts.ts';

/** `kind` asked for it. */
export function parseDevice(outputs: ProbeOutputs, path: string, kind = 'volumeGroup'): Reading<Device | 'absent'> {
  const lsblk = answer(outputs, `${kind}.lsblk:${path}`);
  if (!lsblk.known) return lsblk;
  const { code, stderr, stdout } = lsblk.value;
  if (code === 32 && stderr.trimEnd().endsWith('not a block device')) return known('absent');
  if (code !== 0) return unknown(failure(`lsblk ${path}`, lsblk.value));
  const tree = parseTree(stdout);
  const wipefs = `${kind}.wipefs:${path}`;
  const signatures = read(success(outputs, wipefs), wipefs, parseSignatures);
  const question = `${kind}.content:${path}`;
  const content = read(success(outputs, question), question, parseContent);
  if (tree === undefined) return unknown(`lsblk ${path}: the answer cannot be read`);
  if (!signatures.known) return signatures;
  return content.known ? known({ ...tree, signatures: signatures.value, content: content.value }) : content;
}

type Tree = Omit<Device, 'signatures' | 'content'>;

function parseTree(text: string): Tree | undefined {
  const document = json(text);
  const devices = isRecord(document) ? document['blockdevices'] : undefined;
  if (!Array.isArray(devices) || devices.length !== 1 || !isRecord(devices[0])) return undefined;
  const { kname, type, size, ro, serial, wwn } = devices[0];
  const below = descend(devices[0]);
  if (typeof kname !== 'string' || typeof type !== 'string' || typeof ro !== 'boolean') return undefined;
  if (!Number.isSafeInteger(size) || below === undefined) return undefined;
  if (!isTextOrNull(serial) || !isTextOrNull(wwn)) return undefined;
  return {
    kernelName: kname,
    bytes: Number(size),
    type,
    readOnly: ro,
    serial: serial ?? '',
    wwn: wwn ?? '',
    children: below.names.slice(1),
    mountpoints: below.mountpoints,
  };
}

interface Below {
  readonly names: readonly string[];
  readonly mountpoints: readonly string[];
}

/** The names of a device and of all that is built on it, and where any of them is mounted. */
function descend(device: Readonly<Record<string, unknown>>): Below | undefined {
  const { kname, mountpoints, children = [] } = device;
  if (typeof kname !== 'string' || !Array.isArray(mountpoints) || !Array.isArray(children)) return undefined;
  if (!mountpoints.every(isTextOrNull)) return undefined;
  const below = every(children, (child) => (isRecord(child) ? descend(child) : undefined));
  if (below === undefined) return undefined;
  return {
    names: [kname, ...below.flatMap(({ names }) => names)],
    mountpoints: [...mountpoints.filter((place) => place !== null), ...below.flatMap((one) => one.mountpoints)],
  };
}

function isTextOrNull(value: unknown): value is string | null {
  return value === null || typeof value === 'string';
}

function parseSignatures(text: string): readonly Signature[] | undefined {
  const document = json(text);
  const list = isRecord(document) ? document['signatures'] : undefined;
  if (!Array.isArray(list)) return undefined;
  return every(list, (one) => {
    if (!isRecord(one) || typeof one['type'] !== 'string' || typeof one['offset'] !== 'string') return undefined;
    const uuid = one['uuid'];
    return isTextOrNull(uuid) ? { type: one['type'], offset: one['offset'], uuid: uuid ?? '' } : undefined;
  });
}

function parseContent(text: string): Content | undefined {
  if (text === 'zero\n') return { is: 'zero' };
  if (text === 'zero after 1 MiB\n') return { is: 'zero after 1 MiB' };
  if (text === 'held\n') return { is: 'held' };
  const at = whole(/^data at (\d+)\n$/.exec(text)?.[1]);
  return at === undefined ? undefined : { is: 'data', at };
}
