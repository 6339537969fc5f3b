/** The Connection to one node over a wire: scripts in, replies out. */
import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { SecretRef } from '../shell/command.ts';
import type { Rendered } from '../shell/render.ts';
import type { Script } from '../shell/script.ts';
import type { NodeName } from '../step.ts';
import type { Connection, Listening, Reply } from './connection.ts';
import { type Carrier, type Channel, converse, type Opened } from './converse.ts';
import { launch } from './launch.ts';
import { limit } from './limit.ts';
import { type Secrets, secretNames } from './secrets.ts';
import type { Wire } from './wire.ts';

/** sshd allows 10 sessions for each connection (MaxSessions, sshd_config(5)); H11. */
const channelsAtOnce = 8;

/**
 * Times that a channel is asked for, 100 ms apart, when it was refused though none of ours is open: sshd frees a session
 * a moment after it has said that it is closed.
 */
const patience = 10;

export type Render = (script: Script, secretOf: (ref: SecretRef) => string) => Rendered;

export interface Speaker {
  readonly node: NodeName;
  readonly wire: Wire;
  /** Root needs no sudo; all others do. */
  readonly user: string;
  /** Name of the secret. */
  readonly sudoPassword?: string;
  readonly secrets: Secrets;
  readonly render: Render;
  readonly close: () => void;
}

export function nodeConnection(speaker: Speaker): Connection {
  const { node, secrets, close } = speaker;
  const carrier = carrierOver(speaker.wire);
  return {
    node,
    close,
    async run(script: Script, listening: Listening): Promise<Reply> {
      const password = speaker.user === 'root' ? undefined : speaker.sudoPassword;
      const loaded = await secrets.load([...secretNames(script), ...(password === undefined ? [] : [password])]);
      if (!loaded.ok) {
        const why = loaded.diagnostics.map((one) => one.detail).join(' ');
        return { outcome: 'unknown', why: `nothing was started: ${why}`, stdout: '', stderr: '' };
      }
      const rendered = speaker.render(script, ({ secret }) => loadedValue(secrets, secret));
      return converse(carrier, launch(rendered, sudoOf(speaker, password)), listening, secrets.redact);
    },
  };
}

function sudoOf({ user, secrets }: Speaker, password: string | undefined): Parameters<typeof launch>[1] {
  if (user === 'root') return undefined;
  const nonce = randomBytes(16).toString('hex');
  return password === undefined ? { nonce } : { nonce, password: loadedValue(secrets, password) };
}

function loadedValue(secrets: Secrets, name: string): string {
  const value = secrets.value(name);
  if (value === undefined) throw new Error(`the secret ${name} was not loaded before it was used`);
  return value;
}

/** Few channels at a time; one that the node refuses is asked for again when another has ended, an exec never is (H11). */
function carrierOver(wire: Wire): Carrier {
  const turns = limit(channelsAtOnce);
  /** One for each channel that is open or asked for; each resolves at its end. */
  const busy = new Set<Promise<void>>();

  async function use(line: string, wanted: () => boolean, give: (opened: Opened) => void): Promise<void> {
    let alone = 0;
    while (wanted()) {
      const turn = new Turn();
      busy.add(turn.ended);
      const opened = await wire.exec(line);
      if (!('full' in opened)) give(opened);
      if ('channel' in opened) await closed(opened.channel, wire);
      busy.delete(turn.ended);
      turn.end();
      if (!('full' in opened)) return;
      if (busy.size > 0) await Promise.race(busy);
      else if (alone++ < patience) await pause(100);
      else return give({ why: `nothing was started: ${opened.full}` });
    }
    give({ why: 'nobody waits for it any more' });
  }

  return {
    onLost: wire.onLost,
    open: (line, wanted) =>
      new Promise((resolve, reject) => {
        turns(() => use(line, wanted, resolve)).catch(reject);
      }),
  };
}

class Turn {
  end: () => void = () => undefined;
  readonly ended = new Promise<void>((resolve) => {
    this.end = resolve;
  });
}

function closed(channel: Channel, wire: Wire): Promise<void> {
  return new Promise((resolve) => {
    const ignoreLoss = wire.onLost(() => resolve());
    channel.once('close', () => {
      ignoreLoss();
      resolve();
    });
  });
}
