/** `sanctl backup …`: how far a copy is, what backups there are, and what an inventory needs to have one back. */
import type { ApplyEvent } from '../apply/events.ts';
import type { Manifest } from '../backup/manifest.ts';
import type { Found } from '../backup/verify.ts';
import { formatSeconds, formatSize, roundUp, sizeText } from '../quantity.ts';
import { partBytes } from '../shell/fill.ts';
import type { Page } from './diagnostics.ts';
import { printable } from './printable.ts';
import type { Screen } from './screen.ts';
import { tableText } from './table.ts';

interface CopyProgress {
  /** So many bytes of a part came over the line. */
  readonly part: (bytes: number) => void;
  readonly event: (event: ApplyEvent) => void;
  readonly close: () => void;
}

interface Kept {
  readonly volume: string;
  readonly bytes: number;
  /** Parts of it that are here. */
  readonly at: number;
}

/** Seconds between two lines: drawn in place on a terminal, kept elsewhere. */
const often = 1;
const rarely = 15;
const eraseLine = '\r\u001b[K';

/** By a clock that only goes forward; the rate is that of this run. */
export function copyProgress(
  screen: Screen,
  json: boolean,
  clock: { now(): number },
  disks: readonly Kept[],
): CopyProgress {
  const began = clock.now();
  const all = disks.reduce((sum, { bytes }) => sum + bytes, 0);
  const here = (): number => disks.reduce((sum, { at, bytes }) => sum + Math.min(at * partBytes, bytes), 0);
  const before = here();
  let said = began;
  let sent = 0;
  const erase = (): void => (screen.live ? screen.mention(eraseLine) : undefined);
  return {
    part(bytes) {
      sent += bytes;
      const now = clock.now();
      if (now - said < (screen.live ? often : rarely)) return;
      said = now;
      const done = here();
      const rate = (done - before) / (now - began);
      const left = rate > 0 ? (all - done) / rate : undefined;
      const disk = disks.find(({ at, bytes: size }) => at * partBytes < size)?.volume;
      if (json)
        return screen.json({ version: 1, type: 'progress', disk, done, bytes: all, sent, rate, secondsLeft: left });
      const until = left === undefined ? 'time left unknown' : `${formatSeconds(left)} left`;
      const pace = `${formatSize(Math.round(rate))}/s, ${until}`;
      const text = `${disk ?? 'all'}: ${formatSize(done)} of ${formatSize(all)}, ${pace}`;
      screen.mention(screen.live ? `${eraseLine}${text.slice(0, screen.page.columns - 1)}` : `${text}\n`);
    },
    event(event) {
      if (json) return screen.json({ version: 1, type: 'event', ...event });
      erase();
      if (event.is === 'node-lost')
        screen.mention(`${printable(event.node)} lost: ${printable(event.why)}; asking again\n`);
      if (event.is === 'node-reconnected') screen.mention(`${printable(event.node)} reached again; going on\n`);
    },
    close: erase,
  };
}

export function madeText(path: string, { disks }: Manifest, page: Page): string {
  const rows = disks.map(({ volume, bytes, sha256 }) => [volume, formatSize(bytes), sha256]);
  return `${tableText(['disk', 'size', 'sha256'], rows, page)}\nWhole: ${printable(path)}\n`;
}

export function backupsText(found: readonly Found[], page: Page): string {
  const rows = found.map(({ path, manifest }) => {
    const folder = path.slice(path.lastIndexOf('/') + 1);
    if (manifest?.known !== true) return [folder, manifest === undefined ? 'not whole' : 'unreadable', ''];
    return [folder, manifest.value.made, sizesOf(manifest.value)];
  });
  return tableText(['folder', 'made', 'disks'], rows, page);
}

function sizesOf({ disks }: Manifest): string {
  return disks.map(({ volume, bytes }) => `${volume} (${formatSize(bytes)})`).join(', ');
}

/** JSON of a text is YAML, whatever is in the text. */
export function restoreText({ set, node, disks }: Manifest, fileOf: (volume: string) => string): string {
  const volumes = disks.map(
    ({ volume, group, bytes, sha256 }) => `  ${JSON.stringify(`${volume}-${set}`)}:
    size: ${sizeText(roundUp(bytes, 2 ** 20))}
    group: ${JSON.stringify(group)}
    replicas: [${JSON.stringify(node)}]
    image: { from: ${JSON.stringify(fileOf(volume))}, format: raw, sha256: ${sha256} }
`,
  );
  return `volumes:\n${volumes.join('')}`;
}
