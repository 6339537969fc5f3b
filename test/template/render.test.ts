import { describe, expect, it } from 'vitest';
import { hide, sha256 } from '../../src/template/content.ts';
import { templateRenderer } from '../../src/template/render.ts';

function render(text: string, view: Parameters<ReturnType<typeof templateRenderer>>[1]) {
  return templateRenderer((name) => (name === 't' ? text : undefined))('t', view);
}

describe('templates', () => {
  it('fill in text as it is, without HTML escaping', () => {
    expect(render('a {{x}} b\n', { x: `<"'&>` })).toEqual([`a <"'&> b\n`]);
  });

  it('keep secrets as references', () => {
    const content = render('user x\nsecret "{{s}}";\n', { s: { secret: 'drbd' } });
    expect(content).toEqual(['user x\nsecret "', { secret: 'drbd' }, '";\n']);
    expect(hide(content)).toBe('user x\nsecret "(secret)";\n');
    expect(sha256(content, () => 'a')).not.toBe(sha256(content, () => 'b'));
  });

  it.each(['{{missing}}', '{{constructor}}', '{{x.toString}}', '{{x.y.z}}', '{{helper x}}'])('throw on %s', (text) => {
    expect(() => render(text, { x: { y: 1 } })).toThrow();
  });

  it('throw on a template that does not exist', () => {
    expect(() => templateRenderer(() => undefined)('nothing', {})).toThrow('there is no template nothing');
  });

  it('keep secrets apart inside lists', () => {
    expect(render('{{#each l}}{{this}},{{/each}}', { l: [{ secret: 'a' }, { secret: 'b' }] })).toEqual([
      { secret: 'a' },
      ',',
      { secret: 'b' },
      ',',
    ]);
  });
});
