import { afterAll, expect, test } from 'vitest';
import { must } from '../../src/base/assert.ts';
import { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import { TapeWriter } from '../../src/trace/codec/tape-writer.ts';
import { type EventDecl, eventByName, type TapeEvent } from '../../src/trace/events/index.ts';
import { busyGuest, hypertape, jsonOf, Running, WorkFolder } from '../session/command-line.fixture.ts';

const work = new WorkFolder();
afterAll(() => work.remove());

const tape = work.file('demo.tape');
const recorded = hypertape(['record', '--guest', 'demo-arm64', '-o', tape, '--reproducible']);

/** The tape with events changed, and its checksums right: what a machine that computes otherwise would have written. */
function changed(name: string, change: (event: TapeEvent) => TapeEvent): string {
  const path = work.file(name);
  const reader = TapeReader.open(tape);
  const images = reader.images.map((image) => ({ name: image.name, data: image.read() }));
  const writer = TapeWriter.create(path, { ...reader.header, images });
  for (const event of reader.events()) {
    const next = change(event);
    if (next.kind === 'run-end') writer.finish(next);
    else writer.emit(must(eventByName(next.kind), 'declaration') as EventDecl, next);
  }
  reader.close();
  return path;
}

test('prints the same console', () => {
  expect(recorded.status).toBe(0);
  const { status, stdout, stderr } = hypertape(['replay', tape]);
  expect({ status, stdout }).toEqual({ status: 0, stdout: recorded.stdout });
  expect(stderr).toMatch(/^identical to the recording, to its end \(poweroff\): [\d,]+ events verified/);
});

test('stops at an instruction count, an event or a text, which verifies no tape', () => {
  const at = (until: string) => hypertape(['replay', tape, '--until', until, '--json']);
  expect(jsonOf(at('icount:3000000'))).toMatchObject({ verified: false, stop: 'place', icount: 3000000 });
  const [event = ''] = hypertape(['events', tape, '--json', '--class', 'psci', '--limit', '1']).stdout.split('\n');
  const { ordinal, at: icount } = JSON.parse(event) as { ordinal: number; at: number };
  const { eventsChecked, ...place } = jsonOf(at(`event:${ordinal}`));
  expect(place).toMatchObject({ verified: false, stop: 'place', icount });
  expect(eventsChecked).toBeGreaterThan(ordinal);
  const text = at('console:simd:');
  expect(jsonOf(text)).toMatchObject({ verified: false, stop: 'place' });
  expect(text.stderr.endsWith('simd:')).toBe(true);
});

test('Ctrl-C leaves a summary', async () => {
  // A dot, and then nothing for some seconds.
  const tape = work.file('busy.tape');
  const recorded = hypertape(['record', ...work.code('busy', busyGuest), '-o', tape, '--max-icount', '4e9', '--json']);
  expect(jsonOf(recorded)).toMatchObject({ outcome: 'limit' });
  const replaying = new Running(['replay', tape]);
  await replaying.until(() => replaying.texts.stdout !== '');
  replaying.process.kill('SIGINT');
  const { status, stderr } = await replaying.finished;
  expect(stderr).toMatch(/^interrupted at icount [\d,]+ \(.*\), pc .*: [\d,]+ events verified, .*\n$/);
  expect(status).toBe(3);
});

test("stops at a function that the guest's own symbols name", () => {
  const json = jsonOf(hypertape(['replay', tape, '--until', 'symbol:console_put', '--json']));
  expect(json).toMatchObject({ verified: false, stop: 'place', symbol: 'console_put' });
});

test('stops at a function of a given map, and names it', () => {
  const [line = ''] = hypertape(['events', tape, '--json', '--class', 'mmio-write', '--limit', '1']).stdout.split('\n');
  const { at, pc } = JSON.parse(line) as { at: number; pc: string };
  const map = work.write('until.map', `${pc.slice(2).padStart(16, '0')} t first_write\n`);
  const until = ['--until', 'symbol:first_write', '--symbols', map];
  const json = jsonOf(hypertape(['replay', tape, ...until, '--json']));
  expect(json).toMatchObject({ verified: false, stop: 'place', icount: at, pc, symbol: 'first_write' });
  const { stderr } = hypertape(['replay', tape, ...until, '--console', 'none']);
  expect(stderr).toMatch(new RegExp(`^stopped at icount [\\d,]+ \\(.* s\\), pc ${pc} first_write: `));
  const other = hypertape(['replay', tape, '--until', 'symbol:first_wirte', '--symbols', map]);
  expect(other).toMatchObject({ status: 2, stderr: expect.stringContaining('there are first_write\n') });
});

test.each([
  ['icount', 'give icount:N, event:N'],
  ['icount:x', 'give a number'],
  ['symbol:start_kernel', 'the guest has no function of this name'],
  ['icount:1e15', 'not on the tape; it ends at icount '],
  ['event:99999999', 'not on the tape; it ends at icount '],
  ['console:not there', 'not on the tape; it ends at icount '],
])('--until %s is refused', (until, why) => {
  const { status, stderr } = hypertape(['replay', tape, '--until', until]);
  expect(status).toBe(2);
  expect(stderr).toMatch(/^hypertape: .*\n$/);
  expect(stderr).toContain(why);
});

test('a divergence is told with both sides', () => {
  let reads = 0;
  const other = changed('other.tape', (event) =>
    event.kind === 'mmio-read' && ++reads === 100 ? { ...event, value: event.value ^ 0x8000n } : event,
  );
  const json = hypertape(['replay', other, '--json']);
  expect(json.status).toBe(1);
  const result = jsonOf(json);
  expect(result).toMatchObject({ verified: false, divergence: { what: 'mmio-read.value', vcpu: 0 } });
  const { recorded: then, replayed: now } = result.divergence as { recorded: string; replayed: string };
  expect(BigInt(then) ^ BigInt(now)).toBe(0x8000n);
  const { status, stderr } = hypertape(['replay', other]);
  expect(status).toBe(1);
  expect(stderr).toContain(`recorded: ${then}\n  replayed: ${now}\n`);

  const map = work.write('all.map', '0000000040080000 T all_of_it\n');
  const named = hypertape(['replay', other, '--symbols', map, '--json']);
  expect(jsonOf(named)).toMatchObject({
    divergence: {
      symbol: expect.stringMatching(/^all_of_it\+0x/),
      context: expect.stringMatching(/pc 0x\w+ all_of_it\+0x/),
    },
  });
  expect(named.stderr).toMatch(/icount \d+, vCPU 0, pc 0x\w+ all_of_it\+0x\w+: mmio-read\.value/);
});

test('a wrong final hash is a divergence', () => {
  const other = changed('hash.tape', (event) =>
    event.kind === 'run-end' ? { ...event, stateHash: '0'.repeat(64) } : event,
  );
  const { status, stdout } = hypertape(['replay', other, '--json']);
  expect(status).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({ divergence: { what: 'run-end.stateHash' } });
});

test('a recording that went on where the replay ends is a divergence', () => {
  const other = changed('longer.tape', (event) =>
    event.kind === 'run-end' || event.kind === 'suspend' || event.kind === 'psci'
      ? { ...event, at: event.at + 1000 }
      : event,
  );
  expect(hypertape(['replay', other, '--console', 'none']).status).toBe(1);
});
