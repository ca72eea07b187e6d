#!/usr/bin/env node
// The installed program, or the sources of a checkout, under a Node that is new enough.
import { existsSync, readFileSync } from 'node:fs';
import module from 'node:module';
import { fileURLToPath } from 'node:url';
import { hasOptions, launch, suitableNode } from './launch.mjs';
import { COMPILE_CACHE } from './node-settings.mjs';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const [first, ...others] = process.argv.slice(2);
if (first === '--version' && others.length === 0) {
  // What scripts ask first needs nothing of the program.
  const { name, version } = JSON.parse(readFileSync(here('../package.json'), 'utf8'));
  process.stdout.write(`${name} ${version}\n`, () => process.exit(0));
  await new Promise(() => undefined);
}
if (existsSync(here('../tools/setup.mjs'))) {
  const { setUp } = await import('../tools/setup.mjs');
  setUp();
}
const node = suitableNode(import.meta.url);
/** No machine runs for them, nor for what a shell completes: the options of the one that runs it are not worth another process. */
const asksForTexts = () => {
  const rest = process.argv.indexOf('--');
  const words = process.argv.slice(2, rest === -1 ? undefined : rest);
  return first === 'help' || words.some((word) => /^(--help|-h|--get-yargs-completions)$/.test(word));
};
if (node === process.execPath && (hasOptions() || asksForTexts())) {
  module.enableCompileCache?.(COMPILE_CACHE);
  const sources = here('../tools/cli.ts');
  await import(existsSync(sources) ? sources : '../dist/tools/cli.js');
} else launch(node, here('hypertape.mjs'), process.argv.slice(2));
