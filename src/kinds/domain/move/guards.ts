/** What a guard asks about a guest that moves, or that broke off on its way (3.2). */
import { command, type Guard } from '../../../shell/command.ts';
import { literal } from '../../../shell/expect.ts';
import type { NodeName } from '../../../step.ts';
import type { Vm } from '../../site.ts';
import { type Copy, isDying, namesOf } from '../copies.ts';
import type { Domain } from '../facts.ts';
import { underXen } from '../parse.ts';

/** X10, in the columns of `xl list -v`: stopped is what is paused or shut down, for a suspension too (`---ss-`, seen), and neither crashed nor dying. */
const states = { live: '[r-][b-]----', stopped: '[r-][b-](p[s-]|-s)[rs-]-' } as const;

/** Identity and state, not the name alone (C3): a domain that was started anew is another one. */
export function isStill({ name, id, uuid }: Domain, state: keyof typeof states): Guard {
  return {
    ask: command('xl', 'list', '-v'),
    expect: { matches: `^${literal(name)} +${id} .* ${states[state]} .* ${uuid} ` },
    proves: `domain ${id} is still ${name} (${uuid}), and ${state} (C3, X10)`,
  };
}

/** M1, where it went to. */
export function hasArrived({ name, uuid }: Vm): readonly Guard[] {
  const names = namesOf(name).slice(1).map(literal).join('|');
  return [
    {
      ask: command('xl', 'list', '-v'),
      expect: { matches: `^${literal(name)} +[0-9]+ .* ${states.live} .* ${uuid} ` },
      proves: `${name} is live here (M1)`,
    },
    {
      ask: command('xl', 'list', '-v'),
      expect: { lacks: `^(${names}) ` },
      proves: `nothing of ${name} is left half-way here (M1)`,
    },
  ];
}

/** A domain that is dying can do nothing any more, though it may hold its disks for a while, under no name (seen). */
const notDying = '[r-][b-][p-][s-][rscw?-]-';

/** M1, everywhere else. One look is enough where `xl migrate` said that it succeeded. */
export function isNotHere({ name, uuid }: Vm): Guard {
  return {
    ask: command('sh', '-c', `${underXen}\nexec xl list -v`),
    expect: { lacks: `^(${namesOf(name).map(literal).join('|')}) .* ${notDying} | ${notDying} .* ${uuid} ` },
    proves: `nothing of ${name} is here but what is dying (M1)`,
  };
}

/** What stopped half-way does nothing either: it is destroyed next (M3, M4). */
export function isNotLiveHere({ name, uuid }: Vm): Guard {
  return {
    ask: command('sh', '-c', `${underXen}\nexec xl list -v`),
    expect: { lacks: `^(${namesOf(name).map(literal).join('|')}) .* ${states.live} | ${states.live} .* ${uuid} ` },
    proves: `nothing of ${name} runs here (X10)`,
  };
}

/** Who bears one of its names or its uuid and is not dying: name, id, state without `r` and `b`, uuid. Three looks over six seconds (3.2, X5). Without a hypervisor there is nobody. */
const looksScript = `{ ${underXen}; } >/dev/null
for look in 1 2 3; do
  [ "$look" = 1 ] || sleep 3
  said=$(xl list -v) || exit
  now=$(printf '%s\\n' "$said" | awk -v name="$1" -v uuid="$2" '
    $5 !~ /d$/ && ($1 == name || $1 == name "--incoming" || $1 == name "--migratedaway" || index($0, uuid)) {
      gsub(/[rb]/, "-", $5); print $1, $2, $5, $7 }')
  [ "$look" = 1 ] || [ "$now" = "$before" ] || { echo "it changes: $before; $now"; exit 1; }
  before=$now
done
printf '%s\\n' "$now"`;

/** Exactly what the plan saw of it on that node, and no change. */
export function isAsSeen({ name, uuid }: Vm, node: NodeName, copies: readonly Copy[]): Guard {
  const here = copies.filter((copy) => copy.node === node && !isDying(copy.domain)).map(({ domain }) => domain);
  const lines = here.map((one) => `${one.name} ${one.id} ${one.state.replaceAll(/[rb]/g, '-')} ${one.uuid}`);
  return {
    ask: command('sh', '-c', looksScript, 'sh', name, uuid),
    expect: { stdout: lines.join('\n') },
    proves: `${here.length === 0 ? `nothing of ${name} is here` : `of ${name} there is what the plan saw`}, seen three times over six seconds (3.2, X5)`,
  };
}
