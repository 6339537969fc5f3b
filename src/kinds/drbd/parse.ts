/** Answers of a node to DRBD's facts. Pure, and what cannot be read stays unknown (C5). */
import type { ProbeOutputs } from '../../shell/command.ts';
import { answer, every, failure, known, notFound, type Reading, read, success, unknown, whole } from '../reading.ts';
import { parseConfigured } from './configured.ts';
import { parseEvents } from './events.ts';
import type { DrbdFacts, Generation, Half, KernelModule, Running } from './facts.ts';
import { withOptions } from './options.ts';
import { notLoaded } from './probes.ts';
import { parseStatus } from './status.ts';

export function parse(outputs: ProbeOutputs, resources: readonly string[]): DrbdFacts {
  return {
    kernel: parseKernel(outputs),
    utils: parseUtils(outputs),
    running: parseRunning(outputs),
    configured: read(success(outputs, 'drbd.configured'), 'drbd.configured', parseConfigured),
    ports: read(success(outputs, 'drbd.ports'), 'drbd.ports', parsePorts),
    halves: Object.fromEntries(resources.map((name) => [name, parseHalf(outputs, name)])),
  };
}

function parseKernel(outputs: ProbeOutputs): Reading<KernelModule> {
  const probe = 'drbd.kernel';
  const reading = answer(outputs, probe);
  if (!reading.known) return reading;
  const { code, stdout, stderr } = reading.value;
  const [how, version = ''] = stdout.trim().split('\n');
  if (how === notLoaded && code === 1 && /: Module drbd not found\.$/m.test(stderr))
    return known({ loaded: false, version: null });
  if (code !== 0) return unknown(failure(probe, reading.value));
  if ((how !== 'loaded' && how !== notLoaded) || !/^\d+\.\d+\.\d+/.test(version))
    return unknown(`${probe}: the answer cannot be read`);
  return known({ loaded: how === 'loaded', version });
}

function parseUtils(outputs: ProbeOutputs): Reading<string | null> {
  const probe = 'drbd.utils';
  const reading = answer(outputs, probe);
  if (reading.known && reading.value.code === notFound) return known(null);
  return read(success(outputs, probe), probe, (text) => /^DRBDADM_VERSION=(\d+\.\d+\.\d+.*)$/m.exec(text)?.[1]);
}

function parseRunning(
  outputs: ProbeOutputs,
): Reading<DrbdFacts['running'] extends Reading<infer Value> ? Value : never> {
  const probe = 'drbd.running';
  const states = read(success(outputs, probe), probe, parseStates);
  if (!states.known || Object.keys(states.value).length === 0) return states;
  const show = success(outputs, 'drbd.show');
  return read(show, 'drbd.show', (text) => withOptions(states.value, text));
}

function parseStates(text: string): Readonly<Record<string, Running>> | undefined {
  if (text.trim() === notLoaded) return {};
  return text.trimStart().startsWith('[') ? parseStatus(text) : parseEvents(text);
}

/** The fourth word of a line of `ss` is the local address: `0.0.0.0:22`, `[::]:22`, `*:80`. */
function parsePorts(text: string): readonly number[] | undefined {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const ports = every(lines, (line) => whole(line.trim().split(/\s+/)[3]?.split(':').at(-1)));
  return ports === undefined ? undefined : [...new Set(ports)].sort((a, b) => a - b);
}

function parseHalf(outputs: ProbeOutputs, name: string): Half {
  const signatures = read(success(outputs, `drbd.signatures:${name}`), `drbd.signatures:${name}`, (text) =>
    text
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== ''),
  );
  return {
    signatures,
    generation: parseGeneration(outputs, `drbd.generation:${name}`, signatures),
    adjust: read(success(outputs, `drbd.adjust:${name}`), `drbd.adjust:${name}`, (text) =>
      text.split('\n').filter((line) => line !== ''),
    ),
  };
}

/**
 * `39F1FAC815F507A0:…:…:…:1:1:0:1:0:0:0`: current and older identifiers, then flags: consistent, up to date, … What
 * DRBD itself reads counts: on a slice that has grown and was not resized yet (3.4), the kernel knows its metadata,
 * but they no longer stand at the end, where wipefs(8) looks. Only where both see none, there is none; `get-gi` fails
 * for other reasons as well (the resource has no file yet).
 */
function parseGeneration(outputs: ProbeOutputs, probe: string, signatures: Half['signatures']): Half['generation'] {
  if (!signatures.known) return signatures;
  const said = answer(outputs, probe);
  if (said.known && said.value.code !== 0 && !signatures.value.includes('drbd')) return known(null);
  return read(success(outputs, probe), probe, generationOf);
}

const generationLine = /^([0-9A-F]{16})(?::[0-9A-F]{16})+:([01]):([01])(?::[01])*$/m;

function generationOf(text: string): Generation | undefined {
  const [, current, consistent, upToDate] = generationLine.exec(text) ?? [];
  return current === undefined ? undefined : { current, consistent: consistent === '1', upToDate: upToDate === '1' };
}
