// conformance/: runs instruction vectors against the CPU.

// npm run conformance -- FILE... [--json] [--group NAME] [--paged] [--evaluate]: runs instruction vectors; status 1 on any failure.
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import yargs from 'yargs';
import { FlatPlatform } from './flat-platform.ts';
import { PagedPlatform } from './paged-platform.ts';
import { A32Runner } from './run-a32.ts';
import { A64Runner } from './run-a64.ts';
import type { Vector } from './vector.ts';

const FAILURES_SHOWN_MAX = 20;

interface Tally {
  pass: number;
  fail: number;
}

const args = await yargs(process.argv.slice(2))
  .usage('npm run conformance -- FILE... [--json] [--group NAME] [--paged] [--evaluate]')
  .option('json', { type: 'boolean', default: false, describe: 'one JSON object on standard output' })
  .option('group', { type: 'string', array: true, describe: 'only these groups' })
  .option('paged', {
    type: 'boolean',
    default: false,
    describe: 'at EL0 of the whole CPU, through translation tables, instead of on the engine alone',
  })
  .option('evaluate', {
    type: 'boolean',
    default: false,
    describe: 'by the evaluator of cold blocks, where it can, instead of by translated code',
  })
  .demandCommand(1, 'name at least one vector file (.jsonl or .jsonl.gz)')
  .strict()
  .parseAsync();

function readVectors(path: string): Vector[] {
  let data: Buffer;
  try {
    data = readFileSync(path);
  } catch (error) {
    process.stderr.write(`conformance: cannot read ${path}: ${(error as Error).message}\n`);
    process.exit(2);
  }
  const text = (path.endsWith('.gz') ? gunzipSync(data) : data).toString('utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Vector);
}

const platform = args.paged ? new PagedPlatform() : new FlatPlatform();
platform.engine.bounds.evaluations = args.evaluate ? Number.POSITIVE_INFINITY : 0;
const runners = new Map<string, A32Runner | A64Runner>();
/** A64's runner fills the code pages with its own kind of breakpoint, so each set is begun anew. */
function runnerOf({ isa }: Vector): A32Runner | A64Runner {
  let runner = runners.get(isa);
  if (!runner) {
    runners.clear();
    runners.set(isa, (runner = isa === 'a64' ? new A64Runner(platform) : new A32Runner(platform)));
  }
  return runner;
}
const byGroup: Record<string, Tally> = {};
const failures: { id: string; code: readonly string[]; differences: string[] }[] = [];
for (const path of args._) {
  for (const vector of readVectors(String(path))) {
    if (args.group && !args.group.includes(vector.group)) continue;
    const tally = (byGroup[vector.group] ??= { pass: 0, fail: 0 });
    let differences: string[];
    try {
      differences = runnerOf(vector).run(vector);
    } catch (error) {
      differences = [`crash: ${(error as Error).stack?.split('\n').slice(0, 4).join(' ')}`];
    }
    if (differences.length === 0) tally.pass++;
    else {
      tally.fail++;
      failures.push({ id: vector.id, code: vector.code, differences });
    }
  }
}
const pass = Object.values(byGroup).reduce((sum, t) => sum + t.pass, 0);
const fail = failures.length;
const shown = failures.slice(0, FAILURES_SHOWN_MAX);
if (args.json)
  process.stdout.write(`${JSON.stringify({ total: pass + fail, pass, fail, byGroup, failures: shown })}\n`);
else {
  for (const [group, t] of Object.entries(byGroup))
    process.stdout.write(`${group.padEnd(24)} ${String(t.pass).padStart(6)} pass ${String(t.fail).padStart(6)} fail\n`);
  for (const f of shown)
    process.stdout.write(`${f.id} [${f.code.join(' ')}] ${f.differences.slice(0, 4).join('; ')}\n`);
  process.stdout.write(`${pass} passed, ${fail} failed\n`);
}
process.exitCode = fail === 0 ? 0 : 1;
