/** All kinds, in the order in which their steps are drafted and shown. A new kind is one line here. */
import { array } from './array/index.ts';
import { cluster } from './cluster/index.ts';
import { domain } from './domain/index.ts';
import { drbd } from './drbd/index.ts';
import { exportKind } from './export/index.ts';
import { file } from './file/index.ts';
import { filesystem } from './filesystem/index.ts';
import { fill } from './fill/index.ts';
import { host } from './host/index.ts';
import { image } from './image/index.ts';
import { importKind } from './import/index.ts';
import { initiator } from './initiator/index.ts';
import type { Kind } from './kind.ts';
import { module } from './module/index.ts';
import { packages } from './package/index.ts';
import { service } from './service/index.ts';
import { snapshot } from './snapshot/index.ts';
import { target } from './target/index.ts';
import { volume } from './volume/index.ts';
import { volumeGroup } from './volume-group/index.ts';
import { watch } from './watch/index.ts';
import type { KindName } from './world.ts';

export const kinds: readonly Kind[] = [
  host,
  packages,
  file,
  module,
  service,
  volumeGroup,
  volume,
  image,
  drbd,
  fill,
  exportKind,
  importKind,
  target,
  initiator,
  array,
  filesystem,
  domain,
  snapshot,
  cluster,
  watch,
];

/** Those of a name, in their order; all where none are named. */
export function kindsNamed(names: readonly KindName[] | undefined): readonly Kind[] {
  const named: ReadonlySet<string> | undefined = names && new Set(names);
  return named === undefined ? kinds : kinds.filter(({ name }) => named.has(name));
}
