import { readFileSync, writeFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildReportPage } from '../../tools/build/report-page.ts';
import { ProfiledTape } from '../../tools/profiling/profiled-tape.ts';
import { reportPage } from '../../tools/report/html.ts';
import type { Parting } from '../../tools/report/report-data.ts';
import { runDataOf } from '../../tools/report/run-data.ts';
import { hypertape, WorkFolder } from '../../tools/session/command-line.fixture.ts';
import { browserPath, launchBrowser, openReport } from './browser.fixture.ts';
import { madeUpTape } from './tapes.fixture.ts';

/** What would run, load or change something if it were markup. */
const HOSTILE = [
  '</script><img src=x onerror="window.pwned=1"><script>window.pwned=2</script>',
  '<svg onload=window.pwned=3>',
  '&lt;b&gt; "><iframe src="https://example.org/"></iframe>',
  '<meta http-equiv="refresh" content="0;url=https://example.org/">',
  '\u001b]0;title\u0007\u001b[31mred\u001b[0m javascript:window.pwned=4 \u202e',
];

const work = new WorkFolder();
const files = { small: work.file('small.html'), other: work.file('two.html') };
let browser: Browser;

const report = (...args: string[]): void => {
  const { status, stderr } = hypertape(['report', ...args]);
  if (status !== 0) throw new Error(stderr);
};

/** The page follows in its own time, and machines differ. */
const soon = <T>(look: () => T | Promise<T>) => expect.poll(look, { timeout: 20_000 });

/** The text of the caption of the numbers, which says how many exits are in sight. */
const inSight = async (page: Page): Promise<number> =>
  Number((await page.locator('#tables .caption').innerText()).match(/^[\d,]+/)?.[0].replaceAll(',', ''));
/** Until what follows the timeline has followed. */
const changed = async (page: Page, from: number): Promise<number> => {
  await soon(() => inSight(page)).not.toBe(from);
  return inSight(page);
};
const stretch = (page: Page): Promise<string> => page.locator('.stretch').innerText();

describe.skipIf(browserPath === undefined)('the page of a report', () => {
  beforeAll(async () => {
    await buildReportPage();
    const [small, other] = [work.file('small.tape'), work.file('other.tape')];
    madeUpTape(small, { events: 20_000, lines: ['Booting Linux', 'done', ...HOSTILE], append: HOSTILE[0] as string });
    madeUpTape(other, { events: 22_000, lines: ['Booting Linux', 'done'], seed: 6n });
    report(small, '-o', files.small, '--title', HOSTILE[0] as string);
    report(small, other, '-o', files.other);
    browser = await launchBrowser();
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    work.remove();
  });

  it('opens from a file, says nothing, asks nobody for anything', async () => {
    const { page, complaints } = await openReport(browser, files.small);
    for (const id of ['summary', 'findings', 'timeline', 'flame', 'tables', 'interrupts', 'console'])
      expect(await page.locator(`#${id} h2`).innerText(), id).not.toBe('');
    await page.locator('.console').scrollIntoViewIfNeeded();
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('shows text of a forged tape as text', async () => {
    const { page, complaints } = await openReport(browser, files.small);
    for (const line of HOSTILE.slice(0, 4))
      expect(await page.locator('.line-text', { hasText: line }).count(), line).toBeGreaterThan(0);
    expect(await page.locator('h1').innerText()).toBe(HOSTILE[0]);
    expect(await page.evaluate('window.pwned')).toBeUndefined();
    expect(await page.locator('img, iframe, meta[http-equiv=refresh], svg[onload]').count()).toBe(0);
    // What a script smuggled in could do at most: nothing.
    await page
      .evaluate(
        `document.body.insertAdjacentHTML('beforeend', '<img src="https://example.org/x" onerror="window.pwned=5">')`,
      )
      .catch(() => {});
    await page
      .evaluate(`{ const s = document.createElement('script'); s.text = 'window.pwned = 6'; document.body.append(s); }`)
      .catch(() => {});
    expect(await page.evaluate('window.pwned')).toBeUndefined();
    expect(
      complaints.every((said) => /Content Security Policy|TrustedHTML|TrustedScript/.test(said)),
      complaints.join('\n'),
    ).toBe(true);
    const html = readFileSync(files.small, 'utf8');
    expect(html.match(/<\/script/g)).toHaveLength(2);
    await page.close();
  });

  it('zooms by pointer and keys, and all follows', async () => {
    const { page, complaints } = await openReport(browser, files.small);
    const whole = await inSight(page);
    const box = await page.locator('#timeline .u-over').boundingBox();
    if (box === null) throw new Error('no timeline');
    const y = box.y + box.height / 2;
    await page.mouse.move(box.x + box.width * 0.3, y);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.5, y, { steps: 4 });
    await page.mouse.up();
    const part = await changed(page, whole);
    expect(part).toBeGreaterThan(whole * 0.1);
    expect(part).toBeLessThan(whole * 0.3);
    expect(await stretch(page)).toMatch(/^[\d.]+ s – [\d.]+ s$/);
    expect(await page.locator('.flame g.frame').first().getAttribute('aria-label')).toContain(
      part.toLocaleString('en-US'),
    );
    await page.keyboard.press('w');
    const closer = await changed(page, part);
    expect(closer).toBeLessThan(part);
    await page.keyboard.press('d');
    await changed(page, closer);
    await page.keyboard.press('0');
    await soon(() => inSight(page)).toBe(whole);
    await page.keyboard.press('z');
    await soon(() => stretch(page)).not.toBe('all of the run');
    await page.locator('.overview').dblclick();
    await soon(() => stretch(page)).toBe('all of the run');
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('sorts and filters tables, and shows one row alone', async () => {
    const { page, complaints } = await openReport(browser, files.small);
    const whole = await inSight(page);
    await page.locator('#tables').getByRole('button', { name: 'Register', exact: true }).click();
    const names = page.locator('#tables .tabulator-row .cell-name');
    await soon(() => names.allInnerTexts()).toContain('pl011 UARTDR');
    await page.locator('#tables .tabulator-header-filter input').first().pressSequentially('uartfr');
    await soon(() => names.allInnerTexts()).toEqual(['pl011 UARTFR']);
    for (const _ of 'uartfr') await page.keyboard.press('Backspace');
    const counts = async (): Promise<number[]> =>
      (await page.locator('#tables .tabulator-cell[tabulator-field=count]').allInnerTexts()).map((text) =>
        Number(text.replaceAll(',', '')),
      );
    await soon(async () => (await counts()).length).toBeGreaterThan(1);
    await page.locator('#tables .tabulator-col[tabulator-field=count] .tabulator-col-title').click();
    await soon(counts).toEqual((await counts()).toSorted((a, b) => a - b));
    await names.filter({ hasText: 'pl011 UARTDR' }).click();
    const alone = await changed(page, whole);
    expect(await names.allInnerTexts()).toEqual(['pl011 UARTDR']);
    expect(alone).toBeLessThan(whole / 2);
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('keeps what is shown in its address', async () => {
    const { page, complaints } = await openReport(browser, files.small);
    await page.locator('#tables').getByRole('button', { name: 'Register', exact: true }).click();
    await page.locator('#tables .cell-name', { hasText: 'pl011 UARTDR' }).click();
    await page.keyboard.press('w');
    await soon(() => page.url()).toMatch(/#t=\d+-\d+&by=register&only=register%3Apl011\+UARTDR$/);
    const [address, seen] = [page.url(), await inSight(page)];
    await page.goto('about:blank');
    await page.goto(address);
    await page.locator('#timeline .uplot').waitFor();
    await soon(() => inSight(page)).toBe(seen);
    expect(await page.locator('#tables .tabulator-row .cell-name').allInnerTexts()).toEqual(['pl011 UARTDR']);
    expect(complaints.filter((said) => !said.startsWith('request: about:'))).toEqual([]);
    await page.goto(`${address.split('#')[0]}#t=5-x&by=__proto__&only=a:b&at=1e999&scale=<script>`);
    await soon(() => page.locator('#timeline .uplot').count()).toBe(1);
    await page.close();
  });

  it('leads from the console to its moment, and back', async () => {
    const { page, complaints } = await openReport(browser, files.small);
    const line = page.locator('.line', { hasText: 'Booting Linux' }).nth(1);
    await line.click();
    await soon(() => page.locator('.line.is-current').count()).toBe(1);
    await page.keyboard.press('3');
    const box = await page.locator('#timeline .u-over').boundingBox();
    if (box === null) throw new Error('no timeline');
    await page.mouse.click(box.x + box.width * 0.7, box.y + 20);
    await expect
      .poll(async () => Number(await page.locator('.line.is-current').getAttribute('data-place')))
      .toBeGreaterThan(20);
    await page.locator('#console input[type=search]').fill('done');
    await soon(async () => new Set(await page.locator('.line-text').allInnerTexts())).toEqual(new Set(['done']));
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('is used with the keyboard alone', async () => {
    const { page, complaints } = await openReport(browser, files.small);
    const seen: string[] = [];
    for (let i = 0; i < 80; i++) {
      await page.keyboard.press('Tab');
      const [name, outline] = (await page.evaluate(`(() => {
        const at = document.activeElement;
        const name = at.getAttribute('aria-label') || at.innerText || at.closest('label')?.innerText || at.placeholder || at.id;
        return [at.tagName.toLowerCase() + ' ' + (name || '').trim().split('\\n')[0], getComputedStyle(at).outlineStyle + ' ' + (at.querySelector('rect') ? getComputedStyle(at.querySelector('rect')).stroke : '')];
      })()`)) as [string, string];
      if (name.startsWith('body')) break;
      expect(name, 'what has the focus has a name').toMatch(/ \S/);
      expect(outline, `the focus of ${name} is seen`).not.toMatch(/^none $/);
      seen.push(name);
    }
    for (const wanted of [
      'a to the timeline',
      'a Timeline',
      'button dark',
      'button Keys',
      'button reset',
      'button exits',
      'button log',
    ])
      expect(seen).toContain(wanted);
    expect(seen.some((name) => name.startsWith('g all'))).toBe(true);
    expect(seen.some((name) => name.startsWith('div Lines of the console'))).toBe(true);
    expect(new Set(seen.filter((name) => name.startsWith('div Stretch of time'))).size).toBe(1);

    await page.locator('.flame g.frame').first().focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await soon(() => page.locator('.flame-details').innerText()).not.toBe('');
    await page.keyboard.press('Escape');
    await page.locator('#tables .tabulator-row').first().focus();
    const whole = await inSight(page);
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await changed(page, whole);
    await page.keyboard.press('x');
    await page.keyboard.press('?');
    expect(await page.locator('dialog').innerText()).toMatch(/closer[\s\S]*farther/);
    await page.keyboard.press('Escape');
    expect(await page.locator('dialog').isVisible()).toBe(false);
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('has light and dark colours that can be read', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const { page, complaints } = await openReport(browser, files.small, { colorScheme });
      const contrast = (): Promise<readonly [string, number][]> =>
        page.evaluate(CONTRAST) as Promise<[string, number][]>;
      for (const [what, ratio] of await contrast())
        expect(ratio, `${what} in ${colorScheme}`).toBeGreaterThanOrEqual(4.5);
      const dark = colorScheme === 'dark';
      const luminance = (): Promise<number> => page.evaluate(BACKGROUND) as Promise<number>;
      expect((await luminance()) < 0.2).toBe(dark);
      await page.getByRole('button', { name: dark ? 'light' : 'dark', exact: true }).click();
      expect((await luminance()) < 0.2).toBe(!dark);
      expect(complaints).toEqual([]);
      await page.close();
    }
  });

  it('tells where two runs part, with their timelines and without', async () => {
    const [hostile = ''] = HOSTILE;
    const runs = ['small.tape', 'other.tape'].map((name) => runDataOf(new ProfiledTape(work.file(name), {})));
    const data = { title: 'two', producer: 'test', command: 'test', parting: parting(hostile) };
    for (const [name, shown] of [
      ['parting.html', runs],
      ['alone.html', []],
    ] as const) {
      const path = work.file(name);
      writeFileSync(path, Buffer.concat(reportPage({ ...data, runs: shown })));
      const { page, complaints } = await openReport(browser, path);
      expect(await page.locator('.parting-code').innerText()).toContain(hostile);
      expect(await page.locator('#parting mark').allInnerTexts()).toEqual(expect.arrayContaining(['ffff', '2', '3']));
      expect(await page.locator('.chain li').count()).toBe(4);
      expect(await page.locator('#timeline').count()).toBe(shown.length === 0 ? 0 : 1);
      // No rule was asked, so that the page does not say that none found anything.
      expect(await page.locator('#findings').count()).toBe(0);
      expect(await page.evaluate('window.pwned')).toBeUndefined();
      expect(complaints).toEqual([]);
      await page.close();
    }
  });

  it('sets two runs beside each other', async () => {
    const { page, complaints } = await openReport(browser, files.other);
    expect(await page.locator('#timeline .uplot').count()).toBe(2);
    expect(await page.locator('#tables .tabulator-col-title').allInnerTexts()).toEqual(
      expect.arrayContaining(['A', 'B', 'B − A']),
    );
    expect(complaints).toEqual([]);
    await page.close();
  });
});

/** What bisect tells, in words of a hostile tape. */
function parting(text: string): Parting {
  const side = {
    notes: [text],
    code: [{ pc: '0x1000', symbol: text, text, isHere: true }],
    stack: [text, text],
    chainOf: text,
    chain: [{ at: 5000, place: text, what: 'x0', value: '0x1', by: 'cpu', instruction: text, from: [text] }],
    origin: { kind: 'input', text },
  };
  const value = { what: text, a: '0xffff1234', b: '0x1334' };
  return {
    at: 6000,
    title: text,
    place: text,
    instruction: text,
    differs: [value],
    before: [value],
    devices: [value],
    isCut: true,
    sides: [side, side],
    cause: { kind: 'input', text },
    rerun: 12345,
  };
}

/** Relative luminance and contrast (WCAG 2.2). */
const LUMINANCE = `
  const channels = (colour) => {
    const context = document.createElement('canvas').getContext('2d');
    context.fillStyle = colour;
    context.fillRect(0, 0, 1, 1);
    return [...context.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const luminance = (colour) => {
    const [r, g, b] = channels(colour).map((c) => c / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };`;
const BACKGROUND = `(() => {${LUMINANCE} return luminance(getComputedStyle(document.body).backgroundColor); })()`;
const CONTRAST = `(() => {${LUMINANCE}
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if (!/^rgba\\(.*, 0\\)$|transparent/.test(colour)) return colour;
    }
    return 'white';
  };
  return ['h1', 'nav a', '.caption', '.tile dd', '.tile .detail', '.facts dt', '.legend-item b', '.cell-number', '.line-at', '.line-text', '.tabulator-col-title']
    .map((selector) => {
      const element = document.querySelector(selector);
      const [a, b] = [luminance(getComputedStyle(element).color), luminance(behind(element))];
      return [selector, (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)];
    });
})()`;
