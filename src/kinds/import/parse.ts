/** Which devices the kernel has connected, and to what: `backend` is what the holder gave it (linux 5.14 and newer). */
import { command, type Probe, type ProbeOutputs } from '../../shell/command.ts';
import { every, type Reading, read, success, whole } from '../reading.ts';
import type { ImportedDevice } from './facts.ts';

export const devicesProbe: Probe = {
  name: 'import.devices',
  command: command(
    'find',
    '/sys/devices/virtual/block',
    '-mindepth',
    '2',
    '-maxdepth',
    '2',
    '-path',
    '*/nbd*/*',
    '(',
    '-name',
    'backend',
    '-o',
    '-name',
    'size',
    ')',
    '-exec',
    'grep',
    '-H',
    '.',
    '{}',
    '+',
  ),
};

export function parseDevices(outputs: ProbeOutputs): Reading<readonly ImportedDevice[]> {
  return read(success(outputs, devicesProbe.name), devicesProbe.name, (text) => {
    const lines = every(
      text.split('\n').filter((line) => line !== ''),
      (line) => /^\/sys\/devices\/virtual\/block\/(nbd\d+)\/(backend|size):(.*)$/.exec(line)?.slice(1),
    );
    return lines === undefined ? undefined : devicesOf(lines);
  });
}

/** What others connected has no backend, or one in another form: not ours. Between name and number, what it serves, and since when. */
function devicesOf(lines: readonly (readonly string[])[]): readonly ImportedDevice[] | undefined {
  const sectors = new Map(
    lines.flatMap(([device = '', what, value]) => (what === 'size' ? [[device, whole(value)]] : [])),
  );
  const backends = lines.flatMap(([device = '', what, value = '']) => {
    const match =
      what === 'backend' ? /^([A-Za-z0-9][A-Za-z0-9_.-]*)(?:\/[A-Za-z0-9-]+){0,2}\/(\d+)$/.exec(value) : null;
    return match === null ? [] : [{ device, wireName: match[1] ?? '', connections: Number(match[2]) }];
  });
  return every(backends, (one) => {
    const size = sectors.get(one.device);
    return size === undefined ? undefined : { ...one, bytes: size * 512 };
  });
}
