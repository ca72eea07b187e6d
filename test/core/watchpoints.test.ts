// Watchpoints of who runs the guest: each access to what is watched is told as it was made, and the guest sees none of it.
import { describe, expect, it } from 'vitest';
import { machine } from '../../src/core/architecture.fixture.ts';
import type { WatchHit, WatchRange } from '../../src/core/engine/watchpoints.ts';
import * as cells from '../../src/core/state/cells.ts';
import { CODE, DATA, machine64, READ_ONLY, type Setting, UNMAPPED, VECTORS } from './machine64.fixture.ts';

const LOOP = 0x1400_0000;
const NOP = 0xd503_201f;
const STR_X1_X0 = 0xf900_0001;
const STRB_W1_X0 = 0x3900_0001;
const STRH_W1_X0 = 0x7900_0001;
const STR_W1_X0 = 0xb900_0001;
const LDR_X1_X0 = 0xf940_0001;
const LDRB_W3_X0 = 0x3940_0003;
const LDP_X1_X2_X0 = 0xa940_0801;
const STP_X1_X2_X0 = 0xa900_0801;
const STP_W1_W2_X0 = 0x2900_0801;
const STP_Q0_Q1_X0 = 0xad00_0400;
const STR_Q0_X0 = 0x3d80_0000;
const ST1_4_16B_X0 = 0x4c00_2000;
const LDXR_X3_X0 = 0xc85f_7c03;
const STXR_W2_X1_X0 = 0xc802_7c01;
const DC_ZVA_X0 = 0xd50b_7420;
const SUBS_X4_X4_1 = 0xf100_0484;
const B_NE_BACK_3 = 0x54ff_ffa1;
type Kind = WatchRange['kind'];

/** What is told, without what a test does not look at. */
const seen = ({ icount, pc, pa, bytes, write, before, after, by }: WatchHit) => [
  icount,
  Number(pc) - CODE,
  `${write ? 'write' : 'read'} ${bytes} at +${pa - DATA}`,
  before,
  after,
  by,
];

describe.each([0, 1, Number.POSITIVE_INFINITY])('with %d evaluations of a block', (evaluations) => {
  const watching = (setting: Setting, ranges: readonly WatchRange[], stops = false) => {
    const m = machine64(setting);
    m.engine.bounds.evaluations = evaluations;
    m.cpu.u8.fill(0x55, cells.HOST_MEMORY + DATA, cells.HOST_MEMORY + DATA + 4096);
    const hits: WatchHit[] = [];
    m.engine.watch(ranges, (hit) => {
      hits.push(hit);
      return stops;
    });
    return { ...m, hits };
  };
  const data = (from: number, bytes: number, kind: Kind = 'write'): WatchRange => ({ pa: DATA + from, bytes, kind });
  const run = (code: readonly number[], ranges: readonly WatchRange[], x: Setting['x'] = {}) => {
    const m = watching(
      { code: [NOP, ...code, LOOP], x: { 0: DATA, 1: 0x1122_3344_5566_7788n, 2: 0x99n, ...x } },
      ranges,
    );
    m.run(40);
    return m.hits.map(seen);
  };
  const OLD = 0x5555_5555_5555_5555n;

  it.each([
    ['STRB', STRB_W1_X0, 'write 1 at +0', 0x55n, 0x88n],
    ['STRH', STRH_W1_X0, 'write 2 at +0', 0x5555n, 0x7788n],
    ['STR W', STR_W1_X0, 'write 4 at +0', 0x5555_5555n, 0x5566_7788n],
    ['STR X', STR_X1_X0, 'write 8 at +0', OLD, 0x1122_3344_5566_7788n],
    ['STR Q', STR_Q0_X0, 'write 16 at +0', (OLD << 64n) | OLD, 0n],
    ['DC ZVA', DC_ZVA_X0, 'write 64 at +0', BigInt(`0x${'55'.repeat(64)}`), 0n],
  ])('%s is told with the values before and after', (_, instruction, what, before, after) => {
    expect(run([instruction], [data(0, 1)])).toEqual([[1, 4, what, before, after, 'cpu']]);
  });

  it('of a pair or a structure, the parts that are watched', () => {
    expect(run([STP_X1_X2_X0], [data(8, 8)])).toEqual([[1, 4, 'write 8 at +8', OLD, 0x99n, 'cpu']]);
    expect(run([STP_W1_W2_X0], [data(3, 2)])).toEqual([
      [1, 4, 'write 4 at +0', 0x5555_5555n, 0x5566_7788n, 'cpu'],
      [1, 4, 'write 4 at +4', 0x5555_5555n, 0x99n, 'cpu'],
    ]);
    expect(run([STP_Q0_Q1_X0], [data(16, 1)])).toEqual([[1, 4, 'write 16 at +16', (OLD << 64n) | OLD, 0n, 'cpu']]);
    expect(run([ST1_4_16B_X0], [data(32, 32)]).map(([, , what]) => what)).toEqual([
      'write 16 at +32',
      'write 16 at +48',
    ]);
    expect(run([LDP_X1_X2_X0], [data(0, 16, 'read')]).map(([, , what]) => what)).toEqual([
      'read 8 at +0',
      'read 8 at +8',
    ]);
  });

  it('exclusives: the load, and the store that succeeds alone', () => {
    const code = [STXR_W2_X1_X0, LDXR_X3_X0, STXR_W2_X1_X0];
    expect(run(code, [data(0, 8, 'access')])).toEqual([
      [2, 8, 'read 8 at +0', OLD, OLD, 'cpu'],
      [3, 12, 'write 8 at +0', OLD, 0x1122_3344_5566_7788n, 'cpu'],
    ]);
  });

  it('by kind, and nothing beside the range', () => {
    const code = [STR_X1_X0, LDR_X1_X0, STRB_W1_X0, LDRB_W3_X0];
    const whats = (from: number, kind: WatchRange['kind']) =>
      run(code, [data(from, 1, kind)]).map(([, , what]) => what);
    expect(whats(0, 'read')).toEqual(['read 8 at +0', 'read 1 at +0']);
    expect(whats(7, 'write')).toEqual(['write 8 at +0']);
    expect(whats(7, 'access')).toEqual(['write 8 at +0', 'read 8 at +0']);
    expect(whats(8, 'access')).toEqual([]);
  });

  it('an access across pages in its parts, by where they lie', () => {
    const across = { 0: DATA + 4096 - 4 };
    expect(run([STR_X1_X0], [data(4096, 1)], across)).toEqual([[1, 4, 'write 4 at +4096', 0n, 0x1122_3344n, 'cpu']]);
    expect(run([STR_X1_X0], [data(4095, 2)], across).map(([, , what]) => what)).toEqual([
      'write 4 at +4092',
      'write 4 at +4096',
    ]);
  });

  it('by physical address, whatever the virtual one', () => {
    expect(run([LDR_X1_X0], [data(8, 8, 'read')], { 0: READ_ONLY + 8 })).toEqual([
      [1, 4, 'read 8 at +8', OLD, OLD, 'cpu'],
    ]);
  });

  it('an access that faults is none', () => {
    expect(run([STR_X1_X0], [data(0, 4096, 'access')], { 0: UNMAPPED })).toEqual([]);
    expect(run([STR_X1_X0], [data(0, 4096, 'access')], { 0: READ_ONLY })).toEqual([]);
  });

  // 1: str x1, [x0]; nop; subs x4, x4, #1; b.ne 1b
  const counting = [STR_X1_X0, NOP, SUBS_X4_X4_1, B_NE_BACK_3, LOOP];

  it('a stop is behind the instruction, each time', () => {
    const m = watching({ code: counting, x: { 0: DATA, 1: 7, 4: 10 } }, [data(0, 8)], true);
    for (let n = 0; n < 10; n++) {
      expect(m.run(100)).toBe('count');
      expect([m.cpu.icount, m.cpu.pc, m.hits.length]).toEqual([4 * n + 1, BigInt(CODE + 4), n + 1]);
    }
    expect([m.run(100), m.cpu.icount]).toEqual(['count', 137]);
  });

  it('code that has long run at full speed, and again when nothing is watched', () => {
    const m = watching({ code: counting, x: { 0: DATA, 1: 7, 4: 50 } }, []);
    m.run(80);
    const seenAt: number[] = [];
    m.engine.watch([data(4, 1)], ({ icount }) => {
      seenAt.push(icount);
      return false;
    });
    m.run(40);
    expect(seenAt).toEqual([80, 84, 88, 92, 96, 100, 104, 108, 112, 116]);
    m.engine.watch([], () => true);
    m.run(400);
    expect([seenAt.length, m.cpu.x(4)]).toEqual([10, 0n]);
  });

  it('a store into the page of code: told, and what it changes is executed', () => {
    // movz x3, #1 is written over by movz x3, #2, from the upper alias of the page, which may be written.
    const m = watching({ code: [STR_W1_X0, 0xd280_0023, LOOP], x: { 0: CODE + 4, 1: 0xd280_0043 }, mmuOff: true }, [
      { pa: CODE + 4, bytes: 4, kind: 'access' },
    ]);
    m.run(10);
    expect(m.hits.map(seen).map(([at, , , before, after]) => [at, before, after])).toEqual([
      [0, 0xd280_0023n, 0xd280_0043n],
    ]);
    expect(m.cpu.x(3)).toBe(2n);
  });

  it('what stores of T32 and of many registers make', () => {
    // stmia r0!, {r1-r12} in two parts
    const m = machine({ mode: 0x13, code: [0xe8a0_1ffe, 0xeaff_fffe] });
    m.engine.bounds.evaluations = evaluations;
    for (let n = 1; n < 13; n++) m.setR(n, n);
    m.setR(0, 0xa000);
    const told: [number, bigint][] = [];
    m.engine.watch([{ pa: 0xa000, bytes: 48, kind: 'write' }], ({ pa, after }) => {
      told.push([pa - 0xa000, after]);
      return false;
    });
    m.run(4);
    expect(told).toEqual(Array.from({ length: 12 }, (_, n) => [4 * n, BigInt(n + 1)]));
  });

  it('guards the vectors too', () => {
    const m = watching({ code: [LDR_X1_X0, LOOP], x: { 0: UNMAPPED } }, [
      { pa: VECTORS, bytes: 0x800, kind: 'access' },
    ]);
    m.run(5);
    expect(m.hits).toEqual([]);
  });
});

describe('a write from outside', () => {
  it('is told with who made it, where it touches what is watched', () => {
    const m = machine64({ code: [LOOP] });
    const told: unknown[] = [];
    m.engine.watch([{ pa: DATA + 8, bytes: 2, kind: 'access' }], (hit) => {
      told.push(seen(hit));
      return false;
    });
    const put = (pa: number, bytes: readonly number[], by?: 'loader' | 'dma' | 'edit') =>
      m.engine.change(pa, bytes.length, by, () => m.cpu.u8.set(bytes, cells.HOST_MEMORY + pa));
    put(DATA + 8, [1]);
    put(DATA, [1, 2, 3, 4, 5, 6, 7, 8], 'dma');
    put(DATA + 6, [9, 9, 0xab], 'dma');
    put(DATA + 9, [0xcd], 'edit');
    expect(told).toEqual([
      [0, 0, 'write 3 at +6', 0x01_0807n, 0xab_0909n, 'dma'],
      [0, 0, 'write 1 at +9', 0n, 0xcdn, 'edit'],
    ]);
  });
});

it('setting and removing leaves the rest of the inline TLBs and all code as they are', () => {
  const m = machine64({ code: [STR_X1_X0, LDR_X1_X0, LOOP], x: { 0: DATA } });
  m.engine.bounds.evaluations = 0;
  m.run(10);
  const filled = (table: number) => {
    let count = 0;
    for (let at = table; at < table + 16 * cells.TLB_ENTRIES; at += 16) if (m.cpu.get32(at) !== 0) count++;
    return count;
  };
  const before = [filled(cells.TLB_READ), filled(cells.TLB_WRITE), m.engine.translated.modules];
  m.engine.watch([{ pa: 0x1000, bytes: 8, kind: 'access' }], () => false);
  expect([filled(cells.TLB_READ), filled(cells.TLB_WRITE), m.engine.translated.modules]).toEqual(before);
  m.engine.watch([{ pa: DATA, bytes: 8, kind: 'read' }], () => false);
  expect([filled(cells.TLB_READ), filled(cells.TLB_WRITE)]).toEqual([(before[0] as number) - 1, before[1]]);
  m.engine.watch([{ pa: DATA, bytes: 8, kind: 'access' }], () => false);
  expect([filled(cells.TLB_READ), filled(cells.TLB_WRITE)]).toEqual([
    (before[0] as number) - 1,
    (before[1] as number) - 1,
  ]);
});
