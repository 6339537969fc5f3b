/** Volumes that are not filled yet: nothing may use them. Pure. */
import { type Diagnostic, warning } from '../../diagnostic.ts';
import type { Health, Looked } from '../health.ts';
import type { Volume } from '../site.ts';
import { isUnfilled } from '../volume/slices.ts';

/** While a sanctl is at work there, it is under way. */
export function health({ site, facts, held }: Looked): Health {
  const findings = Object.values(site.volumes).flatMap((volume) => {
    const nodes = volume.replicas.filter((node) => !held.has(node) && waits(volume, facts.get(node)?.volume.volumes));
    return nodes.length === 0 ? [] : [unfilled(volume, nodes)];
  });
  return { rows: [], findings };
}

type Volumes = NonNullable<ReturnType<Looked['facts']['get']>>['volume']['volumes'];

function waits({ group, name }: Volume, volumes: Volumes | undefined): boolean {
  return (
    volumes?.known === true && volumes.value.some((one) => one.group === group && one.name === name && isUnfilled(one))
  );
}

function unfilled({ group, name }: Volume, nodes: readonly string[]): Diagnostic {
  return warning(
    'fill/unfilled',
    'A volume is not filled yet',
    `${group}/${name} on ${nodes.join(' and ')}: its image is not on it, or not all of it. No VM is started on it.`,
    { help: `\`sanctl apply --only fill/${name}\` goes on where it is.` },
  );
}
