/** All verbs, in the order of the help. Each file declares one and loads what it needs only when it is called. */

import type { Session } from '../session/program.ts';
import { applyVerb } from './apply.ts';
import { arrayVerb } from './array.ts';
import { backupVerb } from './backup.ts';
import { certificatesVerb } from './certificates.ts';
import { checkVerb } from './check.ts';
import { completionVerb } from './completion.ts';
import { evacuateVerb } from './evacuate.ts';
import { exportVerb } from './export.ts';
import { factsVerb } from './facts.ts';
import { failbackVerb } from './failback.ts';
import { failoverVerb } from './failover.ts';
import { graphVerb } from './graph.ts';
import { importVerb } from './import.ts';
import { journalVerb } from './journal.ts';
import { kindsVerb } from './kinds.ts';
import { labVerb } from './lab.ts';
import { metricsVerb } from './metrics.ts';
import { migrateVerb } from './migrate.ts';
import { planVerb } from './plan.ts';
import { rebootVerb } from './reboot.ts';
import { renderVerb } from './render.ts';
import { replaceDiskVerb } from './replace-disk.ts';
import { runVerb } from './run.ts';
import { schemaVerb } from './schema.ts';
import { snapshotVerb } from './snapshot.ts';
import { statusVerb } from './status.ts';
import { uiVerb } from './ui.ts';
import { unlockVerb } from './unlock.ts';
import { upgradeDrbdVerb } from './upgrade-drbd.ts';
import { verifyVerb } from './verify.ts';
import { vmVerb } from './vm.ts';
import { whyVerb } from './why.ts';

/** Completion comes last: it describes all that stand before it. */
export const verbs: readonly ((session: Session) => void)[] = [
  checkVerb,
  planVerb,
  applyVerb,
  renderVerb,
  certificatesVerb,
  vmVerb,
  migrateVerb,
  evacuateVerb,
  failoverVerb,
  failbackVerb,
  rebootVerb,
  replaceDiskVerb,
  snapshotVerb,
  backupVerb,
  runVerb,
  statusVerb,
  verifyVerb,
  metricsVerb,
  factsVerb,
  whyVerb,
  graphVerb,
  uiVerb,
  upgradeDrbdVerb,
  importVerb,
  exportVerb,
  arrayVerb,
  journalVerb,
  unlockVerb,
  labVerb,
  schemaVerb,
  kindsVerb,
  completionVerb,
];
