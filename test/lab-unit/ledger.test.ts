import { describe, expect, it } from 'vitest';
import { type Announced, blockBytes, formatBlock, judge, parseBlock, parseConsole } from '../../src/lab/ledger.ts';

const one = '1111111111111111';
const two = '2222222222222222';

/** A sound ledger: one writer for each entry, the chain intact. */
function ledger(writers: readonly string[]): { disk: Buffer; announced: Announced[] } {
  const announced: Announced[] = [];
  let previous = 'start';
  const blocks = writers.map((writer, number) => {
    const block = formatBlock({ number, writer, previous });
    previous = parseBlock(block)?.checksum ?? '';
    announced.push({ number, writer, checksum: previous });
    return block;
  });
  return { disk: Buffer.concat([...blocks, Buffer.alloc(4 * blockBytes)]), announced };
}

function put(disk: Buffer, number: number, block: Buffer): Buffer {
  const changed = Buffer.from(disk);
  block.copy(changed, number * blockBytes);
  return changed;
}

function block(disk: Buffer, number: number): Buffer {
  return disk.subarray(number * blockBytes, (number + 1) * blockBytes);
}

const kinds = (disk: Buffer, announced: readonly Announced[]) => judge(disk, announced).violations.map((v) => v.what);

const sound = ledger([one, one, one, one, one]);

describe('a sound ledger', () => {
  it('has no violations', () => {
    expect(judge(sound.disk, sound.announced)).toEqual({ records: 5, violations: [] });
  });

  it('may hold more than was announced: the last record was under way', () => {
    expect(kinds(sound.disk, sound.announced.slice(0, 3))).toEqual([]);
  });

  it('may be continued by another writer, as after a failover', () => {
    const both = ledger([one, one, two, two]);
    expect(kinds(both.disk, both.announced)).toEqual([]);
  });

  it('may have a torn block behind its end', () => {
    expect(kinds(put(sound.disk, 5, Buffer.from('LEDGER1 00000')), sound.announced)).toEqual([]);
  });

  it('may be blank when nothing was announced', () => {
    expect(judge(Buffer.alloc(blockBytes), [])).toEqual({ records: 0, violations: [] });
  });
});

describe('mutants', () => {
  it('the last announced record is missing', () => {
    expect(kinds(put(sound.disk, 4, Buffer.alloc(blockBytes)), sound.announced)).toEqual(['lost']);
  });

  it('a record in the middle is missing', () => {
    expect(kinds(put(sound.disk, 2, Buffer.alloc(blockBytes)), sound.announced)).toEqual(['damaged', 'lost']);
  });

  it('two records are swapped', () => {
    const swapped = put(put(sound.disk, 1, block(sound.disk, 2)), 2, block(sound.disk, 1));
    expect(kinds(swapped, sound.announced)).toContain('damaged');
  });

  it('one bit is flipped', () => {
    const flipped = Buffer.from(sound.disk);
    const at = 3 * blockBytes + 25;
    flipped[at] = (flipped[at] ?? 0) ^ 1;
    expect(kinds(flipped, sound.announced)).toEqual(['damaged', 'lost']);
  });

  it('an older disk came back', () => {
    const old = ledger([one, one]);
    expect(kinds(old.disk, sound.announced)).toEqual(['lost', 'lost', 'lost']);
  });

  it('two writers interleave, each record sound in itself', () => {
    const both = ledger([one, one, two, one, two]);
    expect(kinds(both.disk, both.announced)).toEqual(['two-writers', 'two-writers']);
  });

  it('a second writer overwrote what the first had announced', () => {
    const other = formatBlock({ number: 4, writer: two, previous: sound.announced[3]?.checksum ?? '' });
    const said = { number: 4, writer: two, checksum: parseBlock(other)?.checksum ?? '' };
    expect(kinds(put(sound.disk, 4, other), [...sound.announced, said])).toEqual(['overwritten', 'two-writers']);
  });

  it('a record continues another history', () => {
    const other = formatBlock({ number: 4, writer: one, previous: 'f'.repeat(64) });
    expect(kinds(put(sound.disk, 4, other), sound.announced.slice(0, 4))).toEqual(['broken-chain']);
  });
});

describe('the console', () => {
  it('gives the announcements, and nothing for a line that was cut off', () => {
    const sum = 'a'.repeat(64);
    const text = `[ 1.0] boot\nLEDGER ready 0 ${one}\r\nLEDGER durable 0 ${one} ${sum}\r\nLEDGER durable 1 ${one} aaa`;
    expect(parseConsole(text)).toEqual([{ number: 0, writer: one, checksum: sum }]);
  });
});
