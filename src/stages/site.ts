/** The first stage of most verbs: which inventory, and what it says. */
import { type Diagnostic, error, failed, type Result } from '../diagnostic.ts';
import { type Inventory, loadInventory } from '../inventory/index.ts';
import { isSaved } from '../session/again.ts';
import type { Session } from '../session/program.ts';
import { quote } from '../shell/quote.ts';

/** An argument, where a verb takes one, or `-i`; else `$SANCTL_INVENTORY`; else `./inventory.yaml`. */
function inventoryPath(session: Session, argument: string | undefined): string {
  return argument ?? session.inventoryOption() ?? session.io.env['SANCTL_INVENTORY'] ?? 'inventory.yaml';
}

export async function loadSite(session: Session, argument?: string): Promise<Result<Inventory>> {
  const option = session.inventoryOption();
  if (argument !== undefined && option !== undefined) return failed(twoInventories(option, argument));
  const path = inventoryPath(session, argument);
  if (isSaved(path)) return failed(savedPlan(path));
  if (argument !== undefined || option !== undefined) session.about(path);
  return loadInventory(path);
}

function twoInventories(option: string, argument: string): Diagnostic {
  return error('usage/two-inventories', 'Two inventories are named', `\`-i ${option}\` and \`${argument}\`.`, {
    help: 'Name the one that is meant.',
  });
}

function savedPlan(path: string): Diagnostic {
  return error('usage/not-inventory', 'This is no inventory', `${path} has the name of a saved plan.`, {
    help: `\`sanctl apply ${quote(path)}\` runs it. An inventory is a YAML file, or a folder of them.`,
  });
}
