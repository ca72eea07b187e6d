import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { Failure } from '../../src/base/failure.ts';
import { packData } from './container.ts';
import type { ReportData } from './report-data.ts';

const sourceOf = (hash: string): string => `'sha256-${hash}'`;
const digest = (text: string): string => createHash('sha256').update(text, 'utf8').digest('base64');

/** A part of the page as set-up made it. @throws Failure where it did not */
function built(name: string): string {
  const path = fileURLToPath(new URL(`build/${name}`, import.meta.url));
  try {
    return readFileSync(path, 'utf8');
  } catch {
    throw new Failure(`the page of reports is not built: run "npm run build:page" in the checkout`);
  }
}

/** In an attribute or between tags. */
const escaped = (text: string): string =>
  text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`).replace(/\p{Cc}/gu, ' ');

/**
 * The whole page as the pieces of one file, which asks nobody for anything. What it shows comes from a tape, and is not trusted: it is carried as
 * base64 in an element that is no script, the one script and the one style sheet that may run are named by their digests, and the
 * page makes text of it and no markup (W3C Content Security Policy Level 3; Trusted Types).
 */
export function reportPage(data: ReportData): Buffer[] {
  const script = built('page.js');
  const style = built('page.css');
  const policy = [
    "default-src 'none'",
    `script-src ${sourceOf(digest(script))}`,
    `style-src ${sourceOf(digest(style))}`,
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
    'trusted-types default',
  ].join('; ');
  const packed = gzipSync(packData(data), { level: 7 });
  const head = [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${policy}">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="referrer" content="no-referrer">',
    `<title>${escaped(data.title)}</title>`,
    `<style>${style}</style>`,
    '</head>',
    '<body>',
    '<noscript>This report shows its data by the script that it brings along: let it run.</noscript>',
    '<script type="text/plain" id="data">',
  ];
  const tail = ['</script>', `<script>${script}</script>`, '</body>', '</html>', ''];
  const base64 = Buffer.from(packed.toString('base64'), 'latin1');
  return [Buffer.from(head.join('\n')), base64, Buffer.from(tail.join('\n'))];
}
