/** The rules, one function each: sources in, breaches out. */
import type { Breach, Import, Source } from './source.ts';

type Sources = ReadonlyMap<string, Source>;
type Rule = (sources: Sources) => readonly Breach[];

/** From the door down to the ground; a folder may use its own layer and those below. */
const layers: readonly (readonly string[])[] = [
  ['cli.ts'],
  ['commands'],
  ['stages'],
  ['session'],
  [
    'view',
    'web',
    'apply',
    'playbook',
    'plan',
    'adopt',
    'health',
    'picture',
    'why',
    'observe',
    'inventory',
    'transport',
    'backup',
    'lab',
  ],
  ['kinds'],
  ['template', 'shell', 'step.ts', 'quantity.ts'],
  ['diagnostic.ts'],
];

/** Words that everybody shares: plain types of data, free to be named from below, never loaded from there. */
const contracts = new Set([
  'src/kinds/site.ts',
  'src/kinds/world.ts',
  'src/kinds/kind.ts',
  'src/plan/plan.ts',
  'src/transport/connection.ts',
]);

/** Packages that give types alone may be named by many. */
const typePackages = new Set(['json-schema-to-ts']);

/** Node modules that only compute. */
const pureModules = new Set(['node:crypto', 'node:path', 'node:util']);

/** Globals by which a kind could act, look around, or answer differently the second time. */
const impure =
  /^(globalThis\.)?(process|console|fetch|setTimeout|setInterval|setImmediate|performance|crypto|require|eval|Date\.now|Math\.random)\b/;

/** C9. `test -f` and its like ask whether a file is there; they force nothing. */
const forceFlags = /^(--force|-f|-ff|-y|--yes|--run|--assume-clean|--overwrite-.+|--discard-my-data|--clear-bitmap)$/;
const forceWords =
  /(^|\s)(--force|-y|--yes|--assume-clean|--overwrite-[a-z-]+|--discard-my-data|--clear-bitmap)(\s|=|$)/;
const askers = new Set(['test', '[', 'readlink', 'blkid', 'lsblk', 'stat', 'dpkg-query']);
/** Where commands for nodes are made; the command line, the lab and the view have flags of their own. */
const speaksToNodes = /^src\/(kinds|shell|plan|playbook|why|observe|apply|template)\//;
const forceHome = 'src/kinds/force.ts';

export const rules: readonly Rule[] = [
  downward,
  kindsArePure,
  applyNeverSeesKinds,
  onlyViewWrites,
  oneDoor,
  oneExit,
  forceInOnePlace,
  noCircles,
];

function downward(sources: Sources): readonly Breach[] {
  return each(sources, ({ path, imports }) =>
    imports
      .filter(
        ({ own, target, typeOnly }) => own && layerOf(target) < layerOf(path) && !(typeOnly && contracts.has(target)),
      )
      .map(({ line, target }) => breach(path, line, 'layers', `${target} lies above`)),
  );
}

function layerOf(path: string): number {
  const folder = path.split('/')[1] ?? '';
  const at = layers.findIndex((layer) => layer.includes(folder));
  // A folder that nobody named sits above all: whatever it is used by is a breach, until it is given its place.
  return at;
}

function kindsArePure(sources: Sources): readonly Breach[] {
  const direct = each(sources, ({ path, imports, names }) => {
    if (!path.startsWith('src/kinds/')) return [];
    const foreign = imports.filter(({ own, target, typeOnly }) => !own && !(typeOnly && typePackages.has(target)));
    return [
      ...foreign.map(({ line, target }) => breach(path, line, 'kinds-pure', `imports ${target}`)),
      ...names
        .filter(({ text }) => impure.test(text))
        .map(({ line, text }) => breach(path, line, 'kinds-pure', `uses ${text}`)),
    ];
  });
  const reached = reach(sources, 'src/kinds/', ({ own, target }) => !own && !pureModules.has(target));
  return [...direct, ...reached.map(({ path, through }) => breach(path, 1, 'kinds-pure', `reaches ${through}`))];
}

function applyNeverSeesKinds(sources: Sources): readonly Breach[] {
  const direct = each(sources, ({ path, imports }) =>
    imports
      .filter(
        ({ target, typeOnly }) =>
          path.startsWith('src/apply/') && isKind(target) && !(typeOnly && contracts.has(target)),
      )
      .map(({ line, target }) => breach(path, line, 'apply-blind', `imports ${target}`)),
  );
  const reached = reach(sources, 'src/apply/', ({ target }) => isKind(target));
  return [...direct, ...reached.map(({ path, through }) => breach(path, 1, 'apply-blind', `reaches ${through}`))];
}

function isKind(path: string): boolean {
  return path.startsWith('src/kinds/');
}

/** Files in `folder` from which, through imports that are still there when the program runs, something forbidden is loaded. */
function reach(
  sources: Sources,
  folder: string,
  forbidden: (one: Import) => boolean,
): { path: string; through: string }[] {
  return [...sources.keys()].flatMap((path) => {
    if (!path.startsWith(folder)) return [];
    const seen = new Map<string, string>([[path, path]]);
    for (const [at, way] of seen) {
      for (const one of sources.get(at)?.imports ?? []) {
        if (one.typeOnly) continue;
        // What a file of the folder imports itself is already said by the direct rule.
        if (at !== path && forbidden(one)) return [{ path, through: `${way} > ${one.target}` }];
        if (one.own && !seen.has(one.target)) seen.set(one.target, `${way} > ${one.target}`);
      }
    }
    return [];
  });
}

function onlyViewWrites(sources: Sources): readonly Breach[] {
  const writes = /^(globalThis\.)?console\b|(^|\.)(stdout|stderr)\.(write|end|cork)$|^process\.(stdout|stderr)\b/;
  return each(sources, ({ path, names }) => {
    if (path.startsWith('src/view/')) return [];
    return names
      .filter(
        ({ text }) => writes.test(text) && !(path === 'src/cli.ts' && /^process\.(stdout|stderr)(\.on)?$/.test(text)),
      )
      .map(({ line, text }) => breach(path, line, 'only-view-writes', text));
  });
}

function oneDoor(sources: Sources): readonly Breach[] {
  const doors = new Map<string, { path: string; line: number }[]>();
  for (const { path, imports } of sources.values()) {
    for (const { own, target, typeOnly, line } of imports) {
      if (own || target.startsWith('node:') || (typeOnly && typePackages.has(target))) continue;
      doors.set(target, [...(doors.get(target) ?? []), { path, line }]);
    }
  }
  return [...doors].flatMap(([name, users]) => {
    const files = [...new Set(users.map(({ path }) => path))];
    const [door, ...others] = files;
    return others.map((path) =>
      breach(
        path,
        users.find((user) => user.path === path)?.line ?? 1,
        'one-door',
        `${name} is imported by ${door} already`,
      ),
    );
  });
}

function oneExit(sources: Sources): readonly Breach[] {
  return each(sources, ({ path, names }) =>
    names
      .filter(({ text }) => path !== 'src/cli.ts' && /(^|\.)process\.(exit|exitCode|abort|reallyExit)$/.test(text))
      .map(({ line, text }) => breach(path, line, 'one-exit', text)),
  );
}

function forceInOnePlace(sources: Sources): readonly Breach[] {
  return each(sources, ({ path, strings }) => {
    if (!speaksToNodes.test(path) || path === forceHome) return [];
    return strings
      .filter(
        ({ text, program }) =>
          !askers.has(program ?? '') &&
          (forceFlags.test(text) || (path.startsWith('src/shell/') && forceWords.test(text))),
      )
      .map(({ line, text }) => breach(path, line, 'force', `\`${text.trim().slice(0, 60)}\` belongs in ${forceHome}`));
  });
}

/** Types too: what can only be understood together is one room. Said once, by the first of the files that it ties. */
function noCircles(sources: Sources): readonly Breach[] {
  return each(sources, ({ path }) => {
    const circle = wayBack(sources, path);
    if (circle === undefined || circle.some((file) => file < path)) return [];
    return [breach(path, 1, 'no-circles', [...circle, path].join(' > '))];
  });
}

/** The shortest way from a file through its imports to itself. */
function wayBack(sources: Sources, path: string): readonly string[] | undefined {
  const ways = new Map<string, readonly string[]>([[path, [path]]]);
  for (const [at, way] of ways) {
    for (const { own, target } of sources.get(at)?.imports ?? []) {
      if (!own) continue;
      if (target === path) return way;
      if (!ways.has(target)) ways.set(target, [...way, target]);
    }
  }
  return undefined;
}

function each(sources: Sources, rule: (source: Source) => readonly Breach[]): readonly Breach[] {
  return [...sources.values()].flatMap(rule);
}

function breach(file: string, line: number, rule: string, what: string): Breach {
  return { file, line, rule, what };
}
