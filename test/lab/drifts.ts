/** What a hand may change on nodes behind the inventory's back, how it is undone, and what `sanctl verify` must say of it. */

export interface Drift {
  readonly name: string;
  readonly node: 'alpha' | 'bravo';
  readonly make: string;
  readonly undo: string;
  /** Each is found, and no finding is none of them: code, blank, detail. */
  readonly finds: readonly RegExp[];
}

const web = '/etc/drbd.d/web-root.res';

/** A file that is changed by a shell command on its copy, and put back with its owner and mode. */
function changed(name: string, node: Drift['node'], path: string, command: string, finds: readonly RegExp[]): Drift {
  const kept = '/root/before-drift';
  return { name, node, make: `cp -a ${path} ${kept} && ${command} ${path}`, undo: `cp -a ${kept} ${path}`, finds };
}

function written(path: string, node: Drift['node']): RegExp {
  return new RegExp(`^drift/file file/${path.replaceAll('.', '\\.')}.* on ${node}`);
}

export const drifts: readonly Drift[] = [
  {
    name: 'a volume that nobody asked for',
    node: 'alpha',
    make: 'lvcreate --yes --name orphan --size 4M vg0',
    undo: 'lvremove --yes vg0/orphan',
    finds: [/^undeclared\/volume volume\/vg0\/orphan on alpha/],
  },
  {
    name: 'a snapshot made by hand',
    node: 'alpha',
    make: 'lvcreate --yes --snapshot --name by-hand --size 8M vg0/scratch',
    undo: 'lvremove --yes vg0/by-hand',
    finds: [/^undeclared\/volume volume\/vg0\/by-hand on alpha: .*snapshot of scratch/],
  },
  {
    name: 'a volume larger than the inventory says',
    node: 'bravo',
    make: 'lvextend --size +4M vg0/web-root',
    undo: 'lvreduce --yes --force --size -4M vg0/web-root',
    finds: [/web-root/],
  },
  {
    name: 'a resource that is configured and not in the inventory',
    node: 'bravo',
    make: `sed -e 's/resource "\\?web-root"\\?/resource extra/' -e 's/7[0-9][0-9][0-9]/7999/' -e 's/minor [0-9]*/minor 99/' -e 's/drbd[0-9]\\+/drbd99/' -e 's/vg0\\/web-root/vg0\\/extra/' ${web} >/etc/drbd.d/extra.res`,
    undo: 'rm /etc/drbd.d/extra.res',
    finds: [/^undeclared\/drbd drbd\/extra on bravo: configured, not running/],
  },
  {
    name: 'a resource that runs without any file',
    node: 'alpha',
    make: 'drbdsetup new-resource stray && drbdsetup new-minor stray 77 0',
    undo: 'drbdsetup down stray',
    finds: [/^undeclared\/drbd drbd\/stray on alpha: running/],
  },
  {
    name: 'a domain that is not in the inventory',
    node: 'bravo',
    make: 'xl create -p /dev/null name=\\"stray\\" memory=16 kernel=\\"/boot/guest-vmlinuz\\" type=\\"pv\\"',
    undo: 'xl destroy stray',
    finds: [/^undeclared\/domain domain\/stray on bravo/],
  },
  {
    name: 'the file of a domain that is gone',
    node: 'bravo',
    make: 'echo name=\\"old\\" >/etc/xen/old.cfg',
    undo: 'rm /etc/xen/old.cfg',
    finds: [/^undeclared\/file file\/etc\/xen\/old\.cfg on bravo/],
  },
  changed('the filter of LVM', 'alpha', '/etc/lvm/lvmlocal.conf', "sed -i 's/drbd/other/'", [
    written('/etc/lvm/lvmlocal.conf', 'alpha'),
    /alpha.*\(L1\)|L1.*alpha/,
  ]),
  changed('a secret that others may read', 'alpha', web, 'chmod 0644', [written(web, 'alpha')]),
  changed('an option in the file of a resource', 'bravo', web, "sed -i 's/30M/31M/'", [
    written(web, 'bravo'),
    /^drift\/drbd drbd\/web-root/,
  ]),
  changed('the file of a domain', 'alpha', '/etc/xen/web.cfg', "sed -i 's/^vcpus.*/vcpus = 2/'", [
    written('/etc/xen/web.cfg', 'alpha'),
  ]),
  changed('the file of a domain that is away', 'bravo', '/etc/xen/web.cfg', 'rm', [
    written('/etc/xen/web.cfg', 'bravo'),
  ]),
  changed('the modules of the boot', 'alpha', '/etc/modules-load.d/sanctl.conf', 'rm', [
    written('/etc/modules-load.d/sanctl.conf', 'alpha'),
  ]),
  changed('the options of a module', 'bravo', '/etc/modprobe.d/sanctl.conf', "sed -i 's/Y/N/'", [
    written('/etc/modprobe.d/sanctl.conf', 'bravo'),
  ]),
  changed('the script that attaches mirrors', 'bravo', '/etc/xen/scripts/block-sanctl', 'chmod 0644', [
    written('/etc/xen/scripts/block-sanctl', 'bravo'),
  ]),
  changed('the hosts that are let in', 'alpha', '/etc/sanctl/known_hosts', "sed -i 's/AAAA/AAAB/'", [
    written('/etc/sanctl/known_hosts', 'alpha'),
  ]),
  {
    name: 'a module as it runs',
    node: 'alpha',
    make: 'echo N >/sys/module/drbd/parameters/disable_sendpage',
    undo: 'echo Y >/sys/module/drbd/parameters/disable_sendpage',
    finds: [/^drift\/module module\/drbd/],
  },
  {
    name: 'DRBD that would start by itself',
    node: 'alpha',
    make: 'systemctl enable drbd.service',
    undo: 'systemctl disable drbd.service',
    finds: [/^drift\/service service\/drbd\.service/],
  },
  {
    name: 'guests that would start by themselves',
    node: 'bravo',
    make: 'systemctl enable xendomains.service',
    undo: 'systemctl disable xendomains.service',
    finds: [/^drift\/service service\/xendomains\.service/],
  },
  {
    name: 'an option of a resource as it runs',
    node: 'alpha',
    make: 'drbdadm net-options --ping-int=7 web-root',
    undo: 'drbdadm adjust web-root',
    finds: [/drbd\/web-root/],
  },
  {
    name: 'a window that nobody opened for a move',
    node: 'alpha',
    make: 'drbdadm net-options --allow-two-primaries=yes web-root',
    undo: 'drbdadm net-options --allow-two-primaries=no web-root',
    finds: [/web-root.*(window|two [Pp]rimaries)|window/],
  },
  {
    name: 'the mark that a mirror was seeded',
    node: 'bravo',
    make: 'lvchange --deltag sanctl.seeded vg0/web-root',
    undo: 'lvchange --addtag sanctl.seeded vg0/web-root',
    finds: [/web-root/],
  },
];
