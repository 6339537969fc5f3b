/**
 * Templates to text. The only door to Handlebars, in its strictest mode: a variable that the view lacks, or a helper
 * that does not exist, is an error with a line, never an empty place in a configuration file.
 *
 * Secrets pass through as references: the engine sees a placeholder that no template can contain, and the text is cut
 * at the placeholders afterwards. So a rendered file can be shown, compared and saved without its secrets.
 */
import Handlebars from 'handlebars';
import type { TemplateValue, TemplateView } from '../kinds/world.ts';
import type { Content, SecretRef } from '../shell/command.ts';

/** The text of a template by its name (`drbd/resource.res`), or undefined when there is none. */
export type TemplateSource = (name: string) => string | undefined;

const options = { strict: true, noEscape: true, knownHelpersOnly: true, preventIndent: true } as const;
const placeholder = /\u0001([^\u0001]+)\u0001/u;

export function templateRenderer(source: TemplateSource): (name: string, view: TemplateView) => Content {
  const engine = Handlebars.create();
  const compiled = new Map<string, HandlebarsTemplateDelegate>();
  return (name, view) => {
    let template = compiled.get(name);
    if (template === undefined) {
      const text = source(name);
      if (text === undefined) throw new Error(`there is no template ${name}`);
      template = engine.compile(text, options);
      compiled.set(name, template);
    }
    return split(template(withPlaceholders(view)));
  };
}

function withPlaceholders(value: TemplateValue): unknown {
  if (typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(withPlaceholders);
  if (isSecret(value)) return `\u0001${value.secret}\u0001`;
  // Without a prototype, so that `{{constructor}}` is a missing variable like any other.
  const view: Record<string, unknown> = Object.create(null);
  for (const [name, inner] of Object.entries(value)) view[name] = withPlaceholders(inner);
  return view;
}

function isSecret(value: object): value is SecretRef {
  return 'secret' in value && typeof value.secret === 'string' && Object.keys(value).length === 1;
}

/** Text and secrets in turn: every second piece of the split is the name of a secret. */
function split(text: string): Content {
  return text
    .split(placeholder)
    .map((piece, at) => (at % 2 === 0 ? piece : { secret: piece }))
    .filter((piece) => piece !== '');
}

/** Pages for a browser: whatever is filled in is escaped but for `{{{…}}}`; a variable that the view lacks is an error here, too. */
export function pageText(template: string, view: TemplateView): string {
  const compiled = Handlebars.compile(template, { strict: true, knownHelpersOnly: true, preventIndent: true });
  return compiled(withPlaceholders(view));
}
