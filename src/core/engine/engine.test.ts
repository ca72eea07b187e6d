import { describe, expect, it } from 'vitest';
import { limits } from '../../base/limits.ts';
import { CODE, machine, VECTORS } from '../architecture.fixture.ts';
import * as cells from '../state/cells.ts';
import type { RunStop } from './engine.ts';

const SVC_MODE = 0x13;
const ABORT_MODE = 0x17;
const IRQ_MODE = 0x12;
/** Counts R0 down from 50 by way of a function; then a loop. */
const code = [
  0xe3a0_0032, // mov r0, #50
  0xe1a0_0000, // 1: nop
  0xeb00_0002, // bl 2f
  0xe350_0000, // cmp r0, #0
  0x1aff_fffb, // bne 1b
  0xeaff_fffe, // b .
  0xe1a0_0000, // 2: nop
  0xe240_0001, // sub r0, r0, #1: not where a block begins
  0xe12f_ff1e, // bx lr
];
const SUBTRACT = CODE + 28;
const FUNCTION = CODE + 24;

describe.each([0, 4])('IT within IT block within IT block, with %i evaluations', (evaluations) => {
  // UNPREDICTABLE, and taken as each beginning the IT block anew: a block that went on to the last would be longer than a run.
  const IT_AL = 0xbfef;
  it.each([1, 67, 68, 69, 200, 299])('runs %i instructions of 300', (count) => {
    const m = machine({ mode: SVC_MODE, thumb: true, code: new Array<number>(300).fill(IT_AL) });
    m.engine.bounds.evaluations = evaluations;
    for (const upTo of [count, 300]) {
      expect(m.engine.run(upTo)).toBe('count' satisfies RunStop);
      expect([m.cpu.icount, m.pc]).toEqual([upTo, CODE + 2 * upTo]);
    }
  });
});
const placesAt = (...addresses: number[]) => addresses.map((pa) => ({ pa }));

describe.each([0, 4])('stops before an instruction, with %i evaluations of a block', (evaluations) => {
  const at = (...addresses: number[]) => {
    const m = machine({ mode: SVC_MODE, code });
    m.engine.bounds.evaluations = evaluations;
    m.engine.stopBefore(placesAt(...addresses));
    return m;
  };

  it.each([
    ['the first of a function', FUNCTION, 3],
    ['one in the midst of a block', SUBTRACT, 4],
  ])('%s: each time, at its count', (_, address, first) => {
    const m = at(address);
    for (let n = 0; n < 50; n++) {
      expect(m.run(10_000)).toBe('place' satisfies RunStop);
      expect([m.pc, m.cpu.icount, m.r(0)]).toEqual([address, first + 7 * n, 50 - n]);
    }
    expect(m.run(1000)).toBe('count');
    expect(m.r(0)).toBe(0);
  });

  it('the first instruction of a run, and a count that ends where a stop is', () => {
    const m = at(CODE, SUBTRACT);
    expect([m.run(4), m.pc, m.cpu.icount]).toEqual(['place', CODE, 0]);
    expect([m.run(4), m.pc, m.cpu.icount]).toEqual(['count', SUBTRACT, 4]);
    expect([m.run(4), m.pc, m.cpu.icount]).toEqual(['place', SUBTRACT, 4]);
    expect([m.run(3), m.cpu.icount]).toEqual(['count', 7]);
  });

  it('code that is translated already; and none again', () => {
    const m = at();
    expect(m.run(200)).toBe('count');
    m.engine.stopBefore(placesAt(SUBTRACT));
    expect([m.run(100), m.pc]).toEqual(['place', SUBTRACT]);
    m.engine.stopBefore([]);
    expect(m.run(1000)).toBe('count');
    expect(m.r(0)).toBe(0);
  });
});

it('T32 code likewise, whose PC has bit 0 clear', () => {
  // movs r0, #3; 1: subs r0, #1; bne 1b; b .
  const m = machine({ mode: SVC_MODE, thumb: true, code: [0x2003, 0x3801, 0xd1fd, 0xe7fe] });
  m.engine.stopBefore(placesAt(CODE + 4));
  for (const left of [2, 1, 0]) {
    expect(m.run(100)).toBe('place');
    expect([m.r(0), m.pc & ~1]).toEqual([left, CODE + 4]);
  }
  expect(m.run(100)).toBe('count');
});

describe.each([0, 1, 4, Number.POSITIVE_INFINITY])(
  'a fetch that faults, with %d evaluations of a block',
  (evaluations) => {
    // ldr r0, [pc, #0]; bx r0, to where there is no memory; the vector is a loop.
    const nowhere = [0xe59f_0000, 0xe12f_ff10, 0x00f0_0000];
    const faulting = (registers: Readonly<Record<string, number>> = {}) => {
      const m = machine({ mode: SVC_MODE, code: nowhere, registers });
      m.engine.bounds.evaluations = evaluations;
      return m;
    };

    it('is not taken before the instruction is due', () => {
      const m = faulting();
      expect([m.run(2), m.pc, m.mode]).toEqual(['count', 0x00f0_0000, SVC_MODE]);
      expect([m.run(1), m.pc, m.mode]).toEqual(['count', VECTORS + 0xc, ABORT_MODE]);
    });

    it('comes behind an interrupt of that moment', () => {
      const m = faulting({ CNTV_CVAL: 2, CNTV_CTL: 1 });
      m.cpu.system.physical.setEnabled(27, true);
      m.cpu.set32(cells.DAIF, 0);
      m.cpu.system.stateReplaced();
      expect([m.run(3), m.pc, m.mode]).toEqual(['count', VECTORS + 0x18, IRQ_MODE]);
    });
  },
);

it.each([0, 1, 4, Number.POSITIVE_INFINITY])(
  'a fetch in a context that forbids it faults, with %d evaluations of a block',
  (n) => {
    const TABLE = 0xc000;
    const FIRST_MIB_DOMAIN_3 = 0x0000_0c62;
    const toggling = [
      0xe3a0_00c0, // mov r0, #0xc0: a manager of domain 3
      0xee03_0f10, // 1: mcr p15, 0, r0, c3, c0, 0: DACR
      0xe1a0_0000, // nop
      0xe251_1001, // subs r1, r1, #1
      0x1aff_fffb, // bne 1b
      0xe3a0_0000, // mov r0, #0
      0xeaff_fff9, // b 1b
    ];
    const registers = { TTBR0: TABLE, DACR: 0xc0, SCTLR: 0x00c5_0079 };
    const m = machine({ mode: SVC_MODE, code: toggling, registers });
    m.setWord(TABLE, FIRST_MIB_DOMAIN_3);
    m.setR(1, 3);
    m.engine.bounds.evaluations = n;
    expect([m.run(1000), m.cpu.icount, m.pc, m.mode]).toEqual(['livelock', 16, VECTORS + 0xc, ABORT_MODE]);
  },
);

describe('exception upon exception', () => {
  // Nothing can be fetched from where the vectors are: the second abort comes from the first one's vector.
  const NOWHERE = 0x7000_0000;

  it.each([0, 1, 4, Number.POSITIVE_INFINITY])(
    'is a livelock after the same number of them however a run is cut, with %d evaluations of a block',
    (n) => {
      const m = machine({ mode: SVC_MODE, code: [0xe1a0_0000, 0xef00_0000], registers: { VBAR: NOWHERE } });
      m.engine.bounds.evaluations = n;
      expect([m.run(2), m.run(1000), m.cpu.icount]).toEqual(['count', 'livelock', 2]);
      expect([m.cpu.stall, m.pc]).toEqual([
        { at: 2, exceptions: limits.exceptionsWithoutProgressMax + 1 },
        NOWHERE + 0xc,
      ]);
      // It stays one; what retires an instruction ends it.
      expect(m.run(1000)).toBe('livelock');
      m.cpu.icount++;
      m.cpu.pc = BigInt(CODE);
      expect(m.run(1)).toBe('count');
    },
  );
});

describe('a change of stops', () => {
  const [OTHER_CODE, OTHER] = [CODE + 4096, 4096];
  /** Counts down from 50 by way of a function in the next page. */
  const translated = () => {
    const m = machine({ mode: SVC_MODE, code: [...code.slice(0, 2), 0xeb00_03fc + 2, ...code.slice(3)] });
    m.engine.bounds.evaluations = 0;
    m.cpu.u32.set(code.slice(6), (cells.HOST_MEMORY + OTHER_CODE + 8) >>> 2);
    expect(m.run(200)).toBe('count');
    return m;
  };

  it('drops what goes over a new one, and nothing else', () => {
    const m = translated();
    const { modules } = m.engine.translated;
    expect(modules).toBeGreaterThan(1);
    m.engine.stopBefore(placesAt(OTHER_CODE + 12));
    expect(m.engine.droppedForStops).toBe(1);
    expect([m.run(100), m.pc]).toEqual(['place', OTHER_CODE + 12]);
    expect([m.run(100), m.pc]).toEqual(['place', OTHER_CODE + 12]);
    // The function in two pieces; the loop stands.
    expect(m.engine.translated.modules - modules).toBe(2);
  });

  it('drops nothing where nothing is translated, or where the same ones stand', () => {
    const m = translated();
    m.engine.stopBefore(placesAt(OTHER_CODE + 12));
    m.run(100);
    const dropped = m.engine.droppedForStops;
    m.engine.stopBefore(placesAt(OTHER_CODE + 12, OTHER + OTHER_CODE + 16));
    m.engine.stopBefore(placesAt(OTHER_CODE + 12));
    expect(m.engine.droppedForStops).toBe(dropped);
  });

  it('drops what ended for one that is no more', () => {
    const m = translated();
    m.engine.stopBefore(placesAt(OTHER_CODE + 12));
    for (let n = 0; n < 3; n++) m.run(100);
    const { modules } = m.engine.translated;
    m.engine.stopBefore([]);
    expect(m.engine.droppedForStops).toBe(2);
    expect(m.run(1000)).toBe('count');
    expect(m.r(0)).toBe(0);
    // Whole again, and in one piece; what else was met for the first time is the end of the loop.
    expect(m.engine.translated.modules - modules).toBeLessThanOrEqual(2);
  });
});

describe('a write from outside into a page with code', () => {
  it.each([0, 4])('drops its translations, with %i evaluations of a block', (evaluations) => {
    // 1: add r0, r0, #1; b 1b
    const m = machine({ mode: SVC_MODE, code: [0xe280_0001, 0xeaff_fffd] });
    m.engine.bounds.evaluations = evaluations;
    m.run(100);
    expect(m.r(0)).toBe(50);
    // add r1, r1, #1
    m.cpu.set32(cells.HOST_MEMORY + CODE, 0xe281_1001);
    m.engine.wrote(CODE, 4);
    m.run(100);
    expect([m.r(0), m.r(1)]).toEqual([50, 50]);
  });

  it('is noted where writes are, as the stores of the guest are', () => {
    // str r0, [r1]; b .
    const m = machine({ mode: SVC_MODE, code: [0xe581_0000, 0xeaff_fffe] });
    m.engine.traits.track();
    m.setR(1, 0x5000);
    m.engine.wrote(0x6ffc, 8);
    m.run(10);
    expect([...m.engine.takeWritten()].sort()).toEqual([5, 6, 7]);
    expect(m.engine.takeWritten()).toEqual([]);
  });
});

it('code that is written over and over is lifted once each time', () => {
  // 1: str r2, [r1]; bl f; bl f; b 1b; f, in a line of its own: add r0, r0, #1; bx lr
  const f = 0x80;
  const call = (from: number): number => 0xeb00_0000 | ((f - from - 8) >> 2);
  const code = [0xe581_2000, call(4), call(8), 0xeaff_fffb];
  code[f / 4] = 0xe280_0001;
  code[f / 4 + 1] = 0xe12f_ff1e;
  const m = machine({ mode: SVC_MODE, code: [...code].map((word) => word ?? 0) });
  m.setR(1, CODE + f);
  m.setR(2, 0xe280_0001);
  const [rounds, instructionsARound] = [100, 8];
  m.run(rounds * instructionsARound);
  const { lifts } = m.engine.translated;
  m.run(rounds * instructionsARound);
  expect([m.r(0), m.engine.translated.lifts - lifts]).toEqual([4 * rounds, rounds]);
});
