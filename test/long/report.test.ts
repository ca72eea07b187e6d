import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NODE_OPTIONS } from '../../bin/node-settings.mjs';
import { buildReportPage } from '../../tools/build/report-page.ts';
import { WorkFolder } from '../../tools/session/command-line.fixture.ts';
import { browserPath, launchBrowser, openReport } from '../report/browser.fixture.ts';
import { madeUpTape } from '../report/tapes.fixture.ts';
import { hypertape } from '../support/cli.fixture.ts';
import { fetched } from '../support/fetched.fixture.ts';

const MiB = 2 ** 20;
/** A screenshot of something has more. */
const PICTURE_BYTES = 40_000;

const work = new WorkFolder();
let browser: Browser;

/** Prints what memory the process has taken at most. */
const meter = `data:text/javascript,import{readFileSync}from'node:fs';process.on('exit',()=>process.stderr.write('\\npeak '+/VmHWM:\\s*(\\d+)/.exec(readFileSync('/proc/self/status','utf8'))[1]+'\\n'))`;

/** Makes a report; returns the most memory that took, in bytes. */
function report(...args: readonly string[]): number {
  const { status, stderr } = spawnSync(
    process.execPath,
    [...NODE_OPTIONS, '--import', meter, 'tools/cli.ts', 'report', ...args],
    { cwd: fileURLToPath(new URL('../..', import.meta.url)), encoding: 'utf8' },
  );
  expect(status, stderr).toBe(0);
  return Number(stderr.match(/peak (\d+)/)?.[1]) * 1024;
}

const inSight = async (page: Page): Promise<number> =>
  Number((await page.locator('#tables .caption').innerText()).match(/^[\d,]+/)?.[0].replaceAll(',', ''));
const soon = <T>(look: () => T | Promise<T>) => expect.poll(look, { timeout: 60_000 });

describe.skipIf(browserPath === undefined)('reports of what is large', () => {
  beforeAll(async () => {
    await buildReportPage();
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    work.remove();
  });

  it('a million events: within 10 MiB and 300 MiB of memory, each exit by itself, and the page follows', async () => {
    const [tape, output] = [work.file('million.tape'), work.file('million.html')];
    madeUpTape(tape, { events: 1_000_000, lines: ['Booting Linux on physical CPU', 'a line of the console'] });
    expect(report(tape, '-o', output)).toBeLessThan(300 * MiB);
    expect(statSync(output).size).toBeLessThan(10 * MiB);
    const { page, complaints } = await openReport(browser, output);
    const whole = await inSight(page);
    expect(whole).toBeGreaterThan(400_000);
    for (const key of ['w', 'w', 'd', 'w']) {
      const before = await inSight(page);
      await page.keyboard.press(key);
      await soon(() => inSight(page)).not.toBe(before);
    }
    await page.locator('#tables').getByRole('button', { name: 'Register', exact: true }).click();
    await soon(() => page.locator('#tables .tabulator-row').count()).toBeGreaterThan(1);
    await page.keyboard.press('0');
    await soon(() => inSight(page)).toBe(whole);
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('six million: in as much memory, exits put together, none lost', async () => {
    const [tape, output] = [work.file('six.tape'), work.file('six.html')];
    madeUpTape(tape, { events: 6_000_000, lines: ['Booting Linux on physical CPU', 'a line of the console'] });
    expect(report(tape, '-o', output)).toBeLessThan(300 * MiB);
    expect(statSync(output).size).toBeLessThan(10 * MiB);
    const { page, complaints } = await openReport(browser, output);
    expect(await page.locator('.note').innerText()).toContain('more exits than a page takes');
    const { total } = JSON.parse(hypertape(['profile', tape, '--json']).stdout) as { total: number };
    expect(await inSight(page)).toBe(total);
    expect(complaints).toEqual([]);
    await page.close();
  });

  it.for([
    { guest: 'debian-arm64-cloud', frames: 300 },
    // Its kernel has no frame pointers: stacks are short.
    { guest: 'debian-armv7', frames: 50 },
  ])('$guest, with stacks, light and dark', async ({ guest, frames }, context) => {
    fetched(context, guest);
    const [tape, output] = [work.file(`${guest}.tape`), work.file(`${guest}.html`)];
    const recorded = hypertape(['record', '--guest', guest, '-o', tape, '--console', 'none']);
    expect(recorded.status, recorded.stderr).toBe(0);
    report(tape, '-o', output, '--stacks');
    const { total } = JSON.parse(hypertape(['profile', tape, '--json']).stdout) as { total: number };
    const pictures: Buffer[] = [];
    for (const colorScheme of ['light', 'dark'] as const) {
      const { page, complaints } = await openReport(browser, output, { colorScheme });
      expect(await inSight(page)).toBe(total);
      await page.locator('#flame g.frame').first().waitFor();
      // The kernel's entry is below what it calls: stacks are more than functions.
      expect(await page.locator('#flame g.frame').count()).toBeGreaterThan(frames);
      expect(await page.locator('#flame').getByText('UARTDR write').count()).toBeGreaterThan(0);
      pictures.push(await page.screenshot({ fullPage: true }));
      await page.locator('#console input').fill('Linux version');
      await soon(() => page.locator('.line').count()).toBe(1);
      await page.locator('.line').click();
      await soon(() => page.locator('.moment').innerText()).toContain('icount');
      expect(complaints).toEqual([]);
      await page.close();
    }
    const [light, dark] = pictures as [Buffer, Buffer];
    expect(Math.min(light.length, dark.length)).toBeGreaterThan(PICTURE_BYTES);
    expect(light.equals(dark)).toBe(false);
  });
});
