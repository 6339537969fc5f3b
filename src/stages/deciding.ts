/** The pure stage, given what it needs of this machine: templates and the values of secrets. */
import { dirname, join } from 'node:path';
import { type Diagnostic, error, failed, type Result } from '../diagnostic.ts';
import { kinds } from '../kinds/registry.ts';
import type { World } from '../kinds/world.ts';
import type { PlanInput } from '../plan/make.ts';
import type { Content } from '../shell/command.ts';
import { sha256 } from '../template/content.ts';
import { templateFiles } from '../template/files.ts';
import { templateRenderer } from '../template/render.ts';
import { lookAtImage } from '../transport/image-header.ts';
import { type Secrets, secretNames } from '../transport/secrets.ts';

/** What is decided over, besides the tools of this machine. */
export type Question = Pick<PlanInput, 'site' | 'facts' | 'answers' | 'options' | 'offline'> &
  Partial<Pick<PlanInput, 'kinds'>>;

/** `files`: those of the inventory; `templates/` beside the first overrides ours, file by file. */
export function decide<T>(
  question: Question,
  secrets: Secrets,
  files: readonly string[],
  make: (input: PlanInput) => Result<T>,
): Result<T> {
  const renderer = templateRenderer(templateFiles(join(dirname(files[0] ?? '.'), 'templates')));
  const render: World['render'] = (template, view) => {
    try {
      return renderer(template, view);
    } catch (cause) {
      throw new BadTemplate(template, cause);
    }
  };
  try {
    const digest = (content: Content): string | undefined => digestOf(content, secrets);
    return make({ kinds, ...question, render, digest, imageBytes: lookAtImage });
  } catch (problem) {
    if (problem instanceof BadTemplate) return failed(problem.diagnostic);
    throw problem;
  }
}

function digestOf(content: Content, secrets: Secrets): string | undefined {
  const names = [...secretNames(content)];
  if (names.some((name) => secrets.value(name) === undefined)) return undefined;
  return sha256(content, ({ secret }) => secrets.value(secret) ?? '');
}

/** A template is a file that a person may write: what is wrong with it is told, not thrown at them. */
class BadTemplate extends Error {
  readonly diagnostic: Diagnostic;
  constructor(template: string, cause: unknown) {
    super(`template ${template}`, { cause });
    const why = cause instanceof Error ? cause.message : String(cause);
    this.diagnostic = error('template/failed', 'A template cannot be filled in', `${template}: ${why}`, {
      help: 'Templates in the folder `templates` beside the inventory replace those of sanctl; docs/inventory.md names them.',
    });
  }
}
