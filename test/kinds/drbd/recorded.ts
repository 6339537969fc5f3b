/** What DRBD 8.4.11 printed on two real hosts. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../../fixtures/drbd-8.4.11/', import.meta.url));

export function recorded(name: string): string {
  return readFileSync(`${folder}${name}.txt`, 'utf8');
}
