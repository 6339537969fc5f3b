/** The ground as Prometheus reads it: https://prometheus.io/docs/instrumenting/exposition_formats/, text format 0.0.4. Pure. */
import { type FigureName, figureMeanings, levels, type Row } from '../kinds/health.ts';
import type { Ground } from './ground.ts';

type Labels = Readonly<Record<string, string>>;

interface Sample {
  readonly labels: Labels;
  readonly value: number;
}

/** Every family once, with all of its samples; one without samples is left out, so that what is not known is absent. */
export function metricsText(site: string, { rows, findings }: Ground): string {
  const figures = (Object.keys(figureMeanings) as FigureName[]).map((name) => {
    const samples = rows.flatMap((row) =>
      row.figures.flatMap((one) =>
        one.name === name ? [{ labels: { site, ...labelsOf(row, one.node) }, value: one.value }] : [],
      ),
    );
    return family(name, figureMeanings[name], samples);
  });
  return [
    ...figures,
    family(
      'level',
      `How well a thing is: ${levels
        .toReversed()
        .map((level, at) => `${at} ${level}`)
        .join(', ')}`,
      levelsOf(site, rows),
    ),
    family('findings', 'What is wrong now, by its code; `sanctl status` says more', counted(site, findings)),
  ].join('');
}

/** The thing under the name of its section; a volume group is called the same on every node. */
function labelsOf({ section, name }: Row, node: string | undefined): Labels {
  const own = section === 'group' ? (name.split('@')[0] ?? name) : name;
  return { [section]: own, ...(node === undefined ? {} : { node }) };
}

function levelsOf(site: string, rows: readonly Row[]): readonly Sample[] {
  return rows
    .filter(({ section }) => section !== 'operation')
    .map(({ section, name, level }) => ({
      labels: { site, section, name },
      value: levels.length - 1 - levels.indexOf(level),
    }));
}

function counted(site: string, findings: Ground['findings']): readonly Sample[] {
  const counts = new Map<string, Sample>();
  for (const { code, severity } of findings) {
    const value = (counts.get(code)?.value ?? 0) + 1;
    counts.set(code, { labels: { site, code, severity }, value });
  }
  return [...counts.values()];
}

function family(name: string, help: string, samples: readonly Sample[]): string {
  if (samples.length === 0) return '';
  const own = `sanctl_${name}`;
  const lines = new Map(samples.map(({ labels, value }) => [`${own}{${labelText(labels)}}`, value]));
  return [
    `# HELP ${own} ${escaped(help)}\n# TYPE ${own} gauge\n`,
    ...[...lines].map(([line, value]) => `${line} ${value}\n`),
  ].join('');
}

function labelText(labels: Labels): string {
  return Object.entries(labels)
    .map(([label, value]) => `${label}="${escaped(value).replaceAll('"', '\\"')}"`)
    .join(',');
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}
