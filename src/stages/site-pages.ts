/** What the pages of `sanctl ui` show: asked of the nodes when a page is asked for, and of nobody while nobody looks. */
import type { Clock } from '../apply/clock.ts';
import { operationsOf, readJournal } from '../apply/journal.ts';
import { withRates } from '../health/rates.ts';
import { planPicture } from '../picture/plan.ts';
import type { Session } from '../session/program.ts';
import { pageFile } from '../template/files.ts';
import type { Page } from '../view/diagnostics.ts';
import { journalText, lockText } from '../view/journal.ts';
import { noPaint } from '../view/paint.ts';
import { planText } from '../view/plan.ts';
import { count } from '../view/wrap.ts';
import { nowBody, type Told, textBody, wholePage } from '../web/pages.ts';
import type { Answer, Pages } from '../web/server.ts';
import type { Eye } from './eye.ts';
import { connectEach, type Reach } from './line.ts';
import { planFor } from './planning.ts';
import { type Look, lookOnce, named } from './showing.ts';

/** Seconds for which what was seen is shown again, however many ask. */
const freshSeconds = 4;
const mostOperations = 30;
const paper: Page = { paint: noPaint, columns: 80 };

export function sitePages(session: Session, path: string | undefined, eye: Eye, clock: Clock, reach: Reach): Pages {
  const now = lookout(session, eye, clock);
  const nowText = async (): Promise<string> => nowBody(eye.site, await now(), new Date());
  const html = (text: string): Answer => ({ type: 'text/html', text: session.hidden(text) });
  const whole = wholePage.bind(undefined, eye.site);
  return async (page) => {
    switch (page) {
      case '/':
        return html(whole('/', await nowText(), '/now'));
      case '/now':
        return html(await nowText());
      case '/plan':
        return html(whole('/plan', textBody(await planned(session, path))));
      case '/journal':
        return html(whole('/journal', textBody(await journals(session, eye, reach))));
      case '/page.css':
        return { type: 'text/css', text: pageFile('page.css') };
      case '/page.js':
        return { type: 'text/javascript', text: pageFile('page.js') };
      default:
        return undefined;
    }
  };
}

/** One look at a time, shared by all who wait for it. */
function lookout(session: Session, eye: Eye, clock: Clock): () => Promise<Look> {
  let last: Look | undefined;
  let going: Promise<Look> | undefined;
  const look = async (): Promise<Look> => {
    const seen = await lookOnce(session, eye);
    const rows = last === undefined ? seen.rows : withRates(last, seen);
    last = { ...seen, rows };
    return last;
  };
  return () => {
    if (last !== undefined && clock.now() - last.seconds < freshSeconds) return Promise.resolve(last);
    going ??= look().finally(() => {
      going = undefined;
    });
    return going;
  };
}

async function planned(session: Session, path: string | undefined): Promise<Told> {
  const made = await planFor(session, path, {});
  if (!made.ok)
    return { headline: 'No plan can be made of this now', findings: named(session, made.diagnostics), text: '' };
  made.line?.close();
  const { plan, warnings } = made;
  const headline = plan.steps.length === 0 ? 'Nothing to do' : `A plan of ${count(plan.steps.length, 'step')}, not run`;
  const picture = plan.steps.length === 0 ? {} : { picture: planPicture(plan) };
  return { headline, findings: named(session, warnings), text: planText(plan, paper), ...picture };
}

async function journals(session: Session, { site }: Eye, { transport }: Reach): Promise<Told> {
  const { line, diagnostics } = await connectEach(transport, Object.values(site.nodes));
  const read = await Promise.all(
    [...line.connections].map(async ([node, connection]) => ({
      node,
      journal: await readJournal(connection, { limit: mostOperations }),
    })),
  );
  line.close();
  const found = new Map(read.flatMap(({ node, journal }) => (journal.ok ? [[node, journal.value] as const] : [])));
  const operations = operationsOf(found).slice(0, mostOperations);
  const locks = [...found].flatMap(([node, { lock }]) => (lock === undefined ? [] : [lockText(node, lock, paper)]));
  return {
    headline: `What ran, newest first: ${count(operations.length, 'operation')}`,
    findings: named(session, [...diagnostics, ...read.flatMap(({ journal }) => journal.diagnostics)]),
    text: `${locks.join('')}${journalText(operations, false, paper)}`,
  };
}
