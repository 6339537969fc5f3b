/** The first stage of most verbs: which inventory, and what it says. */
import type { Result } from '../diagnostic.ts';
import { type Inventory, loadInventory } from '../inventory/index.ts';
import type { Session } from './program.ts';

/** `-i`, `$SANCTL_INVENTORY`, `./inventory.yaml`; an argument, where a verb takes one, is stronger than all. */
export function inventoryPath(session: Session, argument: string | undefined): string {
  return argument ?? session.inventoryOption() ?? session.io.env['SANCTL_INVENTORY'] ?? 'inventory.yaml';
}

export function loadSite(session: Session, argument?: string): Promise<Result<Inventory>> {
  const named = argument ?? session.inventoryOption();
  if (named !== undefined) session.about(named);
  return loadInventory(inventoryPath(session, argument));
}
