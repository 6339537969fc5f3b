/** Colours, for one stream: only on a terminal, and NO_COLOR is honoured. */
import { styleText } from 'node:util';

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan' | 'magenta';
export type Paint = (style: Style | readonly Style[], text: string) => string;

/** The part of a stream that decides about colours; a terminal of Node has all of it. */
export interface MaybeTerminal {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
  getColorDepth?(env?: object): number;
}

export const noPaint: Paint = (_style, text) => text;

/** The depth that a terminal reports already looks at NO_COLOR, TERM and their relatives in `env`. */
export function paintFor(stream: MaybeTerminal, env: NodeJS.ProcessEnv): Paint {
  const coloured = stream.isTTY === true && (stream.getColorDepth?.(env) ?? 1) > 2;
  if (!coloured) return noPaint;
  return (style, text) => styleText(typeof style === 'string' ? style : [...style], text, { validateStream: false });
}
