// The last write of bytes or of a register is what a look at each instruction finds.
import { expect, it } from 'vitest';
import { GuestView } from '../../src/inspect/guest-view.ts';
import { Timeline } from '../../src/timeline/timeline.ts';
import {
  lastMemoryWrite,
  lastRegisterWrite,
  memoryWrites,
  registerWrites,
  type WatchedRegister,
  type Write,
} from '../../src/timeline/who-wrote.ts';
import { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import { watchedRegister } from '../../tools/session/watched-register.ts';

const tapes = ['demo-arm64', 'demo-armv7', 'demo-armv7-cortex-a57'] as const;
const open = (name: string): Timeline => new Timeline(TapeReader.open(`traces/golden/v3/${name}.tape`));
/** The guest prints. */
const BUSY_AT = { 'demo-arm64': 31_000, 'demo-armv7': 40_000, 'demo-armv7-cortex-a57': 40_000 } as const;
const inTheMidst = (t: Timeline): number => Math.floor(t.last / 3);

/** X5 or R5, and SP. */
const registersOf = ({ machine }: Timeline): WatchedRegister[] => {
  const view = new GuestView(machine);
  return [
    { read: () => view.general(5), isWritten: ({ written }) => (written.general & 32) !== 0 },
    { read: () => view.sp },
  ];
};
const dword = (t: Timeline, pa: number): bigint => {
  const view = t.machine.vm.memory.view(pa, 8) as Uint8Array;
  return new DataView(view.buffer, view.byteOffset, 8).getBigUint64(0, true);
};
/** The demo's stacks lie where they are mapped. */
const stackOf = (t: Timeline): number => Number(new GuestView(t.machine).sp) & -8;
const isChange = ({ before, after }: Write): boolean => before !== after;

it.each(tapes)('%s: what single steps see changing, in memory and in registers', (name) => {
  const t = open(name);
  const to = BUSY_AT[name];
  const from = to - 1500;
  t.seek(from);
  // What the guest stores to: near its stack.
  const places = Array.from({ length: 40 }, (_, n) => stackOf(t) - 160 + 8 * n);
  const registers = registersOf(t);
  const look = () => [...places.map((at) => dword(t, at)), ...registers.map((r) => r.read())];
  const changes = new Map<number, number[]>();
  let before = look();
  while (t.now.icount < to) {
    const { icount } = t.now;
    t.session.run(icount + 1);
    const now = look();
    now.forEach((value, i) => {
      if (value !== before[i]) changes.set(i, [...(changes.get(i) ?? []), icount]);
    });
    before = now;
  }
  t.seek(to);
  expect(changes.size).toBeGreaterThan(3);
  for (const [i, counts] of changes) {
    const writes: Write[] = [];
    const told = (write: Write): boolean => {
      if (isChange(write)) writes.push(write);
      return true;
    };
    const register = registers[i - places.length];
    if (register) registerWrites(t, register, from, told);
    else memoryWrites(t, [{ pa: places[i] as number, bytes: 8 }], from, told);
    const found = [...new Set(writes.map(({ icount }) => icount))];
    expect([i, found]).toEqual([i, counts]);
    expect(t.now.icount).toBe(to);
  }
});

it.each(tapes)('%s: the last write is the last of all, at every moment', (name) => {
  const t = open(name);
  t.seek(inTheMidst(t));
  const pa = stackOf(t) + 8;
  const [register] = registersOf(t) as [WatchedRegister];
  const inMemory: Write[] = [];
  const inRegister: Write[] = [];
  memoryWrites(t, [{ pa, bytes: 8 }], 0, (write) => inMemory.push(write) > 0);
  registerWrites(t, register, 0, (write) => inRegister.push(write) > 0);
  expect(Math.min(inMemory.length, inRegister.length)).toBeGreaterThan(2);
  const moments = [
    inTheMidst(t),
    ...[inMemory, inRegister].flatMap((all) =>
      [all.at(-1), all[0]].flatMap((write) => [write?.icount as number, (write?.icount as number) + 1]),
    ),
  ];
  for (const at of moments) {
    t.seek(at);
    // In idle time a moment is the next instruction.
    const { icount } = t.now;
    const before = (write: Write): boolean => write.icount < icount;
    expect([at, lastMemoryWrite(t, [{ pa, bytes: 8 }])]).toEqual([at, inMemory.findLast(before)]);
    expect([at, lastRegisterWrite(t, register)]).toEqual([at, inRegister.findLast(before)]);
    expect(t.now.icount).toBe(icount);
  }
});

const stored = {
  'demo-arm64': ['SPSR_EL1', 'ESR_EL1', 'FAR_EL1', 'SCTLR_EL1', 'd7', 'FPSR'],
  'demo-armv7': ['DFSR', 'DFAR', 'TTBR0', 'd0', 'q1'],
  'demo-armv7-cortex-a57': ['SPSR_EL1', 'FAR_EL1', 'd0'],
} as const;

it.each(tapes)('%s: those that may write a register are all that need be looked at', (name) => {
  const t = open(name);
  // Faults of all kinds.
  const [from, to] = [24_283_000, 24_304_500];
  t.seek(to);
  const view = new GuestView(t.machine);
  let written = 0;
  const general = name === 'demo-arm64' ? ['x0', 'x5', 'x19', 'w28'] : ['r0', 'r3', 'r7'];
  for (const one of [...stored[name], ...general]) {
    const register = watchedRegister(view, one) as WatchedRegister;
    expect([one, register?.read()]).toEqual([one, view.register(one)]);
    expect([one, register.writers]).not.toEqual([one, 'instructions']);
    const { writers, ...everywhere } = register;
    const of = (watched: WatchedRegister): Write[] => {
      const writes: Write[] = [];
      registerWrites(t, watched, from, (write) => writes.push(write) > 0);
      return writes;
    };
    const writes = of(register);
    expect([one, writes]).toEqual([one, of(everywhere)]);
    if (writes.length > 0) expect([one, lastRegisterWrite(t, register)]).toEqual([one, writes.at(-1)]);
    written += Math.min(writes.length, 3);
  }
  expect(written).toBeGreaterThan(2);
});
