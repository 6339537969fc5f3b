/** What is asked of a node about its imports, and what it answers. No tool: iscsiadm and multipath open what sysfs just tells. */
import { command, type Probe, type ProbeOutputs } from '../../shell/command.ts';
import { nodeLayout } from '../../shell/layout.ts';
import { parseUnits, unitQuestion } from '../instance.ts';
import { every, read, success, whole } from '../reading.ts';
import type { Disk, InitiatorFacts, LiveImports, PathMap, Session } from './facts.ts';
import { sysfs, unitOf } from './names.ts';

/** A session or a disk may go while it is looked at: then it has gone. */
const liveScript = `for session in ${sysfs}/class/iscsi_session/session*; do
  { read -r iqn <"$session/targetname" && read -r by <"$session/initiatorname" && read -r state <"$session/state"; } 2>/dev/null || continue
  line=${sysfs}/class/iscsi_connection/connection\${session##*/session}:0
  { read -r address <"$line/persistent_address" && read -r port <"$line/persistent_port"; } 2>/dev/null || continue
  echo "session $iqn $address:$port $by $state"
  for disk in "$session"/device/target*/*:*:*:*/block/*; do
    [ -e "$disk" ] || continue
    wwid=''
    read -r wwid 2>/dev/null <"$disk/device/wwid"
    read -r size 2>/dev/null <"$disk/size" || continue
    lun=\${disk%/block/*}
    echo "disk \${lun##*:} \${disk##*/} $size $wwid"
  done
done
for map in ${sysfs}/block/dm-*; do
  { read -r uuid <"$map/dm/uuid" && read -r name <"$map/dm/name" && read -r size <"$map/size"; } 2>/dev/null || continue
  case $uuid in mpath-*) ;; *) echo "other $name" && continue ;; esac
  paths=''
  for path in "$map"/slaves/*; do [ ! -e "$path" ] || paths="$paths \${path##*/}"; done
  printf 'map %s %s\\npaths%s\\nname %s\\n' "$size" "\${uuid#mpath-}" "$paths" "$name"
done
for each in ${nodeLayout.run}/initiator/*; do
  [ ! -f "$each" ] || { read -r sum <"$each" && echo "applied \${each##*/} $sum"; }
done
true`;

export function probes(names: readonly string[]): readonly Probe[] {
  return [
    { name: 'initiator.live', command: command('sh', '-c', liveScript) },
    ...(names.length === 0 ? [] : [{ name: 'initiator.units', command: unitQuestion(names.map(unitOf)) }]),
  ];
}

export function parse(outputs: ProbeOutputs, names: readonly string[]): InitiatorFacts {
  const units = names.length === 0 ? { known: true as const, value: '' } : success(outputs, 'initiator.units');
  return {
    live: read(success(outputs, 'initiator.live'), 'initiator.live', parseLive),
    units: read(units, 'initiator.units', (text) => parseUnits(text, names.map(unitOf))),
  };
}

const sector = 512;

interface Growing {
  readonly sessions: (Session & { readonly disks: Disk[] })[];
  readonly maps: PathMap[];
  readonly others: string[];
  readonly applied: Record<string, string>;
}

function parseLive(text: string): LiveImports | undefined {
  const all: Growing = { sessions: [], maps: [], others: [], applied: {} };
  const lines = text.split('\n').filter((line) => line !== '');
  return every(lines, (line) => take(line, all)) === undefined ? undefined : all;
}

function take(line: string, all: Growing): true | undefined {
  const [, kind = '', rest = ''] = /^([a-z]+) ?(.*)$/.exec(line) ?? [];
  const words = rest === '' ? [] : rest.split(' ');
  const [one = '', two = '', three = '', four = ''] = words;
  switch (kind) {
    case 'session':
      if (words.length !== 4 || words.includes('')) return undefined;
      all.sessions.push({ iqn: one, portal: two, initiator: three, state: four, disks: [] });
      return true;
    case 'disk': {
      const [lun, sectors] = [whole(one), whole(three)];
      const session = all.sessions.at(-1);
      if (lun === undefined || sectors === undefined || session === undefined) return undefined;
      const wwid = words
        .slice(3)
        .join(' ')
        .replace(/^naa[.]/, '3');
      session.disks.push({ lun, device: two, wwid, bytes: sectors * sector });
      return true;
    }
    case 'map': {
      const sectors = whole(one);
      if (sectors === undefined || two === '') return undefined;
      all.maps.push({ name: '', wwid: words.slice(1).join(' '), bytes: sectors * sector, paths: [] });
      return true;
    }
    case 'paths':
      return change(all.maps, { paths: words });
    case 'name':
      return change(all.maps, { name: rest });
    case 'other':
      all.others.push(rest);
      return true;
    case 'applied':
      if (words.length !== 2 || !/^[0-9a-f]{64}$/.test(two)) return undefined;
      all.applied[one] = two;
      return true;
    default:
      return undefined;
  }
}

function change(maps: PathMap[], to: Partial<PathMap>): true | undefined {
  const last = maps.pop();
  if (last === undefined) return undefined;
  maps.push({ ...last, ...to });
  return true;
}
