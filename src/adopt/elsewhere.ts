/** What is on a node beside volumes, mirrors and guests: seen, said, and not imported. Pure. */
import type { Diagnostic } from '../diagnostic.ts';
import { elsewhere } from './findings.ts';
import type { Look } from './look.ts';

interface Sort {
  readonly path: RegExp;
  readonly what: string;
  readonly help: string;
}

const made =
  'Exports, imports, images and arrays that sanctl did not make, it refuses to take over; those that it made stand in the inventory that made them: copy these sections.';

const sorts: readonly Sort[] = [
  {
    path: /^\/var\/lib\/pacemaker\//,
    what: 'A cluster manager',
    help: 'What Pacemaker manages, it starts, stops and promotes by itself, and which that is was not read: no mirror and no virtual machine of this node is imported (P6).',
  },
  {
    path: /^\/etc\/xen\/auto\//,
    what: 'Domains that xendomains starts at boot',
    help: 'It asks no other node before it starts them (X1). Remove the links, and let `autostart: home` do it (docs/boot.md).',
  },
  { path: /^\/sys\/block\/md/, what: 'An md array', help: made },
  { path: /^\/(etc\/nbd-server|etc\/sanctl\/export-)/, what: 'An NBD export', help: made },
  { path: /^\/(sys\/block\/nbd|etc\/sanctl\/import-)/, what: 'An import over NBD', help: made },
  { path: /^\/sys\/class\/iscsi_session\//, what: 'An import by iSCSI', help: made },
  { path: /^\/sys\/kernel\/config\/target\//, what: 'An iSCSI target', help: made },
];

export function elsewhereOn({ node, others }: Look): readonly Diagnostic[] {
  return sorts.flatMap(({ path, what, help }) => {
    const found = others.filter((one) => path.test(one));
    return found.length === 0 ? [] : [elsewhere(node, `${what} (${found.join(', ')})`, help)];
  });
}
