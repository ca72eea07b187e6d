import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';

/** Debian's Chromium, or another one that is told of. */
const candidates = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
/** Where a browser is; undefined where there is none. */
export const browserPath = candidates.find((path) => path !== undefined && existsSync(path));

/** A browser without a window. Its sandbox does not work for root, as in most containers. */
export const launchBrowser = (): Promise<Browser> =>
  chromium.launch({ executablePath: browserPath as string, args: ['--no-sandbox'] });

/** A page that was opened, and what it said, asked for, or tried against its policy. */
export interface Opened {
  readonly page: Page;
  readonly complaints: string[];
}

/** Opens a file in a page of its own. */
export async function openReport(
  browser: Browser,
  path: string,
  options: { readonly colorScheme?: 'light' | 'dark'; readonly width?: number; readonly height?: number } = {},
): Promise<Opened> {
  const { colorScheme = 'light', width = 1440, height = 1000 } = options;
  const page = await browser.newPage({ viewport: { width, height }, colorScheme, reducedMotion: 'reduce' });
  const complaints: string[] = [];
  const url = pathToFileURL(path).href;
  page.on('console', (message) => complaints.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
  page.on('dialog', (dialog) => complaints.push(`dialog: ${dialog.message()}`));
  page.on('request', (request) => {
    if (request.url().split('#')[0] !== url) complaints.push(`request: ${request.url()}`);
  });
  await page.goto(url);
  await page.locator('main section').first().waitFor();
  return { page, complaints };
}
