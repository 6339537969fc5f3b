/** The image that a new volume is filled with: once, and never on what this site did not make for it. */
import type { Kind } from '../kind.ts';
import type { FillFacts } from './facts.ts';
import { health } from './health.ts';
import { plan } from './plan.ts';
import { expand, type FillWant } from './things.ts';

export const fill: Kind<FillWant, FillFacts> = {
  name: 'fill',
  summary: 'images that new volumes are filled with, once',
  expand,
  probes: () => [],
  parse: () => ({}),
  blank: () => ({}),
  stable: () => ({}),
  plan,
  health,
};
