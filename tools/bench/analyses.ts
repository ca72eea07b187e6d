// npm run bench:analyses [-- TAPE]: how fast a tape's events are read and reduced, and what memory it takes. Without a tape one of a
// million events is made: a golden tape's, over and over.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { exitsOf } from '../../src/analysis/exits.ts';
import { interruptLives } from '../../src/analysis/interrupt-lives.ts';
import { interruptSummaries } from '../../src/analysis/interrupts.ts';
import { profileOf } from '../../src/analysis/profile.ts';
import { must } from '../../src/base/assert.ts';
import { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import { TapeWriter } from '../../src/trace/codec/tape-writer.ts';
import { eventByName, kvmClassName, type TapeEvent, vmExit } from '../../src/trace/events/index.ts';
import { JsonLines } from '../session/json-lines.ts';
import { bytesText, countText } from '../session/units.ts';
import { measureOurs } from './measure.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const EVENTS = 1_000_000;
const ROUNDS = 5;
const TIMEOUT_S = 600;

/** Writes the events of a tape so often that there are `count`, each time behind the last. */
function repeat(from: string, path: string, count: number): void {
  const reader = TapeReader.open(from);
  const { semantics, level, producer, machine } = reader.header;
  const images = reader.images.map(({ name, read }) => ({ name, data: read() }));
  const writer = TapeWriter.create(path, { semantics, level, producer, machine, images });
  const events = [...reader.events()];
  const end = must(
    events.find((event) => event.kind === 'run-end'),
    'an end',
  ) as Extract<TapeEvent, { kind: 'run-end' }>;
  for (let shift = 0, written = 0; written < count; shift += end.at + 1)
    for (const { kind, ...fields } of events) {
      if (kind === 'run-end') continue;
      const moved = {
        ...fields,
        at: fields.at + shift,
        ...('to' in fields && kind === 'idle-skip' ? { to: fields.to + shift } : {}),
      };
      writer.emit(must(eventByName(kind), 'declaration'), moved);
      written++;
    }
  writer.finish({ ...end, at: Number.MAX_SAFE_INTEGER });
}

/** What is done to all of a tape's events. */
const jobs: Readonly<Record<string, (reader: TapeReader) => void>> = {
  'columns: icounts, tags, vCPUs': (reader) => {
    for (const _ of reader.eventFrames());
  },
  "columns: and exits' PC and ESR": (reader) => {
    for (const frame of reader.eventFrames())
      for (const field of ['pc', 'esr'] as const) frame.table(vmExit)?.column(field);
  },
  'columns: all': (reader) => {
    for (const frame of reader.eventFrames()) frame.check();
  },
  rows: (reader) => {
    for (const _ of reader.events());
  },
  'exits by class': (reader) => {
    profileOf(exitsOf(reader), { keyOf: ({ kvmClass }) => kvmClassName(kvmClass) });
  },
  'lives of interrupts': (reader) => {
    interruptSummaries(interruptLives(reader));
  },
  'JSON lines': (reader) => {
    const json = new JsonLines({ symbolAt: () => undefined, registerAt: () => undefined, isArmv7: false });
    for (const frame of reader.eventFrames()) for (const _ of json.linesOf(frame, new Uint8Array(frame.count).fill(1)));
  },
};

/** Of the fastest of a few rounds, by the thread's own time: other processes do not count. */
function secondsOf(job: () => void): number {
  const rounds = Array.from({ length: ROUNDS }, () => {
    const before = process.threadCpuUsage();
    job();
    const { user, system } = process.threadCpuUsage(before);
    return (user + system) / 1e6;
  });
  return Math.min(...rounds);
}

const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function bench(path: string): Promise<void> {
  const reader = TapeReader.open(path);
  const { eventCount } = reader;
  say(`${countText(eventCount)} events, ${bytesText(reader.sizeBytes)}`);
  for (const [name, job] of Object.entries(jobs)) {
    const seconds = secondsOf(() => job(reader));
    say(
      `${name.padEnd(32)} ${(eventCount / seconds / 1e6).toFixed(1).padStart(6)} M events/s  ${seconds.toFixed(3)} s`,
    );
  }
  reader.close();
  const folder = mkdtempSync(join(tmpdir(), 'hypertape-bench-'));
  const page = join(folder, 'report.html');
  for (const args of [
    ['--version'],
    ['profile', path],
    ['profile', path, '--by', 'symbol'],
    ['profile', path, '--interrupts'],
    ['events', path, '--json'],
    ['report', path, '-o', page],
  ]) {
    const { wallS, cpuS, peakRssBytes } = await measureOurs(join(root, 'dist/tools/cli.js'), args, TIMEOUT_S, '');
    const what = args.filter((arg) => arg !== path && arg !== page).join(' ');
    say(
      `${what.padEnd(32)} ${wallS.toFixed(2)} s, of a processor ${cpuS?.toFixed(2) ?? '?'} s, ${bytesText(peakRssBytes ?? 0)} of memory`,
    );
  }
  rmSync(folder, { recursive: true });
}

const [given] = process.argv.slice(2);
if (given !== undefined) await bench(given);
else {
  const folder = mkdtempSync(join(tmpdir(), 'hypertape-bench-'));
  try {
    const path = join(folder, 'million.tape');
    repeat(join(root, 'traces/golden/v3/demo-arm64.tape'), path, EVENTS);
    await bench(path);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
