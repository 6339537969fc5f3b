/** What a node answers about files. */
import type { ProbeOutputs } from '../../shell/command.ts';
import { answer, every, failure, known, type Reading, read, success, unknown, whole } from '../reading.ts';
import type { FileFacts, FileState } from './facts.ts';
import { xenFolder } from './paths.ts';
import { longestText } from './probes.ts';

export function parse(outputs: ProbeOutputs, paths: readonly string[]): FileFacts {
  const list = read(success(outputs, 'file.list'), 'file.list', parseList);
  const sums = { sha256: sumsOf(outputs, 'file.sha256', 64), md5: sumsOf(outputs, 'file.md5', 32) };
  const texts = parseTexts(outputs.get('file.text')?.stdout ?? '');
  const stateOf = (path: string): Reading<FileState | 'absent'> => {
    if (!list.known) return list;
    const listed = list.value.get(path);
    if (listed === undefined) return known('absent');
    if (listed.type !== 'file') return known({ ...listed, sha256: '', md5: '', text: undefined });
    const [sha256, md5] = [sums.sha256.get(path), sums.md5.get(path)];
    if (sha256 === undefined || md5 === undefined) return unknown(`${path} could not be read`);
    return known({ ...listed, sha256, md5, text: listed.bytes === 0 ? '' : texts.get(path) });
  };
  const written = parseWritten(outputs);
  const recorded = written.known ? Object.keys(written.value) : [];
  return {
    files: Object.fromEntries(paths.map((path) => [path, stateOf(path)])),
    written,
    domainFiles: recorded.filter(
      (path) => path.startsWith(`${xenFolder}/`) && path.endsWith('.cfg') && list.known && list.value.has(path),
    ),
    shipped: parseShipped(outputs.get('file.shipped')?.stdout ?? ''),
  };
}

type Listed = Pick<FileState, 'type' | 'mode' | 'owner' | 'bytes'>;

/** Paths with white space are never ours; a line that cannot be read makes nothing of the list knowable. */
function parseList(text: string): ReadonlyMap<string, Listed> | undefined {
  const entries = every(
    text.split('\n').filter((line) => line !== ''),
    (line): readonly [string, Listed] | undefined => {
      const match = /^([a-zA-Z?]) ([0-7]{1,4}) (\d+:\d+) (\d+) (\/(?:etc|root)\/.*)$/.exec(line);
      const bytes = whole(match?.[4]);
      if (match === null || bytes === undefined) return undefined;
      const [, type = '', mode = '', owner = '', , path = ''] = match;
      return [path, { type: type === 'f' ? 'file' : 'other', mode, owner, bytes }];
    },
  );
  return entries === undefined ? undefined : new Map(entries);
}

/** The sums of those files that could be read; the exit status only says that some are missing. */
function sumsOf(outputs: ProbeOutputs, probe: string, digits: number): ReadonlyMap<string, string> {
  const output = outputs.get(probe);
  if (output?.code === undefined) return new Map();
  const line = new RegExp(`^([0-9a-f]{${digits}}) [ *](/.*)$`);
  return new Map(
    output.stdout.split('\n').flatMap((text) => {
      const match = line.exec(text);
      return match?.[1] === undefined || match[2] === undefined ? [] : [[match[2], match[1]] as const];
    }),
  );
}

function parseTexts(text: string): ReadonlyMap<string, string | undefined> {
  const texts = new Map<string, string[]>();
  let current: string[] = [];
  for (const line of text.split('\n')) {
    if (line.startsWith('|')) current.push(`${line.slice(1)}\n`);
    else if (line !== '') {
      current = [];
      texts.set(line, current);
    }
  }
  return new Map([...texts].map(([path, lines]) => [path, lines.length > longestText ? undefined : lines.join('')]));
}

/** The last line of a path wins. That there is no record yet is an answer. */
function parseWritten(outputs: ProbeOutputs): Reading<Readonly<Record<string, string>>> {
  const reading = answer(outputs, 'file.written');
  if (!reading.known) return reading;
  const { code, stdout, stderr } = reading.value;
  if (code === 1 && /: No such file or directory$/m.test(stderr)) return known({});
  if (code !== 0) return unknown(failure('file.written', reading.value));
  const entries = every(
    stdout.split('\n').filter((line) => line !== ''),
    (line) => {
      const match = /^([0-9a-f]{64}) {2}(\/.*)$/.exec(line);
      return match?.[1] === undefined || match[2] === undefined ? undefined : ([match[2], match[1]] as const);
    },
  );
  return entries === undefined
    ? unknown('file.written: the record cannot be read')
    : known(Object.fromEntries(entries));
}

/** Lines ` path md5`, some with a further word. What is missing here is only a file that needs `--adopt`. */
function parseShipped(text: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    text.split('\n').flatMap((line) => {
      const match = /^ (\/\S+) ([0-9a-f]{32})$/.exec(line);
      return match?.[1] === undefined || match[2] === undefined ? [] : [[match[1], match[2]] as const];
    }),
  );
}
