/** Every rule that no schema can say, in the order in which their findings are made. */
import type { Diagnostic } from '../../diagnostic.ts';
import { arrays } from './arrays.ts';
import { circles } from './circles.ts';
import { cluster } from './cluster.ts';
import { disks } from './disks.ts';
import { exports } from './exports.ts';
import { groups } from './groups.ts';
import { heartbeat } from './heartbeat.ts';
import { images } from './images.ts';
import { iscsi } from './iscsi.ts';
import { managed } from './managed.ts';
import { nodes } from './nodes.ts';
import { references } from './references.ts';
import { replication } from './replication.ts';
import { services } from './services.ts';
import { snapshots } from './snapshots.ts';
import { standing } from './standing.ts';
import type { Check, Subject } from './subject.ts';
import { vms } from './vms.ts';
import { volumes } from './volumes.ts';
import { watch } from './watch.ts';

const checks: readonly Check[] = [
  references,
  nodes,
  groups,
  volumes,
  standing,
  disks,
  images,
  exports,
  iscsi,
  arrays,
  circles,
  vms,
  replication,
  cluster,
  managed,
  heartbeat,
  services,
  snapshots,
  watch,
];

export function checkAll(subject: Subject): readonly Diagnostic[] {
  return checks.flatMap((check) => check(subject));
}
