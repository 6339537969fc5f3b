/** Pictures in each format: golden files, and texts that would be more than text. */
import { expect, test } from 'vitest';
import type { Picture } from '../../src/picture/picture.ts';
import { planPicture } from '../../src/picture/plan.ts';
import { sitePicture } from '../../src/picture/site.ts';
import { type PictureFormat, pictureText } from '../../src/view/picture.ts';
import { printable } from '../../src/view/printable.ts';
import { expectGolden } from '../golden.ts';
import { compactSite } from '../kinds/compact.ts';
import { plan } from './sample.ts';

const formats: readonly (readonly [PictureFormat, string])[] = [
  ['svg', 'svg'],
  ['mermaid', 'mmd'],
  ['dot', 'dot'],
];
const site = compactSite({
  nodes: ['alpha', 'bravo', 'hub'],
  volumes: { root: { size: '1GiB', replicas: ['alpha', 'bravo'] }, slice: { size: '2GiB', replicas: ['bravo'] } },
  images: { local: { node: 'hub' } },
  exports: { slice: { from: 'bravo', to: ['hub'] } },
  arrays: {
    backup: {
      node: 'hub',
      members: [{ export: 'slice' }, { image: 'local' }],
      filesystem: { type: 'ext4', mount: '/backup' },
    },
  },
  vms: { web: { disks: [{ volume: 'root', as: 'xvda', readOnly: false }] } },
});

test.each(formats)('the site, without a node, and a plan, as %s', (format, ending) => {
  expectGolden(`graph/site.${ending}`, pictureText(sitePicture(site, new Set()), format));
  expectGolden(`graph/without-bravo.${ending}`, pictureText(sitePicture(site, new Set(['bravo'])), format));
  expectGolden(`graph/plan.${ending}`, pictureText(planPicture(plan), format));
});

const hostile = [
  '"',
  '\\',
  '\\"',
  '";}',
  ']]>',
  '</text><script>alert(1)</script>',
  '&amp;',
  "'",
  '`',
  '%%{init}%%',
  'end',
  '#quot;',
  '"] click b0 "javascript:alert(1)"',
  '\u0000\u0007\u001b]0;title\u0007',
  '\u202etxt.exe',
  '\ud800',
  'a\nb',
  '-->',
  '|',
  ':::lost',
  '\\N\\G',
];

function pictureOf(text: string): Picture {
  const box = (id: string) => ({ id, label: [text, 'second'], sort: 'vm', group: text, mark: 'plain' }) as const;
  return {
    title: text,
    groups: [{ id: text, label: text, mark: 'lost' }],
    boxes: [box(`${text}1`), box(`${text}2`)],
    edges: [{ from: `${text}1`, to: `${text}2`, label: text }],
    gathers: 'bottom',
  };
}

test.each(hostile)('a text that would be more than text: %j', (text) => {
  const [svg, mermaid, dot] = formats.map(([format]) => pictureText(pictureOf(text), format)) as [
    string,
    string,
    string,
  ];
  for (const written of [svg, mermaid, dot])
    expect(written).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]|\p{Surrogate}/u);
  // Every tag is one of ours, and between tags nothing begins one.
  expect(svg.match(/<\/?[a-z]+/gi)?.filter((tag) => !/^<\/?(svg|title|defs|marker|path|rect|text)$/.test(tag))).toEqual(
    [],
  );
  const texts = [...svg.matchAll(/<text [^>]*>([^<]*)<\/text>/g)].map(([, inner = '']) => unescaped(inner));
  expect(texts.filter((one) => one === printable(text))).toHaveLength(5);
  // In quotes, nothing but plain characters and numbers of characters.
  expect(mermaid).not.toContain('%%');
  const chart = mermaid.slice(mermaid.indexOf('flowchart'));
  const labels = [...chart.matchAll(/(?:b\d+|g\d+|\|)[([]*"([^"]*)"/g)].map(([, inner]) => inner ?? '');
  expect(labels).toHaveLength(4);
  for (const label of labels) expect(label.replaceAll('<br/>', '')).toMatch(/^([A-Za-z0-9 ,.()/:;@_+-]|#\d+;)*$/);
  // What dot would read between its quotes is what was written.
  const quoted = [...dot.matchAll(/label="((?:[^"\\]|\\.)*)"/g)].map(([, inner = '']) =>
    inner.replaceAll(/\\(.)/g, (_all, one) => (one === 'n' ? '\n' : one)),
  );
  expect(quoted).toEqual([
    printable(text),
    printable(text),
    `${printable(text)}\nsecond`,
    `${printable(text)}\nsecond`,
    printable(text),
  ]);
});

function unescaped(text: string): string {
  const names: Readonly<Record<string, string>> = {
    '&amp;': '&',
    '&lt;': '<',
    '&gt;': '>',
    '&quot;': '"',
    '&#39;': "'",
  };
  return text.replaceAll(/&[a-z#0-9]+;/g, (one) => names[one] ?? '?');
}
