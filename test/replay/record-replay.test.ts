// A recording and its replays: what one does, the others do.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MachineImages } from '../../src/machine/images.ts';
import { RunSession } from '../../src/replay/record.ts';
import { ReplaySession } from '../../src/replay/replay.ts';
import { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import { guestFiles } from '../../tools/guests/catalogue.ts';
import { ConsoleText, demoConfig, demoImages, recordDemo, type Typed, testFolder } from '../support/demo.fixture.ts';

const replayOf = (path: string) => {
  const console = new ConsoleText();
  return { session: new ReplaySession(TapeReader.open(path), { consoleOut: console.out }), console };
};
const digest = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');

/** The prompt waits from about 27 million on. */
const atPrompt: readonly Typed[] = [
  { at: 28_000_001, text: 'help\r' },
  { at: 28_000_001, text: 'x' },
  { at: 31_234_567, text: `${'long line '.repeat(30)}\r` },
  { at: 60_000_000, text: 'ticks\roff\r' },
];

describe('a recording', () => {
  it('takes input before its first run, and replays', () => {
    const path = join(testFolder(), 'early.tape');
    const tape = { path, level: 'exits', producer: 'test' } as const;
    const session = new RunSession({ config: demoConfig, images: demoImages(), consoleOut: () => {}, tape });
    session.machine.input(Uint8Array.of(0x78));
    session.run(10_000);
    session.finish('limit', 'as asked');
    expect(replayOf(path).session.run()).toEqual({ kind: 'end' });
  });
});

describe('two recordings', () => {
  it('of the same machine are the same bytes, input included', () => {
    const folder = testFolder();
    const [a, b] = ['a.tape', 'b.tape'].map((name) => join(folder, name)) as [string, string];
    const one = recordDemo({ path: a, typed: atPrompt });
    const two = recordDemo({ path: b, typed: atPrompt });
    expect(two.end).toEqual(one.end);
    expect(digest(b)).toBe(digest(a));
    expect(one.console).toContain('help: this text');
  });

  it('differ where the machine does', () => {
    const folder = testFolder();
    const [a, b] = ['a.tape', 'b.tape'].map((name) => join(folder, name)) as [string, string];
    const one = recordDemo({ path: a });
    const two = recordDemo({ path: b, config: { rtcEpochSeconds: 1 } });
    expect(two.end.stateHash).not.toBe(one.end.stateHash);
  });
});

it('an ARMv7 guest sees of an AArch64 host what it sees of its own, but for what the CPU says it is', () => {
  const folder = testFolder();
  const images = MachineImages.read({ kernel: guestFiles('demo-armv7').kernel });
  const recorded = (['cortex-a15', 'cortex-a57'] as const).map((cpu) => {
    const path = join(folder, `${cpu}.tape`);
    const config = { arch: 'armv7', cpu, gicVersion: 2 } as const;
    return { path, ...recordDemo({ path, config, images, typed: atPrompt }) };
  });
  const ofTheCpu = /^(machine: MIDR|svc: first use of VFP trapped, FPEXC) /;
  const lines = recorded.map(({ console }) => console.split('\n').filter((line) => !ofTheCpu.test(line)));
  expect(lines[1]).toEqual(lines[0]);
  expect(recorded.map(({ console }) => console.match(/MIDR \S+/)?.[0])).toEqual(['MIDR 414fc0f0,', 'MIDR 411fd070,']);
  for (const { path, end, console: text } of recorded) {
    const { session, console } = replayOf(path);
    expect(session.run()).toEqual({ kind: 'end' });
    expect(session.machine.stateHash()).toBe(end.stateHash);
    expect(console.text).toBe(text);
  }
});

describe('a replay', () => {
  it('is the recording, twenty times in a row', () => {
    const path = join(testFolder(), 'demo.tape');
    const { session: recorded, console: text, end } = recordDemo({ path });
    for (let n = 0; n < 20; n++) {
      const { session, console } = replayOf(path);
      expect(session.run()).toEqual({ kind: 'end' });
      expect(session.checker.checked).toBe(recorded.writer?.stats.events);
      expect(console.text).toBe(text);
      expect(session.machine.stateHash()).toBe(end.stateHash);
    }
  });

  it('gives the input back where it came, a burst whole', () => {
    const path = join(testFolder(), 'demo.tape');
    const { console: text } = recordDemo({ path, typed: atPrompt });
    const { session, console } = replayOf(path);
    expect(session.run()).toEqual({ kind: 'end' });
    expect(console.text).toBe(text);
    const inputs = [...TapeReader.open(path).events({ classes: new Set(['console-in']) })];
    expect(inputs.map((e) => e.at)).toEqual(atPrompt.map((t) => t.at));
    // The demo's line buffer holds 39 characters; each of the burst reached it.
    expect(text).toContain(`${'long line '.repeat(30).slice(0, 38)}`);
  });

  it('goes in pieces and stops at a place, exactly', () => {
    const path = join(testFolder(), 'demo.tape');
    recordDemo({ path, typed: atPrompt });
    const { session } = replayOf(path);
    for (const place of [0, 1, 1000, 77_777, 28_000_000, 28_000_001, 31_234_566, 50_000_000]) {
      expect(session.run(place)).toEqual({ kind: 'place' });
      expect(session.machine.icount).toBe(place);
    }
    expect(session.run()).toEqual({ kind: 'end' });
  });

  it('stops where it is told from within, and goes on', () => {
    const path = join(testFolder(), 'demo.tape');
    recordDemo({ path });
    const session: ReplaySession = new ReplaySession(TapeReader.open(path), {
      consoleOut() {},
      onEvent: (checked) => {
        if (checked === 100) session.requestStop();
      },
    });
    expect(session.run()).toEqual({ kind: 'place' });
    expect(session.stopped).toBe(true);
    expect(session.checker.checked).toBeGreaterThanOrEqual(100);
    expect(session.run()).toEqual({ kind: 'end' });
    expect(session.stopped).toBe(false);
  });
});

describe('a tape of inputs only', () => {
  it('is small, and replays with verification', () => {
    const path = join(testFolder(), 'demo.tape');
    const { session: recorded, end } = recordDemo({ path, level: 'inputs', typed: atPrompt });
    const stats = recorded.writer?.stats;
    expect(stats?.eventBytes).toBeLessThan(4096);
    const { session } = replayOf(path);
    expect(session.run()).toEqual({ kind: 'end' });
    expect(session.checker.checked).toBe(stats?.events);
    expect(session.machine.stateHash()).toBe(end.stateHash);
    // All events come again, though the tape does not hold them.
    expect(session.counter.events).toBe(recorded.counter.events);
  });
});

it('a run that was stopped from outside replays to the same place', () => {
  const path = join(testFolder(), 'demo.tape');
  const session = new RunSession({
    config: demoConfig,
    images: demoImages(),
    consoleOut: (byte) => {
      if (byte === 0x0a) session.machine.requestStop();
    },
    tape: { path, level: 'exits', producer: 'hypertape test' },
  });
  const icounts = [1, 2, 3].map(() => {
    session.run(Number.POSITIVE_INFINITY);
    return session.machine.icount;
  });
  session.run(session.machine.icount + 12_345);
  session.finish('interrupted', 'stopped by the user');
  expect(new Set(icounts).size).toBe(3);
  const { session: replay } = replayOf(path);
  expect(replay.run()).toEqual({ kind: 'end' });
  expect(replay.machine.icount).toBe(session.machine.icount);
  expect(replay.checker.checked).toBe(session.counter.events);
});

describe("the guest's own end, whose instruction is not retired", () => {
  it.each([
    // BR XZR: vectors in no memory.
    ['stuck', [0xd61f_03e0]],
    // WFI without an interrupt to come.
    ['stuck', [0xd503_207f]],
    // B to itself.
    ['stuck', [0x1400_0000]],
    // LDR W1, [X0, #0x18] of the PL011, again and again.
    ['halt', [0xd2a1_2000, 0xb940_1801, 0x17ff_ffff]],
    // SYSTEM_RESET by HVC.
    ['reset', [0xd280_0120, 0xf2b0_8000, 0xd400_0002]],
  ] as const)('%s', (outcome, code) => {
    const path = join(testFolder(), 'end.tape');
    const bytes = new Uint8Array(Uint32Array.from(code).buffer);
    const images = new MachineImages([{ role: 'kernel', name: 'code', bytes }]);
    const { stop, end } = recordDemo({ path, images, config: { loadAddress: 0x4008_0000 } });
    expect(stop.outcome).toBe(outcome);
    const { session } = replayOf(path);
    expect(session.run()).toEqual({ kind: 'end' });
    expect(session.machine.icount).toBe(end.at);
    expect(session.run()).toEqual({ kind: 'end' });
  });
});
