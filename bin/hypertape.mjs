#!/usr/bin/env node
// The installed program, or the sources of a checkout, under a Node that is new enough.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { hasOptions, launch, suitableNode } from './launch.mjs';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
if (existsSync(here('../tools/setup.mjs'))) {
  const { setUp } = await import('../tools/setup.mjs');
  setUp();
}
const node = suitableNode(import.meta.url);
if (node === process.execPath && hasOptions()) {
  const sources = here('../tools/cli.ts');
  await import(existsSync(sources) ? sources : '../dist/tools/cli.js');
} else launch(node, here('hypertape.mjs'), process.argv.slice(2));
