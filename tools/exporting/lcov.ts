import { posix } from 'node:path';
import type { ExecutedRun } from '../../src/explain/executed-code.ts';
import type { CoveredImage } from './drcov.ts';
import type { Pieces } from './export-source.ts';

/** Of a file: how often its lines and functions were executed. */
interface FileCounts {
  readonly lines: Map<number, number>;
  /** By name: where it begins, and how often it was entered. */
  readonly functions: Map<string, { line: number; times: number }>;
}

/** Files and lines of a report. */
const FILES_MAX = 1 << 20;

/**
 * Coverage as `lcov` has it (geninfo(1), "TRACEFILE FORMAT"), for `genhtml`: of every line that has code, how often it was executed,
 * which is as often as the most frequent of its instructions. Lines with code in several places, in several images too, are one.
 */
export function* lcov(covered: readonly CoveredImage[], testName: string): Pieces {
  const files = new Map<string, FileCounts>();
  const fileOf = (named: string): FileCounts | undefined => {
    // Each unit names a header as it came to it.
    const path = posix.normalize(named);
    let file = files.get(path);
    if (file === undefined && files.size < FILES_MAX)
      files.set(path, (file = { lines: new Map(), functions: new Map() }));
    return file;
  };
  for (const { image, runs } of covered) {
    const { lines } = image;
    if (lines === undefined) continue;
    const times = new Times(runs);
    for (const { file, line, from, to } of lines.extents()) {
      const counts = fileOf(file)?.lines;
      counts?.set(line, Math.max(counts.get(line) ?? 0, times.most(from, to)));
    }
    for (const { name, address: from } of image.functions()) {
      const source = lines.beginningAt(from);
      const of = source && fileOf(source.file)?.functions;
      if (source === undefined || of === undefined) continue;
      const known = of.get(name)?.times ?? 0;
      of.set(name, { line: source.line, times: known + times.most(from, from + 1n) });
    }
  }
  for (const [path, { lines, functions }] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const text = [`TN:${testName.replace(/[^A-Za-z0-9_]/g, '_')}`, `SF:${clean(path)}`];
    for (const [name, { line }] of functions) text.push(`FN:${line},${clean(name)}`);
    for (const [name, { times }] of functions) text.push(`FNDA:${times},${clean(name)}`);
    const hit = [...functions.values()].filter(({ times }) => times > 0).length;
    text.push(`FNF:${functions.size}`, `FNH:${hit}`);
    const inOrder = [...lines].sort(([a], [b]) => a - b);
    for (const [line, times] of inOrder) text.push(`DA:${line},${times}`);
    text.push(`LF:${inOrder.length}`, `LH:${inOrder.filter(([, times]) => times > 0).length}`, 'end_of_record', '');
    yield text.join('\n');
  }
}

const clean = (text: string): string => text.replace(/[\r\n]/g, '_');

/** How often code was executed: asked for in any order. */
class Times {
  readonly #runs: readonly ExecutedRun[];
  constructor(runs: readonly ExecutedRun[]) {
    this.#runs = runs;
  }
  /** The most of a stretch. */
  most(from: bigint, to: bigint): number {
    let [low, high] = [0, this.#runs.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#runs[middle] as ExecutedRun).to <= from) low = middle + 1;
      else high = middle;
    }
    let most = 0;
    for (let n = low; n < this.#runs.length && (this.#runs[n] as ExecutedRun).from < to; n++)
      most = Math.max(most, (this.#runs[n] as ExecutedRun).times);
    return most;
  }
}
