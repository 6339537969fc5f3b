/** `sanctl schema`: the JSON Schema of the inventory, for editors. */
import { exitCode } from '../diagnostic.ts';
import type { Session } from '../session/program.ts';

export function schemaVerb(session: Session): void {
  session.program
    .command('schema')
    .description('print the JSON Schema of the inventory')
    .helpGroup('Reference:')
    .action(async () => {
      const { inventorySchema } = await import('../inventory/index.ts');
      session.screen().print(`${JSON.stringify(inventorySchema, null, 2)}\n`);
      session.finish(exitCode.done);
    });
}
