/** DRBD 8.4 and 9 read different files and answer in different words. The kernel module of a node decides. */
import { type Diagnostic, error } from '../../diagnostic.ts';
import type { NodeName } from '../../step.ts';
import type { DrbdFacts } from './facts.ts';

export type Dialect = '8.4' | '9';

/** Undefined when the module's version is not known, or is one that we do not speak. */
export function dialectOf({ kernel }: Pick<DrbdFacts, 'kernel'>): Dialect | undefined {
  const version = kernel.known ? kernel.value.version : null;
  if (version === null) return undefined;
  return version.startsWith('8.4.') ? '8.4' : version.startsWith('9.') ? '9' : undefined;
}

/** What speaks against one file for all of these nodes. */
export function dialectProblems(
  name: string,
  replicas: readonly NodeName[],
  have: (node: NodeName) => DrbdFacts,
): readonly Diagnostic[] {
  const spoken = replicas.map((node) => ({ node, facts: have(node), dialect: dialectOf(have(node)) }));
  const dumb = spoken.filter(({ dialect }) => dialect === undefined);
  if (dumb.length > 0) return dumb.map(({ node, facts }) => notSpoken(name, node, facts));
  const both = new Set(spoken.map(({ dialect }) => dialect));
  if (both.size > 1)
    return [
      mixed(
        name,
        spoken.map(({ node, dialect }) => `${dialect} on ${node}`),
      ),
    ];
  if (both.has('8.4') && replicas.length > 2) return [tooMany(name, replicas)];
  return [];
}

function notSpoken(name: string, node: NodeName, { kernel }: DrbdFacts): Diagnostic {
  const why = kernel.known
    ? `its kernel has ${kernel.value.version === null ? 'no DRBD module' : `DRBD ${kernel.value.version}`}`
    : kernel.why;
  return error(
    'drbd/dialect-unknown',
    'The version of DRBD on a node is not one that sanctl speaks',
    `drbd/${name} on ${node}: ${why}.`,
    {
      help: 'sanctl speaks DRBD 8.4 and 9. A kernel that was upgraded needs a reboot before its modules can be asked.',
    },
  );
}

function mixed(name: string, spoken: readonly string[]): Diagnostic {
  return error(
    'drbd/dialects-mixed',
    'Nodes of one resource run different versions of DRBD',
    `drbd/${name} has ${spoken.join(' and ')}; one file cannot be right for both.`,
    {
      help: 'Bring the nodes to one version: docs/replicas.md has the order. The metadata of 8.4 are converted once, by hand, after they were saved with `drbdadm dump-md`.',
    },
  );
}

function tooMany(name: string, replicas: readonly NodeName[]): Diagnostic {
  return error(
    'drbd/too-many-replicas',
    'DRBD 8.4 has two replicas at most',
    `drbd/${name} is asked for on ${replicas.join(', ')}.`,
    {
      help: 'Name two replicas, or run DRBD 9 on all of these nodes (docs/replicas.md).',
    },
  );
}
