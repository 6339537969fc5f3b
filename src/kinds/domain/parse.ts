/**
 * `xl list -v` and `xl list -l` to domains. The long list silently leaves out a domain whose configuration it cannot
 * read, and the short one has no disks: those of such a domain are not known (X10). Pure.
 */
import { command, type Probe, type ProbeOutputs } from '../../shell/command.ts';
import { every, isRecord, json, known, read, success, unknown, whole } from '../reading.ts';
import type { Domain, DomainDisk, DomainFacts, DomainNic } from './facts.ts';

/** Without a hypervisor there are no domains; that it is absent is the kernel's own word. */
const noHypervisor = 'no hypervisor';
/** Script text which ends with that word where there is none. */
export const underXen = `[ -e /sys/hypervisor/type ] || { cat /proc/version >/dev/null && echo ${noHypervisor}; exit; }`;

export const probes: readonly Probe[] = [
  { name: 'domain.list', command: command('sh', '-c', `${underXen}\nexec xl list -v`) },
  { name: 'domain.long', command: command('sh', '-c', `${underXen}\nexec xl list -l`) },
];

export function parse(outputs: ProbeOutputs): DomainFacts {
  const short = read(success(outputs, 'domain.list'), 'domain.list', parseShort);
  if (!short.known) return { domains: short };
  const long = read(success(outputs, 'domain.long'), 'domain.long', parseLong);
  if (!long.known) return { domains: long };
  const domains = join(short.value, long.value);
  return {
    domains:
      domains === undefined
        ? unknown('`xl list -l` shows domains that `xl list -v` does not, or neither shows dom0')
        : known(domains),
  };
}

type Line = Pick<Domain, 'name' | 'id' | 'uuid' | 'state'>;
type Config = Omit<Domain, 'name' | 'id' | 'uuid' | 'state'>;

/** The fifth letter of a state is why it was shut down: reboot, suspend, crash, watchdog (`shutdown_reason_letters`, xl_list.c). */
const line =
  /^(.*\S)\s+(\d+)\s+\d+\s+\d+\s+([r-][b-][p-][s-][rscw?-][d-])\s+[\d.]+\s+([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:\s.*)?$/;

/** Names may hold anything, white space included, so the line is read from its end. */
function parseShort(text: string): readonly Line[] | undefined {
  if (text.trim() === noHypervisor) return [];
  const [head = '', ...lines] = text.trimEnd().split('\n');
  if (!/^Name\s+ID\s+Mem\s+VCPUs\s+State\s+Time\(s\)\s+UUID/.test(head)) return undefined;
  return every(lines, (one) => {
    const [, name, id, state, uuid] = line.exec(one) ?? [];
    const number = whole(id);
    return name === undefined || number === undefined || state === undefined || uuid === undefined
      ? undefined
      : { name, id: number, state, uuid };
  });
}

/** By domain id. */
function parseLong(text: string): ReadonlyMap<number, Config> | undefined {
  if (text.trim() === noHypervisor) return new Map();
  const list = json(text);
  const entries = Array.isArray(list) ? every(list, entry) : undefined;
  return entries === undefined ? undefined : new Map(entries);
}

function entry(value: unknown): readonly [number, Config] | undefined {
  if (!isRecord(value) || !isRecord(value['config']) || typeof value['domid'] !== 'number') return undefined;
  const { c_info: create, b_info: build, disks = [], nics = [] } = value['config'];
  if (!isRecord(create) || !isRecord(build) || !Array.isArray(disks) || !Array.isArray(nics)) return undefined;
  const allDisks = every(disks, disk);
  const allNics = every(nics, nic);
  if (allDisks === undefined || allNics === undefined) return undefined;
  return [
    value['domid'],
    {
      memoryBytes: kibibytes(build['target_memkb']) ?? kibibytes(build['max_memkb']),
      vcpus: number(build['max_vcpus']),
      type: text(create['type']),
      kernel: text(build['kernel']),
      disks: allDisks,
      nics: allNics,
    },
  ];
}

/** libxl leaves out what has its default: without `readwrite` it is read-only. */
function disk(value: unknown): DomainDisk | undefined {
  if (!isRecord(value)) return undefined;
  const as = text(value['vdev']);
  const target = text(value['pdev_path']);
  return as === undefined ? undefined : { as, target: target ?? '', readOnly: (value['readwrite'] ?? 0) === 0 };
}

function nic(value: unknown): DomainNic | undefined {
  if (!isRecord(value)) return undefined;
  const mac = text(value['mac']);
  return mac === undefined ? undefined : { mac: mac.toLowerCase(), bridge: text(value['bridge']) ?? '' };
}

/** Every domain but dom0, which must be in both lists as well. The long one, asked for later, may lack others (seen). */
function join(lines: readonly Line[], configs: ReadonlyMap<number, Config>): readonly Domain[] | undefined {
  const ids = new Set(lines.map(({ id }) => id));
  if (ids.has(0) !== configs.has(0) || [...configs.keys()].some((id) => !ids.has(id))) return undefined;
  return lines.filter(({ id }) => id !== 0).map((one) => ({ ...one, ...(configs.get(one.id) ?? hidden) }));
}

const hidden: Config = {
  memoryBytes: undefined,
  vcpus: undefined,
  type: undefined,
  kernel: undefined,
  disks: undefined,
  nics: [],
};

function kibibytes(value: unknown): number | undefined {
  const count = number(value);
  return count === undefined ? undefined : count * 1024;
}

function number(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
