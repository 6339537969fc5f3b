/** What `corosync -t` accepts although it loses data (P2, P11). Held against what the template made: it may be the user's own. Pure. */
import { type Diagnostic, error } from '../../diagnostic.ts';
import type { Content } from '../../shell/command.ts';
import type { Cluster } from '../site/cluster.ts';

export function lint({ nodes }: Cluster, content: Content): readonly Diagnostic[] {
  const pairs = content
    .join('')
    .split('\n')
    .map((line) => /^\s*([a-z0-9_]+):\s*(.*?)\s*$/.exec(line))
    .flatMap((found) => (found === null ? [] : [{ key: found[1], value: found[2] }]));
  const values = (key: string): readonly (string | undefined)[] =>
    pairs.filter((pair) => pair.key === key).map(({ value }) => value);
  const only = (key: string, value: string): boolean => values(key).join() === value;
  const alone = values('two_node').length > 0 && !only('two_node', '0');
  const numbers = nodes.map((_, at) => String(at + 1)).join();
  return [
    ...(alone && !only('wait_for_all', '1') ? ['it has `two_node` without `wait_for_all: 1` (P2)'] : []),
    ...(alone && nodes.length !== 2 ? [`it has \`two_node\`, and there are ${nodes.length} members (P2)`] : []),
    ...(only('provider', 'corosync_votequorum') ? [] : ['it has no `provider: corosync_votequorum` (P2)']),
    ...(values('nodeid').join() === numbers ? [] : [`its members are not numbered ${numbers} (P9)`]),
  ].map((what) =>
    error('cluster/unsafe-file', 'A corosync.conf would risk data', `The file is refused: ${what}.`, {
      help: 'Put it right in your template `templates/cluster/corosync.conf.hbs`.',
    }),
  );
}
