/** Commands in messages mean the inventory of the run that names them. */
import { expect, test } from 'vitest';
import { forInventory } from '../../src/session/again.ts';

test.each(['apply', 'status', 'verify', 'snapshot rollback web monday', 'certificates rotate disk', 'run vm-stop'])(
  '%s is told with the inventory of this run',
  (verb) => {
    expect(forInventory(`Then \`sanctl ${verb}\`.`, 'other.yaml')).toBe(`Then \`sanctl -i other.yaml ${verb}\`.`);
    expect(forInventory(`Then \`sanctl ${verb}\`.`, undefined)).toBe(`Then \`sanctl ${verb}\`.`);
  },
);

test('a saved plan has its own', () => {
  expect(forInventory('`sanctl apply plan.json`', 'other.yaml')).toBe('`sanctl apply plan.json`');
});
