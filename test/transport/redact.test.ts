import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatEvent, parseEvent } from '../../src/shell/events.ts';
import { quote } from '../../src/shell/quote.ts';
import { hidden, redactor, shortestSecret } from '../../src/transport/redact.ts';

const secret = fc
  .string({ minLength: shortestSecret, maxLength: 40, unit: 'grapheme' })
  .filter((text) => text.trim().length >= shortestSecret);
const around = fc.string({ maxLength: 20 });

describe('a secret is found nowhere', () => {
  const forms: [string, (value: string) => string][] = [
    ['as it is', (value) => value],
    ['quoted for a shell', (value) => quote(value)],
    ['quoted twice', (value) => quote(`echo ${quote(value)}`)],
    ['in JSON', (value) => JSON.stringify({ password: value })],
  ];
  test.each(forms)('%s', (_name, form) => {
    fc.assert(
      fc.property(secret, around, around, (value, before, after) => {
        const text = redactor([value])(before + form(value) + after);
        expect(text).not.toContain(form(value));
        expect(text).not.toContain(value);
        expect(text).toContain(hidden);
      }),
    );
  });

  test('in base64 at any alignment, plain or wrapped, in either alphabet', () => {
    fc.assert(
      fc.property(secret, fc.string({ maxLength: 100 }), fc.string({ maxLength: 100 }), (value, before, after) => {
        const bytes = Buffer.from(before + value + after, 'utf8');
        const wrapped = bytes.toString('base64').replace(/.{76}/g, '$&\n');
        for (const text of [bytes.toString('base64'), bytes.toString('base64url'), wrapped]) {
          const decoded = Buffer.from(redactor([value])(text), 'base64').toString('utf8');
          expect(decoded).not.toContain(value);
          expect(decoded).toContain('***');
        }
      }),
    );
  });

  test('as the base64 program wraps it', () => {
    const value = 'correct horse battery';
    const text = execFileSync('base64', { input: `${'x'.repeat(50)}${value}${'y'.repeat(50)}`, encoding: 'utf8' });
    expect(Buffer.from(redactor([value])(text), 'base64').toString()).not.toContain(value);
  });

  test('line by line, when it has several', () => {
    const redact = redactor(['first line\nsecond line\n']);
    expect(['first line', 'second line'].map(redact)).toEqual([hidden, hidden]);
  });
});

test('an event whose output holds a secret stays an event', () => {
  fc.assert(
    fc.property(secret, around, around, (value, before, after) => {
      const event = { is: 'failed', step: 3, action: 0, code: 5, output: before + value + after } as const;
      const read = parseEvent(redactor([value])(formatEvent(event)));
      expect(read).toMatchObject({ is: 'failed', step: 3, action: 0, code: 5 });
      expect(JSON.stringify(read)).not.toContain(JSON.stringify(value).slice(1, -1));
    }),
  );
});

test('text without secrets is left as it is', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(redactor([])(text)).toBe(text);
      expect(redactor(['a secret that does not occur'])(text)).toBe(text);
    }),
  );
});

test('the longer of two secrets goes first', () => {
  expect(redactor(['secret1', 'secret123'])('secret123')).toBe(hidden);
});

test('the keys and certificates of many exports are hidden, line by line, also in base64', () => {
  const files = Array.from({ length: 60 }, (_, at) => {
    const lines = Array.from({ length: 9 }, (_, line) => `${at}x${line}`.padEnd(64, 'Q'));
    return ['-----BEGIN PRIVATE KEY-----', ...lines, '-----END PRIVATE KEY-----'].join('\n');
  });
  const redact = redactor(files);
  const [first = '', last = ''] = [files[0], files.at(-1)];
  expect(redact(`before\n${first}\nafter`)).toBe(`before\n${hidden}\nafter`);
  expect(redact(`|${last.split('\n')[3]}`)).toBe(`|${hidden}`);
  const decoded = Buffer.from(redact(Buffer.from(`ab${last}`).toString('base64')), 'base64').toString();
  for (const line of last.split('\n').slice(1, -1)) expect(decoded).not.toContain(line.slice(2, -2));
});
