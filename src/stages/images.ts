/** The stage before a plan with fills is run: their images, each proven to be the one that the inventory names. */
import { type Diagnostic, error, failed, ok, type Result } from '../diagnostic.ts';
import type { Plan } from '../plan/plan.ts';
import { formatSize } from '../quantity.ts';
import type { Session } from '../session/program.ts';
import type { Fill } from '../shell/command.ts';
import { forgetImages, imagesFolder, type OpenImage, openImage } from '../transport/image.ts';

export interface Images {
  readonly bySha256: ReadonlyMap<string, OpenImage>;
  /** `filled`: nobody needs them again. */
  close(filled: boolean): Promise<void>;
}

/** One that is missing or another one speaks before anything is asked of anybody, and nothing is touched. */
export async function openImages(session: Session, plan: Plan): Promise<Result<Images>> {
  const fills = plan.steps.flatMap(({ actions }) => actions.filter((action) => action.do === 'fill'));
  const folder = imagesFolder(session.io.env);
  const opened = new Map<string, OpenImage>();
  const problems: Diagnostic[] = [];
  const images = {
    bySha256: opened,
    async close(filled: boolean): Promise<void> {
      for (const one of opened.values()) await one.close();
      const made = fills.map(({ image }) => image).filter(({ format }) => format !== 'raw');
      if (filled) await forgetImages(made, folder);
    },
  };
  for (const { image, bytes } of fills) {
    if (opened.has(image.sha256)) continue;
    const reading = openImage(image, folder);
    const one = await session.screen().meanwhile(`reading ${image.path} (${formatSize(bytes)})`, reading);
    problems.push(...one.diagnostics);
    if (one.ok) opened.set(image.sha256, one.value);
  }
  for (const fill of fills) {
    const disk = opened.get(fill.image.sha256);
    if (disk !== undefined && disk.bytes !== fill.bytes) problems.push(otherSize(fill, disk.bytes));
  }
  if (problems.length === 0) return ok(images);
  await images.close(false);
  return failed(...problems);
}

function otherSize({ image, bytes }: Fill, now: number): Diagnostic {
  return error(
    'fill/other-size',
    'An image is not what it was when the plan was made',
    `The disk in ${image.path} has ${now} bytes; the plan says ${bytes}.`,
    { help: 'Plan again.' },
  );
}
