/** What is asked of a node about its targets, and what it answers. No tool: configfs has all of it, and targetcli takes seconds. */
import { command, type Probe, type ProbeOutputs } from '../../shell/command.ts';
import { nodeLayout } from '../../shell/layout.ts';
import { parseUnits, unitQuestion } from '../instance.ts';
import { every, known, type Reading, read, success } from '../reading.ts';
import type { Entry, LiveTarget, LiveTargets, Store, TargetFacts } from './facts.ts';
import { configfs, unitOf } from './names.ts';

/** Free text of others stands last on its line. No answer at all: no target was ever made since the boot. */
const liveScript = `cd ${configfs} 2>/dev/null || exit 0
for store in core/*_*/*/; do
  read -r enabled <"$store/enable" && read -r serial <"$store/wwn/vpd_unit_serial" || continue
  id=\${store#core/} device=''
  read -r device <"$store/udev_path"
  printf 'store %s %s %s\\npath %s %s\\n' "\${id%/}" "$enabled" "\${serial##*: }" "\${id%/}" "$device"
done
for group in iscsi/*/tpgt_*/; do
  [ -d "$group" ] || continue
  is=\${group#iscsi/} is=\${is%/}
  is="\${is%/*} \${is##*/}"
  read -r enabled <"$group/enable"
  read -r chap <"$group/attrib/authentication"
  read -r open <"$group/attrib/generate_node_acls"
  echo "target $is $enabled $chap $open"
  for each in "$group"lun/lun_*/*; do
    [ ! -L "$each" ] || case $each in */alua_*) ;; *)
      store=$(readlink -f "$each") lun=\${each%/*}
      echo "lun $is \${lun##*/} \${store#${configfs}/core/}" ;;
    esac
  done
  for each in "$group"np/*/; do [ ! -d "$each" ] || { each=\${each%/} && echo "portal $is \${each##*/}"; }; done
  for each in "$group"acls/*/; do
    [ -d "$each" ] || continue
    read -r info <"$each/info" || exit 1
    case $info in 'No active iSCSI Session'*) in=0 ;; *) in=1 ;; esac
    only=-
    [ ! -e "$each/lun_0/write_protect" ] || read -r only <"$each/lun_0/write_protect"
    each=\${each%/}
    echo "entry $is \${each##*/} $in $only"
  done
done
for each in ${nodeLayout.run}/target/*; do
  [ ! -f "$each" ] || { read -r sum <"$each" && echo "applied \${each##*/} $sum"; }
done
true`;

export function probes(names: readonly string[]): readonly Probe[] {
  const units = names.map(unitOf);
  return [
    { name: 'target.live', command: command('sh', '-c', liveScript) },
    ...(names.length === 0 ? [] : [{ name: 'target.units', command: unitQuestion(units) }]),
  ];
}

export function parse(outputs: ProbeOutputs, names: readonly string[]): TargetFacts {
  const units = names.length === 0 ? known('') : success(outputs, 'target.units');
  return {
    live: read(success(outputs, 'target.live'), 'target.live', parseLive),
    units: read(units, 'target.units', (text) => parseUnits(text, names.map(unitOf))),
  };
}

const word = '([^ ]+)';
const flag = '([01])';

function parseLive(text: string): LiveTargets | undefined {
  const stores: Store[] = [];
  const targets: (LiveTarget & { luns: Record<string, string>; portals: string[]; entries: Entry[] })[] = [];
  const applied: Record<string, string> = {};
  const devices = new Map<string, string>();
  const of = (iqn = '', group = '') => targets.find((one) => one.iqn === iqn && one.group === group);
  const understood = every(
    text.split('\n').filter((line) => line !== ''),
    (line): true | undefined => {
      const [, kind = '', rest = ''] = /^([a-z]+) (.*)$/.exec(line) ?? [];
      const fields = (pattern: string) => new RegExp(`^${pattern}$`).exec(rest)?.slice(1);
      if (kind === 'store') {
        const [id = '', enabled, serial = ''] = fields(`${word} ${flag} (.*)`) ?? [];
        if (enabled === undefined) return undefined;
        stores.push({ id, enabled: enabled === '1', serial, device: '' });
        return true;
      }
      if (kind === 'path') {
        const [id, device] = fields(`${word} (.*)`) ?? [];
        if (id === undefined || device === undefined) return undefined;
        devices.set(id, device);
        return true;
      }
      if (kind === 'target') {
        const [iqn = '', group = '', ...flags] = fields(`${word} ${word} ${flag} ${flag} ${flag}`) ?? [];
        const [enabled, authentication, open] = flags.map((one) => one === '1');
        if (enabled === undefined || authentication === undefined || open === undefined) return undefined;
        targets.push({ iqn, group, enabled, authentication, open, luns: {}, portals: [], entries: [] });
        return true;
      }
      if (kind === 'applied') {
        const [name, sum] = fields(`${word} ([0-9a-f]{64})`) ?? [];
        if (name === undefined || sum === undefined) return undefined;
        applied[name] = sum;
        return true;
      }
      const [iqn, group, one = '', two, three] = rest.split(' ');
      const target = of(iqn, group);
      if (target === undefined || one === '') return undefined;
      if (kind === 'portal' && two === undefined) target.portals.push(one);
      else if (kind === 'lun' && two !== undefined) target.luns[one] = two;
      else if (kind === 'entry' && /^[01]$/.test(two ?? '') && /^[01-]$/.test(three ?? '')) {
        const readOnly = three === '-' ? undefined : three === '1';
        target.entries.push({ initiator: one, loggedIn: two === '1', readOnly });
      } else return undefined;
      return true;
    },
  );
  if (understood === undefined) return undefined;
  const withDevice = stores.map((store) => ({ ...store, device: devices.get(store.id) ?? '' }));
  return { stores: withDevice, targets, applied };
}

/** For who has nothing to say of a node. */
export function nothing(): Reading<LiveTargets> {
  return known({ stores: [], targets: [], applied: {} });
}
