// A fork is a recording like any other: its own tape replays, and up to the fork it is its parent's.
import { describe, expect, it } from 'vitest';
import type { Edit } from '../../src/machine/edits.ts';
import { ForkSession } from '../../src/replay/fork.ts';
import { ReplaySession } from '../../src/replay/replay.ts';
import { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import { edit, lineOf } from '../../src/trace/events/index.ts';
import { testFolder } from '../support/demo.fixture.ts';

const END = 1e9;
const tapes = ['demo-arm64', 'demo-armv7', 'demo-armv7-cortex-a57'] as const;
const open = (name: string): TapeReader => TapeReader.open(`traces/golden/v3/${name}.tape`);
const AT = 21_000_000;
const RAM = 0x4000_0000;

function fork(name: string, edits: readonly Edit[], at = AT) {
  const path = `${testFolder()}/fork.tape`;
  const told: number[] = [];
  const session = new ForkSession(open(name), {
    path,
    force: false,
    checkpoints: null,
    consoleOut: (byte) => void told.push(byte),
  });
  while (session.machine.icount < at) session.follow(at);
  session.goLive(edits);
  const stop = session.machine.run(END);
  const end = session.finish(stop.kind === 'ended' ? stop.outcome : 'limit', 'ended');
  return { reader: TapeReader.open(path), end, console: Buffer.from(told).toString() };
}
const linesOf = (reader: TapeReader): string[] => [...reader.events()].map(lineOf);
function replayed(reader: TapeReader): void {
  const replay = new ReplaySession(reader, { consoleOut: () => {} });
  expect(replay.run()).toEqual({ kind: 'end' });
}

describe.each(tapes)('%s', (name) => {
  const general = name === 'demo-arm64' ? 'x27' : 'r11';
  const changes: { readonly [what: string]: Edit } = {
    'a general register': { kind: 'register', name: general, value: 0x1234n },
    'the program counter': { kind: 'register', name: 'pc', value: 0x4000_0000n },
    'a system register': { kind: 'register', name: 'TPIDR_EL0', value: 7n },
    memory: { kind: 'memory', ipa: RAM + 0x1f0_0000, bytes: Uint8Array.of(1, 2, 3) },
    'an interrupt': { kind: 'interrupt', intid: 33 },
    'the next read of a device': { kind: 'device-read', value: 0xffff_ff90n },
  };
  it.each(Object.entries(changes))('a fork with another %s replays, and is its parent up to there', (_what, change) => {
    const { reader } = fork(name, [change]);
    const lines = linesOf(reader);
    const at = [...reader.events()].findIndex(({ kind }) => kind === edit.name);
    expect(at).toBeGreaterThan(1000);
    expect(lines.slice(0, at)).toEqual(linesOf(open(name)).slice(0, at));
    replayed(reader);
  });

  it('a fork without a change is its parent, but for what was typed behind it', () => {
    const parent = open(name);
    const typed = [...parent.events()].findIndex(({ kind, at }) => kind === 'console-in' && at > AT);
    const { reader } = fork(name, []);
    expect(typed).toBeGreaterThan(1000);
    expect(linesOf(reader).slice(0, typed)).toEqual(linesOf(parent).slice(0, typed));
    replayed(reader);
  });

  it('what a change comes to shows, and is the same each time', () => {
    const change: Edit = { kind: 'device-read', value: 0xabn };
    const [one, two] = [fork(name, [change]), fork(name, [change])];
    expect(linesOf(one.reader)).toEqual(linesOf(two.reader));
    const events = [...one.reader.events()];
    const at = events.findIndex(({ kind }) => kind === edit.name);
    const read = events.slice(at).find((e) => e.kind === 'mmio-read');
    expect(read).toMatchObject({ value: 0xabn });
  });

  it('a change that cannot be made leaves no tape', () => {
    for (const [wrong, why] of [
      [{ kind: 'register', name: 'x31', value: 0n }, 'not one that can be set'],
      [{ kind: 'register', name: 'HCR_EL2', value: 0n }, 'not one that can be set'],
      [{ kind: 'register', name: 'pc', value: 0x4000_0001n }, 'not where an instruction can be'],
      [{ kind: 'register', name: 'sp', value: 1n << 64n }, 'more bits'],
      [{ kind: 'memory', ipa: 0x0900_0000, bytes: Uint8Array.of(1) }, 'no RAM'],
      [{ kind: 'memory', ipa: RAM, bytes: new Uint8Array(5000) }, 'give 1 to 4096 bytes'],
      [{ kind: 'interrupt', intid: 3 }, 'give a PPI or an SPI'],
      [{ kind: 'interrupt', intid: 5000 }, 'give a PPI or an SPI'],
    ] as const)
      expect(
        () => fork(name, [wrong]),
        JSON.stringify(wrong, (_, v) => String(v)),
      ).toThrow(why);
  });
});

it('a register of 32 bits takes no more', () => {
  expect(() => fork('demo-armv7', [{ kind: 'register', name: 'r3', value: 1n << 32n }])).toThrow('more bits');
});
