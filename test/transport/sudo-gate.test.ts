import { describe, expect, test } from 'vitest';
import { SudoGate } from '../../src/transport/sudo-gate.ts';

const cues = { prompt: '[ask]', began: '[began]' };
const withPassword = { ...cues, password: 'canary' };

describe('the gate before sudo', () => {
  test('gives the password once, to the prompt and to nothing before it', () => {
    const gate = new SudoGate(withPassword);
    expect(gate.hear('')).toBe('wait');
    expect(gate.hear('We trust you have received the usual lecture. Password:')).toBe('wait');
    expect(gate.hear('lecture [as')).toBe('wait');
    expect(gate.hear('lecture [ask]')).toEqual({ answer: 'canary\n' });
    expect(gate.hear('lecture [ask]\n')).toBe('wait');
    expect(gate.began).toBe(false);
    expect(gate.hear('lecture [ask]\n[began]\nown')).toBe('began');
    expect(gate.saidBefore).toBe('lecture [ask]\n[began]\n'.length);
  });

  test('gives nothing when the script begins unasked', () => {
    expect(new SudoGate(withPassword).hear('[began]\n')).toBe('began');
  });

  test('gives up at a second prompt, and at any prompt without a password', () => {
    const gate = new SudoGate(withPassword);
    gate.hear('[ask]');
    expect(gate.hear('[ask]Sorry, try again.\n[ask]')).toBe('give up');
    expect(new SudoGate(cues).hear('[ask]')).toBe('give up');
    expect(gate.refusal('[ask]Sorry, try again.\n')).toContain('nothing was done: Sorry, try again.');
  });
});
