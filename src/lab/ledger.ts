/**
 * The reader of the test guest's ledger (templates/lab/overlay/usr/lib/sanctl-lab/guest/ledger writes it). After any
 * fault, every announced record must be on the disk, in order, and no two writers may have written side by side: that
 * turns "no data was lost" into a check. Pure: bytes and console text in, violations out.
 */
import { createHash } from 'node:crypto';

/** Record N is block N of the disk. */
export const blockBytes = 4096;

/** What the guest said on its console once a record was durable. */
export interface Announced {
  readonly number: number;
  /** Random for each boot of a guest. */
  readonly writer: string;
  readonly checksum: string;
}

export interface LedgerRecord extends Announced {
  /** Checksum of the record before it; `start` for the first. */
  readonly previous: string;
}

export interface Violation {
  readonly what: /** Announced as durable and not there: data was lost. */
    | 'lost'
    /** Something else is there than was announced: it was overwritten. */
    | 'overwritten'
    /** A block that is not the record of its place: damaged, or moved. */
    | 'damaged'
    /** It does not continue the record before it. */
    | 'broken-chain'
    /** A writer came back after another had taken over: two guests had the disk at once. */
    | 'two-writers';
  readonly number: number;
  readonly detail: string;
}

export interface Verdict {
  /** Records on the disk, from the first to the last valid one. */
  readonly records: number;
  readonly violations: readonly Violation[];
}

/** `LEDGER durable NUMBER WRITER CHECKSUM` lines; a line that was cut off in the middle is not an announcement. */
export function parseConsole(text: string): readonly Announced[] {
  return [...text.matchAll(/^LEDGER durable (\d+) ([0-9a-f]{16}) ([0-9a-f]{64})\r?$/gm)].map(
    ([, number = '', writer = '', checksum = '']) => ({ number: Number(number), writer, checksum }),
  );
}

/** The record in a block; undefined when its text is not one or its checksum is wrong. */
export function parseBlock(block: Buffer): LedgerRecord | undefined {
  const text = block.toString('latin1').replace(/[ \n]+$/, '');
  const found = /^(LEDGER1 (\d{10}) ([0-9a-f]{16}) ([0-9a-f]{64}|start)) ([0-9a-f]{64})$/.exec(text);
  if (found === null) return undefined;
  const [, body = '', number = '', writer = '', previous = '', checksum = ''] = found;
  if (createHash('sha256').update(body).digest('hex') !== checksum) return undefined;
  return { number: Number(number), writer, previous, checksum };
}

/** The block of a record, as the guest writes it. */
export function formatBlock(record: Omit<LedgerRecord, 'checksum'>): Buffer {
  const body = `LEDGER1 ${String(record.number).padStart(10, '0')} ${record.writer} ${record.previous}`;
  const checksum = createHash('sha256').update(body).digest('hex');
  return Buffer.from(`${`${body} ${checksum}`.padEnd(blockBytes - 1)}\n`, 'latin1');
}

/**
 * Judges a disk (from its first byte; any length) by what was announced, in the order of the announcements of one
 * console; those of several consoles may be concatenated. What lies beyond the last announced record may be there or
 * not: it was under way.
 */
export function judge(disk: Buffer, announced: readonly Announced[]): Verdict {
  const blocks = Array.from({ length: Math.floor(disk.length / blockBytes) }, (_, at) =>
    disk.subarray(at * blockBytes, (at + 1) * blockBytes),
  );
  const records = blocks.map(parseBlock);
  const last = records.findLastIndex((record) => record !== undefined);
  const onDisk = records.slice(0, last + 1);
  return {
    records: last + 1,
    violations: [
      ...findDamage(blocks, onDisk),
      ...findLosses(onDisk, announced),
      ...findTwoWriters(onDisk.map((record) => record?.writer)),
      ...findTwoVoices(announced),
    ],
  };
}

/** Each block up to the last record must be the record of its place and continue the one before it. */
function findDamage(blocks: readonly Buffer[], records: readonly (LedgerRecord | undefined)[]): readonly Violation[] {
  return records.flatMap((record, number): Violation[] => {
    if (record === undefined) {
      const isBlank = blocks[number]?.every((byte) => byte === 0) ?? true;
      return [{ what: 'damaged', number, detail: isBlank ? 'a blank block among the records' : 'not a valid record' }];
    }
    if (record.number !== number) {
      return [{ what: 'damaged', number, detail: `record ${record.number} is in its place` }];
    }
    const before = number === 0 ? 'start' : records[number - 1]?.checksum;
    if (before === undefined || record.previous === before) return [];
    return [{ what: 'broken-chain', number, detail: 'it continues another record than the one before it' }];
  });
}

function findLosses(
  records: readonly (LedgerRecord | undefined)[],
  announced: readonly Announced[],
): readonly Violation[] {
  return announced.flatMap(({ number, writer, checksum }): Violation[] => {
    const record = records[number];
    if (record?.number === number && record.checksum === checksum && record.writer === writer) return [];
    return record === undefined
      ? [{ what: 'lost', number, detail: `announced by ${writer}, not on the disk` }]
      : [{ what: 'overwritten', number, detail: `announced by ${writer}, the disk has one of ${record.writer}` }];
  });
}

/** A writer's records are one run: after a restart another writer goes on, and the former is never seen again. */
function findTwoWriters(writers: readonly (string | undefined)[]): readonly Violation[] {
  const ended = new Set<string>();
  let current: string | undefined;
  return writers.flatMap((writer, number): Violation[] => {
    if (writer === undefined || writer === current) return [];
    if (current !== undefined) ended.add(current);
    current = writer;
    return ended.has(writer)
      ? [{ what: 'two-writers', number, detail: `${writer} came back after another writer` }]
      : [];
  });
}

/** The same number announced by two writers: both believed that the disk was theirs. */
function findTwoVoices(announced: readonly Announced[]): readonly Violation[] {
  const first = new Map<number, string>();
  return announced.flatMap(({ number, writer }): Violation[] => {
    const other = first.get(number);
    if (other === undefined) first.set(number, writer);
    if (other === undefined || other === writer) return [];
    return [{ what: 'two-writers', number, detail: `announced by ${other} and by ${writer}` }];
  });
}
