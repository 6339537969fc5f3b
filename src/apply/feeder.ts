/**
 * Sends an image to a fill while it runs, over the line of its node and beside what follows the batch. The node says again
 * and again that it waits: each time that nobody feeds it, a new feed begins where the node is.
 */
import type { ImageFile } from '../shell/command.ts';
import type { BatchEvent } from '../shell/events.ts';
import { frameHead, parseFeedAnswer } from '../shell/feed.ts';
import type { Batch } from '../shell/script.ts';
import type { ImageSource } from '../transport/image.ts';
import { framesFrom } from './image.ts';
import type { Line } from './line.ts';

/** By the sha256 of the file. */
export type Images = ReadonlyMap<ImageFile['sha256'], ImageSource>;

/** An image may take hours; then another feed goes on. */
const feedSeconds = 86_400;

export class Feeder {
  readonly #line: Line;
  readonly #batch: Batch;
  readonly #images: Images;
  #feeding: AbortController | undefined;

  constructor(line: Line, batch: Batch, images: Images) {
    this.#line = line;
    this.#batch = batch;
    this.#images = images;
  }

  hear(event: BatchEvent): void {
    if (event.is !== 'waiting') {
      if (event.is !== 'began') this.stop();
      return;
    }
    const action = this.#batch.steps[event.step - 1]?.actions[event.action];
    const image = action?.do === 'fill' ? this.#images.get(action.image.sha256) : undefined;
    if (image !== undefined && this.#feeding === undefined) void this.#feed(event.step, image);
  }

  stop(): void {
    this.#feeding?.abort();
  }

  async #feed(step: number, image: ImageSource): Promise<void> {
    const over = new AbortController();
    this.#feeding = over;
    const { operation, batch } = this.#batch;
    let answer: (at: number | undefined) => void = () => undefined;
    const from = new Promise<number | undefined>((resolve) => {
      answer = resolve;
    });
    const onLine = (line: string): undefined => {
      const at = parseFeedAnswer(line);
      if (at !== undefined) answer(at === 'closed' ? undefined : at);
    };
    const script = { do: 'feed', operation, batch, step } as const;
    const input = bytesFrom(image, from, over.signal);
    await this.#line.run(script, { onLine, input, deadlineSeconds: feedSeconds, signal: over.signal });
    answer(undefined);
    over.abort();
    this.#feeding = undefined;
  }
}

async function* bytesFrom(
  image: ImageSource,
  from: Promise<number | undefined>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const at = await from;
  if (at === undefined) return;
  for await (const frame of framesFrom(image, at)) {
    if (signal.aborted) return;
    yield Buffer.from(frameHead(frame));
    if (frame.is === 'part') yield frame.data;
  }
}
