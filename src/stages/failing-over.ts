/** A failover: hear whether the node answers after all, look at the others, have somebody's word where no device can tell; then the playbook. */
import { hostname, userInfo } from 'node:os';
import { type Diagnostic, type ExitCode, error, exitCode, ok } from '../diagnostic.ts';
import { answers } from '../kinds/host/death.ts';
import { noWord, wordFor } from '../kinds/host/fence.ts';
import type { Node, Site } from '../kinds/site.ts';
import { type Bound, bind } from '../playbook/bind.ts';
import { compile } from '../playbook/compile.ts';
import type { Playbook } from '../playbook/playbook.ts';
import { parseSeconds } from '../quantity.ts';
import type { Session } from '../session/program.ts';
import { quote } from '../shell/quote.ts';
import type { NodeName } from '../step.ts';
import type { Transport } from '../transport/connection.ts';
import { noSuchNode, reachOf } from './line.ts';
import type { Seen } from './looking.ts';
import { firstLook, playOver } from './playing.ts';
import { loadSite } from './site.ts';
import { readAsNamed, type Stage, stageOf } from './stage.ts';

export interface FailoverOptions {
  readonly word?: string | undefined;
  readonly only?: readonly string[] | undefined;
  readonly age?: string | undefined;
  readonly yes?: true | undefined;
  readonly dryRun?: true | undefined;
  readonly acceptNewHostKeys?: true | undefined;
  readonly json?: true | undefined;
}

export async function failOver(
  session: Session,
  name: string,
  path: string | undefined,
  options: FailoverOptions,
): Promise<ExitCode> {
  const screen = session.screen(options);
  const loaded = await loadSite(session, path);
  const playbook = await readAsNamed('failover');
  screen.report([...loaded.diagnostics, ...playbook.diagnostics]);
  if (!loaded.ok || !playbook.ok) return exitCode.usage;
  const { site } = loaded.value;
  const node = Object.hasOwn(site.nodes, name) ? site.nodes[name] : undefined;
  if (node === undefined) {
    screen.report([noSuchNode(name, site)]);
    return exitCode.usage;
  }
  const { word } = options;
  if (word !== undefined && word !== wordFor(name)) {
    screen.report([otherWord(name, word)]);
    return exitCode.usage;
  }
  // Without a device, and with somebody there, the word is asked for once all the rest is known to be right.
  const isAsked = word === undefined && node.fence === undefined && isThere(session, options);
  const said = isAsked || word !== undefined ? signed(name) : noWord;
  const bound = boundTo(playbook.value, name, said, options, site);
  const stage = stageOf(session, { ...options, command: commandFor(session, name, options) }, loaded.value, bound);
  const { transport } = reachOf(session, site, options.acceptNewHostKeys);
  const [heard, seen] = await Promise.all([hear(transport, node), firstLook(stage)]);
  if (seen === undefined) {
    screen.report(heard);
    return exitCode.refused;
  }
  try {
    return await decided(stage, seen, { name, heard, isAsked });
  } finally {
    seen.line.close();
  }
}

interface Circumstances {
  readonly name: NodeName;
  /** That it answers this machine. */
  readonly heard: readonly Diagnostic[];
  readonly isAsked: boolean;
}

async function decided(stage: Stage, seen: Seen, { name, heard, isAsked }: Circumstances): Promise<ExitCode> {
  const { screen, session, wish } = stage;
  const first = stage.decide(seen, (input) => ok(compile(stage.bound, input)));
  const found = first === undefined || first.ok ? [] : first.diagnostics;
  if (heard.length === 0 && isNothing(found)) {
    screen.report(found.filter(({ severity }) => severity !== 'error'));
    if (wish.json === true) screen.json({ version: 1, type: 'failover', node: name, starts: [] });
    else screen.print(`Nothing to do: no VM of ${name} waits for being started elsewhere.\n`);
    return exitCode.done;
  }
  if (heard.length > 0 || first?.ok !== true) {
    screen.report([...heard, ...found]);
    return exitCode.refused;
  }
  if (!isAsked) return (await playOver(stage, seen)).exit;
  stage.show(first.value.plan, 'steps');
  if (!(await isSaid(session, name))) return exitCode.usage;
  const agreed = { ...stage, wish: { ...wish, yes: true as const }, show: shownOnce(stage) };
  return (await playOver(agreed, seen)).exit;
}

/** The plan was shown before the word was asked for. */
function shownOnce({ show }: Stage): Stage['show'] {
  return (plan, phase) => (phase === 'steps' ? undefined : show(plan, phase));
}

function isNothing(found: readonly Diagnostic[]): boolean {
  const errors = found.filter(({ severity }) => severity === 'error');
  return errors.length > 0 && errors.every(({ code }) => code === 'failover/nothing');
}

function isThere({ io }: Session, { json, dryRun }: FailoverOptions): boolean {
  return io.stdin.isTTY === true && json !== true && dryRun !== true;
}

/** Who says it, and when: so it comes into the plan and into the journal of every node. */
function signed(name: NodeName): string {
  return `${wordFor(name)} (${userInfo().username} on ${hostname()}, ${new Date().toISOString().slice(0, 19)}Z)`;
}

async function isSaid(session: Session, name: NodeName): Promise<boolean> {
  const { stdin, stderr } = session.io;
  const { askFor } = await import('../view/ask.ts');
  const question = `\nNobody but you can know that ${name} has no power: it may only be cut off, and two guests on one disk destroy it.\nWhen you have seen it yourself, type \`${wordFor(name)}\`:`;
  if (await askFor(wordFor(name), question, stdin, stderr)) return true;
  session.screen().mention('Nothing was touched.\n');
  return false;
}

/** Whoever speaks ssh is alive, whether it lets us in or not. */
const voices = /^ssh\/(auth-failed|changed-key|unknown-host|revoked-key|host-key-type|certificate-authority)$/;

async function hear(transport: Transport, node: Node): Promise<readonly Diagnostic[]> {
  const tried = await transport.connect(node);
  if (tried.ok) tried.value.close();
  const spoke = tried.ok || tried.diagnostics.some(({ code }) => voices.test(code));
  return spoke ? [answers(node.name, 'its ssh answers from here')] : [];
}

function boundTo(playbook: Playbook, name: NodeName, word: string, options: FailoverOptions, site: Site): Bound {
  const age = options.age === undefined ? [] : [`age=${parseSeconds(options.age)}`];
  const only = options.only === undefined ? [] : [`vms=${options.only.join(',')}`];
  const bound = bind(playbook, [`node=${name}`, `word=${word}`, ...age, ...only], site);
  if (!bound.ok) throw new Error(`failover does not take ${name}: ${bound.diagnostics[0]?.detail}`);
  return bound.value;
}

function commandFor(session: Session, name: NodeName, { word, only = [], age }: FailoverOptions): string {
  const words = [
    ...(word === undefined ? [] : ['--word', word]),
    ...only.flatMap((vm) => ['--only', vm]),
    ...(age === undefined ? [] : ['--age', age]),
  ];
  return session.named(['sanctl failover', name, ...words].map((one, at) => (at === 0 ? one : quote(one))).join(' '));
}

function otherWord(name: NodeName, word: string): Diagnostic {
  const detail = `\`--word\` says \`${word}\`, and the node is ${name}.`;
  return error('failover/other-word', 'The word is about something else', detail, {
    help: `If you have seen that ${name} has no power, the word is \`${wordFor(name)}\`.`,
  });
}
