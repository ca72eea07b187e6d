import { readFileSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import { TapeWriter } from '../../src/trace/codec/tape-writer.ts';
import { hypertape, jsonOf, WorkFolder } from '../session/command-line.fixture.ts';

const work = new WorkFolder();
afterAll(() => work.remove());

const path = work.file('demo.tape');
hypertape(['record', '--guest', 'demo-arm64', '-o', path, '--console', 'none']);
const tape = readFileSync(path);
const sizes = jsonOf(hypertape(['info', path, '--json'])).sizeByPart as Record<string, number>;

test('says what a tape holds', () => {
  const { status, stdout, stderr } = hypertape(['info', path, '--json']);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const info = JSON.parse(stdout) as Record<string, unknown>;
  expect(info).toMatchObject({
    sizeBytes: tape.length,
    level: 'exits',
    machine: { board: 'virt@2', memoryBytes: 512 * 1024 * 1024 },
    images: [{ name: 'kernel', embedded: true }],
    integrity: { complete: true, summary: 'whole' },
    end: { outcome: 'poweroff' },
    host: { platform: `${process.platform} ${process.arch}` },
  });
  const { total, byClass } = info.events as { total: number; byClass: Record<string, number> };
  expect(Object.values(byClass).reduce((sum, count) => sum + count, 0)).toBe(total);
  expect(Object.values(sizes).reduce((sum, bytes) => sum + bytes, 0)).toBe(tape.length);
  const text = hypertape(['info', path]).stdout;
  for (const word of [
    'whole',
    'poweroff',
    'mmio-read',
    'DABT_LOW',
    'sha256',
    'memory 512.0 MiB',
    'guest time   0.13 s',
  ])
    expect(text).toContain(word);
});

/** Both read all of a tape: neither takes damage for the truth, and neither falls over it. */
function both(name: string, data: Uint8Array): { status: (number | null)[]; stderr: string } {
  const damaged = work.write(name, data);
  const runs = [hypertape(['info', damaged]), hypertape(['replay', damaged, '--console', 'none'])];
  const stderr = runs.map((run) => run.stderr).join('');
  expect(stderr).not.toContain('internal fault');
  expect(stderr).not.toMatch(/^ +at /m);
  return { status: runs.map((run) => run.status), stderr };
}

test('tells of several tapes', () => {
  const { tapes } = jsonOf(hypertape(['info', path, path, '--json'])) as { tapes: { path: string }[] };
  expect(tapes.map((tape) => tape.path)).toEqual([path, path]);
  expect(hypertape(['info', path, path]).stdout.match(/^tape .*demo\.tape \(/gm)).toHaveLength(2);
});

test('a tape cut in its last frames is read up to there', () => {
  for (const cut of [8, (sizes.index ?? 0) + 40]) {
    const { status, stderr } = both('cut.tape', tape.subarray(0, tape.length - cut));
    expect(status).toEqual([0, 0]);
    expect(stderr).toMatch(/cut off at offset \d+/);
  }
});

test('a tape cut in its images cannot be replayed, and says so', () => {
  const { status, stderr } = both('cut-early.tape', tape.subarray(0, (sizes.header ?? 0) + 100));
  expect(status).toEqual([2, 2]);
  expect(stderr).toContain('image "kernel"');
});

test('a flipped bit anywhere that matters is found', () => {
  const eventsAt = (sizes.header ?? 0) + (sizes.images ?? 0);
  const places = { preamble: 3, version: 9, header: 100, image: (sizes.header ?? 0) + 500, events: eventsAt + 400 };
  for (const [part, at] of Object.entries(places)) {
    const flipped = Uint8Array.from(tape);
    flipped[at] = (flipped[at] ?? 0) ^ 0x10;
    const { status, stderr } = both(`flipped-${part}.tape`, flipped);
    expect({ part, status }).toEqual({ part, status: [2, 2] });
    expect(stderr).toMatch(/damaged|not a hypertape tape|checksum|sha256/);
  }
});

test.each([
  ['empty', new Uint8Array(0), 'it is empty'],
  ['foreign', readFileSync(process.execPath).subarray(0, 100_000), 'not a hypertape tape'],
  ['text', Buffer.from('hypertape\n'), 'not a hypertape tape'],
])('%s: one line', (name, data, why) => {
  const { status, stderr } = both(`${name}.tape`, data);
  expect(status).toEqual([2, 2]);
  expect(stderr).toContain(why);
  expect(stderr.trim().split('\n')).toHaveLength(2);
});

test('lengths that claim gigabytes are not believed', () => {
  const { status } = both('huge.tape', withHugeLength());
  expect(status).toEqual([2, 2]);
});

/** The first frame announces 4 GiB of payload. */
function withHugeLength(): Uint8Array {
  const huge = Uint8Array.from(tape);
  huge.fill(0xff, 16 + 12, 16 + 20);
  return huge;
}

test("a forged header's numbers and control characters are shown, and obeyed by nobody", () => {
  const forged = work.file('forged.tape');
  const forgery = '\x1b[2J\nevil';
  const machine = { memoryBytes: 1n << 60n, append: forgery };
  const host = { platform: forgery, bytes: 1n << 60n };
  TapeWriter.create(forged, { semantics: 1, level: 'exits', producer: forgery, machine, images: [], host }).abort();
  const json = hypertape(['info', forged, '--json']);
  expect(json.status).toBe(0);
  expect(jsonOf(json)).toMatchObject({ producer: forgery, machine: { memoryBytes: '0x1000000000000000' } });
  const text = hypertape(['info', forged]);
  expect(text.status).toBe(0);
  expect(text.stdout).toContain('memoryBytes "0x1000000000000000", append "\\u001b[2J\\nevil"');
  const replayed = hypertape(['replay', forged]);
  expect(replayed.status).toBe(2);
  for (const { stdout, stderr } of [text, json, replayed]) expect(stdout + stderr).not.toMatch(/[^\P{Cc}\n]|^evil/mu);
});
