import { expect, test } from 'vitest';
import { factsText } from '../../src/view/facts.ts';
import { noPaint } from '../../src/view/paint.ts';

test('every fact is a line, and what could not be read says why', () => {
  const facts = {
    volumeGroup: { groups: { known: true, value: { vg0: { uuid: 'abc', freeBytes: 5, missing: undefined } } } },
    drbd: {
      running: { known: false, why: 'drbdsetup status failed' },
      ports: { known: true, value: [7788, 7789] },
      utils: { known: true, value: null },
    },
    domain: {
      domains: {
        known: true,
        value: [{ name: 'web', id: 1, state: '-b----', disks: [{ as: 'xvda', readOnly: true }] }],
      },
      empty: { known: true, value: {} },
    },
  };
  const text = factsText('alpha', facts, { paint: noPaint, columns: 80 });
  expect(text).toBe(`alpha
kind         fact                 value
volumeGroup  groups.vg0           uuid abc, freeBytes 5
drbd         running              unknown: drbdsetup status failed
drbd         ports                7788, 7789
drbd         utils                none
domain       domains.web          id 1, state -b----
domain       domains.web.disks.0  as xvda, readOnly yes
domain       empty                none
`);
});
