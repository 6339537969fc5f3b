/** The kernel's log, cut to what is about one thing. Lines are DRBD 8.4's and Linux 6.1's, as the lab printed them; what is from the sources only is said where it is used. */
import type { NodeName } from '../step.ts';
import { logProbe } from './asks.ts';
import type { Evidence } from './cause.ts';
import { linesOf, type View } from './view.ts';

export function logOf(view: View, node: NodeName): readonly string[] {
  return linesOf(view, node, logProbe.name);
}

/** `[ 2166.278574] drbd web-root: …` of the connection, `block drbd0: …` of the device. */
export function resourceLog(view: View, node: NodeName, resource: string): readonly string[] {
  const minor = view.facts.get(node)?.drbd.running;
  const numbers =
    minor?.known === true ? Object.values(minor.value[resource]?.volumes ?? {}).map((one) => one.minor) : [];
  const begins = [`drbd ${resource}: `, ...numbers.map((number) => `block drbd${number}: `)];
  return logOf(view, node).filter((line) => begins.some((begin) => withoutTime(line).startsWith(begin)));
}

export function withoutTime(line: string): string {
  return line.replace(/^\[ *\d+\.\d+\] /, '');
}

/** From its last look for its peer to the end of that: what made it StandAlone is in there. */
export function lastFall(lines: readonly string[]): readonly string[] {
  const end = lines.findLastIndex((line) => /conn\( \w+ -> StandAlone \)/.test(line));
  if (end < 0) return [];
  const start = lines.slice(0, end).findLastIndex((line) => /conn\( \w+ -> (WFConnection|Unconnected) \)/.test(line));
  return lines.slice(Math.max(start, 0), end + 1);
}

/** The last line that matches, as evidence. */
export function lastOf(node: NodeName, lines: readonly string[], pattern: RegExp): readonly Evidence[] {
  const line = lines.findLast((one) => pattern.test(one));
  return line === undefined ? [] : [{ node, source: 'kernel log', line }];
}
