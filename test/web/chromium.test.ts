/** The pages in a real browser, at three widths: they fit, they are accessible, and they change while somebody looks. */
import { existsSync } from 'node:fs';
import axe from 'axe-core';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { running, unapplied } from '../commands/guests.ts';
import { ui } from '../commands/ui.ts';

const program = '/usr/bin/chromium';

describe.skipIf(!existsSync(program))('in Chromium', () => {
  let browser: Browser;

  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: program, args: ['--no-sandbox'] });
  });
  afterAll(() => browser.close());

  async function opened(address: string, width: number): Promise<{ page: Page; complaints: string[] }> {
    const page = await browser.newPage({ viewport: { width, height: 800 } });
    const complaints: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (problem) => complaints.push(problem.message));
    await page.goto(address);
    return { page, complaints };
  }

  test.each([360, 768, 1280])(
    'at %s pixels: nothing runs out of the page, nothing is hard to read or to reach',
    async (width) => {
      const open = await ui(unapplied());
      const { page, complaints } = await opened(open.address, width);
      for (const name of ['Now', 'Plan', 'Journal']) {
        await page.getByRole('link', { name, exact: true }).click();
        await page.waitForSelector('nav a[aria-current=page]');
        const wide = await page.evaluate('document.documentElement.scrollWidth');
        expect(wide).toBeLessThanOrEqual(width);
        const found = (await page.evaluate(`${axe.source}; axe.run()`)) as axe.AxeResults;
        expect(found.violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
      }
      expect(complaints).toEqual([]);
      await page.close();
      await open.end();
    },
  );

  test('what changes is put in while somebody looks, and an end of sanctl is said aloud', async () => {
    const guests = await running();
    const open = await ui(guests);
    const { page } = await opened(open.address, 768);
    expect(await page.textContent('#headline')).toBe('home: 6 fine');
    guests.machine('bravo').exec(['drbdadm', 'disconnect', 'web-root']);
    await guests.desk.setting.pass(60);
    await page.locator('#headline', { hasText: 'broken' }).waitFor();
    expect(await page.textContent('#findings')).toContain('drbdadm connect web-root');
    await open.end();
    await page.locator('#stale').waitFor();
    expect(await page.textContent('#stale')).toContain('old');
    await page.close();
  });
});
