/** What fills a volume, for whoever must wait for it. */
import type { Site } from '../site.ts';

/** As an address (`Thing.needs`); none where nothing fills it. */
export function fillOf(volume: string, site: Site): readonly string[] {
  const found = site.volumes[volume];
  return found?.image === undefined || found.state === 'absent' ? [] : [`fill/${volume}`];
}
