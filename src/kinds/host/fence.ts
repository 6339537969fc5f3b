/** The proof that a node is dead: its power is taken, and its device says so; or a person says it, by name (P1, D12). Pure. */
import { type Diagnostic, error } from '../../diagnostic.ts';
import { type Command, command, type Probe, type WaitFor } from '../../shell/command.ts';
import type { NodeName } from '../../step.ts';
import { answer, unreadable } from '../reading.ts';
import type { Fence } from '../site/node.ts';
import type { Node, Site } from '../site.ts';
import type { Asks, Verb } from '../verb.ts';
import { refuse, type StepDraft, steps, type Verdict } from '../verdict.ts';
import type { World } from '../world.ts';
import { deadParameter, isSilent, silenceAsks, survivors, theDead } from './death.ts';

const word = {
  type: 'text',
  means: 'the word of a person, `NODE is off`, for a node whose device cannot be asked; `none` to ask the device',
} as const;

/** What stands for no word. */
export const noWord = 'none';

/** What somebody has to say, word for word. */
export function wordFor(node: NodeName): string {
  return `${node} is off`;
}

export const fence: Verb<{ node: typeof deadParameter; word: typeof word }> = {
  summary: 'take its power away and see that it is gone; or take the word of a person that it is off',
  takes: { node: deadParameter, word },
  nodes: survivors,
  dead: theDead,
  asks: fenceAsks,
  plan: (given, world) => new Map([[given.node.name, decide(given.node, given.word, world)]]),
};

function decide(node: Node, said: string, world: World): Verdict {
  const others = survivors({ node }, world.site);
  if (said !== noWord) {
    // What follows the word tells who has given it, and when.
    if (said !== wordFor(node.name) && !said.startsWith(`${wordFor(node.name)} (`))
      return refuse(otherWord(node, said));
    return steps(...others.map((by) => taken(node, said, by)));
  }
  if (node.fence === undefined) return refuse(noProof(node));
  const found = others.map((by) => ({ by, has: answer(world.answers(by), agentProbe(node.fence).name) }));
  const [able] = found.filter(({ has }) => has.known && has.value.code === 0);
  if (able === undefined) {
    const unread = found.flatMap(({ by, has }) => (has.known ? [] : [unreadable(`host/${node.name}`, by, has.why)]));
    return refuse(...(unread.length > 0 ? unread : [noAgent(node, node.fence, others)]));
  }
  const more = others.filter((one) => one !== able.by);
  return steps(...more.map((one) => quiet(node, one)), shot(node, node.fence, able.by, more));
}

function fenceAsks(given: { readonly node: Node }, site: Site): Asks {
  const { fence } = given.node;
  const agent = fence === undefined ? [] : [agentProbe(fence)];
  return new Map([...silenceAsks(given, site)].map(([name, probes]) => [name, [...probes, ...agent]]));
}

function agentProbe(fence: Fence | undefined): Probe {
  return { name: 'host.agent', command: command('sh', '-c', 'command -v "$1"', 'sh', fence?.agent ?? '') };
}

/** On everybody, so that the journal of each has it. */
function taken(node: Node, said: string, by: NodeName): StepDraft {
  return {
    verb: 'word',
    node: by,
    title: `take the word of a person: ${said}`,
    danger: 'none',
    guards: isSilent(node),
    actions: [{ do: 'run', command: command('logger', '-t', 'sanctl', '-p', 'daemon.notice', `failover: ${said}`) }],
    reason: `nobody else can know that ${node.name} does nothing any more`,
  };
}

function quiet(node: Node, by: NodeName): StepDraft {
  return {
    verb: 'silent',
    node: by,
    title: `make sure that ${by} hears nothing of ${node.name}`,
    danger: 'none',
    guards: isSilent(node),
    actions: [],
    reason: 'what answers is not shot',
  };
}

function shot(node: Node, fence: Fence, by: NodeName, others: readonly NodeName[]): StepDraft {
  return {
    verb: 'off',
    node: by,
    title: `take the power of ${node.name} away, by ${fence.agent}`,
    needs: others.map((other) => `${other}#silent`),
    danger: 'interrupts',
    guards: isSilent(node),
    actions: [{ do: 'run', command: device(deviceScripts.off, fence) }, untilOff(node, fence)],
    reason: `silence proves nothing: cut off from the others, its VMs would still run`,
  };
}

/** fence_ipmilan (4.12) says `Status: OFF` and ends with 2, which also means arguments that it does not take: both must be so (tried). */
function untilOff({ name }: Node, fence: Fence): WaitFor {
  return {
    do: 'wait',
    what: `its device says that ${name} has no power`,
    command: device(deviceScripts.status, fence),
    until: { stdout: 'off' },
    timeoutSeconds: 120,
    everySeconds: 2,
  };
}

/** Options may be seen by everybody; the password comes by stdin, and goes on so. */
const tell = `agent=$1; shift
tell() { action=$1; shift; { printf '%s\\n' "action=$action" "$@"; sed 's/^/password=/'; } | "$agent"; }
`;
export const deviceScripts = {
  off: `${tell}tell off "$@"`,
  status: `${tell}said=$(tell status "$@"); code=$?
case $code:$(printf '%s\\n' "$said" | grep '^Status: ') in
  '2:Status: OFF') echo off ;;
  '0:Status: ON') echo on ;;
  *) printf 'exit %s %s\\n' "$code" "$said" ;;
esac`,
} as const;

function device(script: string, { agent, options, plug, password }: Fence): Command {
  const words = Object.entries(options).map(([name, value]) => `${name}=${value}`);
  const outlet = plug === undefined ? [] : [`plug=${plug}`];
  const told = command('sh', '-c', script, 'sh', agent, ...words, ...outlet);
  return password === undefined ? told : { ...told, stdin: { secret: password } };
}

function noProof({ name }: Node): Diagnostic {
  const detail = `${name} does not answer, and the inventory has no \`fence\` for it: it may be cut off, with its VMs at work (X1).`;
  return error('failover/no-proof', 'Nothing proves that a node is dead', detail, {
    help: `See for yourself that it has no power, and say so: \`sanctl failover ${name} --word '${wordFor(name)}'\`. Two guests on one disk destroy it: do not guess.`,
  });
}

function noAgent({ name }: Node, { agent }: Fence, others: readonly NodeName[]): Diagnostic {
  const detail = `${agent}, by which ${name} would be shot, is on none of ${others.join(', ')}.`;
  return error('failover/no-agent', 'No node has the fence agent', detail, {
    help: `\`apt-get install fence-agents\` on one of them; or see for yourself that ${name} has no power: \`sanctl failover ${name} --word '${wordFor(name)}'\`.`,
  });
}

function otherWord({ name }: Node, said: string): Diagnostic {
  return error('failover/other-word', 'The word is about something else', `It is \`${said}\`.`, {
    help: `If you have seen that ${name} has no power, the word is \`${wordFor(name)}\`.`,
  });
}
