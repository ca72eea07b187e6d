import { Failure } from '../../src/base/failure.ts';
import { trace } from '../session/tracing.ts';
import type { Exported, Put } from './exported.ts';

/** The instructions of a stretch, by a replay, as `trace` prints them. @throws Failure where it has no ends */
export async function tarmac({ args }: Exported, put: Put): Promise<void> {
  const { tape, from, until, symbols, memory } = args;
  if (from === undefined || until === undefined)
    throw new Failure('--to tarmac: an instruction is some lines; say which are meant with --from and --until');
  await trace(
    { tape, from, to: until, toOption: '--until', show: 'instructions', memory, symbols, json: false },
    { line: (line) => put(`${line}\n`), flush: () => {} },
  );
}
