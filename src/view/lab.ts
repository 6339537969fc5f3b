/** What the lab tells, for people. */
import type { Result } from '../diagnostic.ts';
import type { LabEvent, LabStatus, LinkState, UpResult } from '../lab/index.ts';
import { formatSeconds } from '../quantity.ts';
import type { Page } from './diagnostics.ts';
import type { Screen } from './screen.ts';
import { tableText } from './table.ts';
import { list } from './wrap.ts';

export type LabView = ReturnType<typeof labView>;

export function labView(screen: Screen) {
  const { page } = screen;
  return {
    event: (event: LabEvent): void => screen.print(eventLine(event, page)),
    /** Prints the value or the problems; true when it went well. */
    told<T>(result: Result<T>, text: (value: T) => string): boolean {
      screen.report(result.diagnostics);
      if (result.ok) screen.print(text(result.value));
      return result.ok;
    },
    up: (value: UpResult): string => upText(value),
    links: (value: readonly LinkState[]): string => linksText(value, page),
    status: (value: LabStatus): string => statusText(value, page),
  };
}

/** One line each: the lab's work takes seconds to minutes, and what is waited for is said before it begins. */
function eventLine(event: LabEvent, { paint }: Page): string {
  const what = event.node === undefined ? event.what : `${event.node}: ${event.what}`;
  if (event.event === 'end')
    return `${paint('green', '✓')} ${what} ${paint('dim', `(${formatSeconds(event.seconds)})`)}\n`;
  const limit =
    event.timeoutSeconds === undefined ? '' : paint('dim', ` (at most ${formatSeconds(event.timeoutSeconds)})`);
  return `${paint('cyan', '…')} ${what}${limit}\n`;
}

function upText({ nodes, wasUp, files }: UpResult): string {
  const names = nodes.map((node) => node.name);
  return [
    `The lab ${wasUp ? 'was up already' : 'is up'}: ${list(names)}.`,
    `  sanctl lab ssh ${names[0]}`,
    `  its nodes for an inventory: ${files.inventory}`,
    `  for ssh -F: ${files.sshConfig}`,
    '',
  ].join('\n');
}

function linksText(links: readonly LinkState[], page: Page): string {
  if (links.length === 0) return 'All links are healthy.\n';
  return tableText(
    ['link', 'segment', 'state'],
    links.map((link) => [`${link.a} - ${link.b}`, link.segment ?? 'all', linkState(link)]),
    page,
  );
}

function linkState({ cut, delayMilliseconds, dropPercent }: LinkState): string {
  if (cut) return 'cut';
  const parts = [
    ...(delayMilliseconds > 0 ? [`${delayMilliseconds} ms slower each way`] : []),
    ...(dropPercent > 0 ? [`loses ${dropPercent} %`] : []),
  ];
  return parts.join(', ');
}

function statusText({ state, nodes, links, files }: LabStatus, page: Page): string {
  if (state === 'down') return 'The lab is down. `sanctl lab up` starts it.\n';
  const ipmi = nodes.some(({ ipmiPort }) => ipmiPort !== undefined);
  const rows = nodes.map(({ name, power, address, sshPort, ipmiPort }) => [
    ...[name, power, address, `127.0.0.1:${sshPort}`],
    ...(ipmi ? [ipmiPort === undefined ? '-' : `127.0.0.1:${ipmiPort}`] : []),
  ]);
  const broken =
    state === 'broken'
      ? 'The lab is broken: an `up` was killed, or its switch is gone. `sanctl lab up` starts it anew.\n'
      : '';
  return `${broken}${tableText(['node', 'power', 'address', 'ssh', ...(ipmi ? ['ipmi'] : [])], rows, page)}${broken === '' ? linksText(links, page) : ''}ssh -F ${files.sshConfig} NODE\n`;
}
