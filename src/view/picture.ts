/** The formats that a picture is written in. */
import type { Picture } from '../picture/picture.ts';
import { dotText } from './dot.ts';
import { mermaidText } from './mermaid.ts';
import { svgText } from './svg.ts';

export type PictureFormat = 'svg' | 'mermaid' | 'dot';

const writers: Readonly<Record<PictureFormat, (picture: Picture) => string>> = {
  svg: svgText,
  mermaid: mermaidText,
  dot: dotText,
};

export function pictureText(picture: Picture, format: PictureFormat): string {
  return writers[format](picture);
}
