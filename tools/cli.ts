#!/usr/bin/env node
// tools/: the command line, and what develops and checks the project.

import { run } from './command-line.ts';

process.exit(await run(process.argv.slice(2)));
