/** `sanctl upgrade-drbd`: stage after stage, with the copies there are meanwhile. Pure. */
import type { Outline, Stage } from '../kinds/drbd/upgrade.ts';
import type { Page } from './diagnostics.ts';
import { printable } from './printable.ts';
import { count, list, wrap } from './wrap.ts';

/** `named`: makes of a command of sanctl one for the inventory of this run. */
export function outlineText({ pair, mirrors, stages }: Outline, named: (text: string) => string, page: Page): string {
  const [first, last] = pair;
  const title = `${list(mirrors)}, from DRBD 8.4 to 9: ${first} first, then ${last}. sanctl runs none of this.`;
  const body = stages.flatMap((stage, at) => stageLines(stage, at + 1, named, page));
  return `${[...wrap(title, page.columns).map((line) => page.paint('bold', line)), ...body].join('\n')}\n`;
}

function stageLines(
  { node, title, copies, commands, until, tried }: Stage,
  number: number,
  named: (text: string) => string,
  page: Page,
): readonly string[] {
  const copiesText = count(copies, 'up-to-date copy', 'up-to-date copies');
  const mark = page.paint(
    copies < 2 ? 'yellow' : 'dim',
    `${copiesText} meanwhile; ${tried === 'not tried' ? tried : `tried ${tried}`}`,
  );
  return [
    '',
    ...indented(`${number}. ${node}: ${title}`, 0, page).map((line) => page.paint('bold', line)),
    `   ${mark}`,
    ...commands.map((command) => `   $ ${printable(named(command))}`),
    ...indented(`go on when: ${until}`, 3, page),
  ];
}

function indented(text: string, by: number, page: Page): readonly string[] {
  return wrap(text, page.columns - by).map((line) => `${' '.repeat(by)}${line}`);
}
