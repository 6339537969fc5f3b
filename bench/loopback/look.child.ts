/** A no-change run as a program of its own: `look.child.ts SITE.json TASKS`. */
import { readFileSync } from 'node:fs';
import type { Site } from '../../src/kinds/site.ts';
import { noChangeRun, tasks } from '../rig/looking.ts';

const [file = '', count = '4'] = process.argv.slice(2);
await noChangeRun(JSON.parse(readFileSync(file, 'utf8')) as Site, tasks(Number(count)));
