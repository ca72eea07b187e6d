import { describe, expect, it } from 'vitest';
import type { Builder } from '../ir/builder.ts';
import { AccessFlags, flagsOfAccess, MemorySize, offsetOfAccess, RuntimeCall, sizeOfAccess } from '../ir/ops.ts';
import type { I32, I64 } from '../ir/types.ts';
import * as cells from '../state/cells.ts';
import { ExitReason } from '../state/codes.ts';
import { blockAt, EmittedCode } from './emission.fixture.ts';
import { ABANDONED } from './runtime-functions.ts';

const VA = 0x40_1000;
const PA = 0x2000;
const host = cells.HOST_MEMORY + PA;

describe('loads and stores', () => {
  it('that the inline TLB maps are made without a call', () => {
    const code = new EmittedCode();
    code.map(cells.TLB_READ, VA, PA);
    code.map(cells.TLB_WRITE, VA, PA);
    code.install([
      blockAt(0, (ir) => {
        const at = ir.x(0);
        const v = ir.load64(at);
        ir.store32(ir.add(at, ir.i64(0x20)), ir.wrap(v));
        ir.store8(ir.add(at, ir.i64(0x28)), ir.load16(ir.add(at, ir.i64(2))));
        ir.setX(1, v);
        ir.exitAfter(ExitReason.reconsider);
      }),
    ]);
    code.cpu.set64(host + 8, 0x1122_3344_5566_7788n);
    code.cpu.setX(0, BigInt(VA + 8));
    expect(code.run(1)).toMatchObject({ left: 0, reason: ExitReason.reconsider });
    expect(code.x(1)).toBe(0x1122_3344_5566_7788n);
    expect([code.cpu.get32(host + 0x28), code.cpu.get64(host + 0x30)]).toEqual([0x5566_7788, 0x66n]);
    expect(code.calls).toEqual([]);
  });

  it('give pairs and words in order', () => {
    const code = new EmittedCode();
    code.map(cells.TLB_READ, VA, PA);
    code.map(cells.TLB_WRITE, VA, PA);
    code.install([
      blockAt(0, (ir) => {
        const at = ir.x(0);
        const [first, second] = ir.loadPair64(at);
        const [a, b, c] = ir.loadWords(at, 3) as [never, never, never];
        ir.storePair64(ir.add(at, ir.i64(0x40)), second, first);
        ir.storeWords(ir.add(at, ir.i64(0x60)), [c, b, a]);
        ir.exitAfter(ExitReason.reconsider);
      }),
    ]);
    code.cpu.set64(host, 0x0000_0002_0000_0001n);
    code.cpu.set64(host + 8, 0x0000_0004_0000_0003n);
    code.cpu.setX(0, BigInt(VA));
    code.run(1);
    expect([code.cpu.get64(host + 0x40), code.cpu.get64(host + 0x48)]).toEqual([
      0x0000_0004_0000_0003n,
      0x0000_0002_0000_0001n,
    ]);
    expect([0x60, 0x64, 0x68].map((at) => code.cpu.get32(host + at))).toEqual([3, 2, 1]);
  });

  it('call the run time with size, flags, place and count, and take its result', () => {
    const code = new EmittedCode();
    code.install([
      blockAt(0x100, (ir, next) => {
        ir.setX(2, ir.i64(3));
        next();
        ir.setW(1, ir.load16(ir.x(0), AccessFlags.aligned));
        next();
        ir.store64(ir.x(0), ir.x(2), AccessFlags.unprivileged);
        next();
        ir.exitAfter(ExitReason.reconsider);
      }),
    ]);
    const seen: bigint[] = [];
    code.onCall = ({ name }) => {
      seen.push(code.cpu.get64(cells.ARG_ADDRESS));
      if (name === 'load') code.cpu.set32(cells.RESULT, 0xbeef);
      else seen.push(code.cpu.get64(cells.ARG_VALUE));
      return 0;
    };
    code.cpu.setX(0, 0xffff_0000_1234_5678n);
    expect(code.run(10)).toMatchObject({ left: 6 });
    expect(code.x(1)).toBe(0xbeefn);
    expect(seen).toEqual([0xffff_0000_1234_5678n, 0xffff_0000_1234_5678n, 3n]);
    const made = code.calls.map(({ name, info, remaining }) => [
      name,
      sizeOfAccess(info),
      flagsOfAccess(info),
      offsetOfAccess(info),
      remaining,
    ]);
    expect(made).toEqual([
      ['load', MemorySize.b2, AccessFlags.aligned, 0x104, 9],
      ['store', MemorySize.b8, AccessFlags.unprivileged, 0x108, 8],
    ]);
  });

  it('that fault leave the registers of the instruction alone, and the count before it', () => {
    const code = new EmittedCode();
    code.install([
      blockAt(0, (ir, next) => {
        ir.setX(1, ir.i64(1));
        next();
        // Nobody wants what is loaded: it is loaded none the less.
        ir.load64(ir.x(0));
        ir.setX(1, ir.i64(2));
        next();
        ir.exitAfter(ExitReason.reconsider);
      }),
    ]);
    code.onCall = () => 1;
    expect(code.run(10).left).toBe(ABANDONED);
    expect([code.x(1), code.calls.map(({ remaining }) => remaining)]).toEqual([1n, [9]]);
  });

  it.each([
    ['of another page', VA + 0x1000, 0],
    ['of another page with the same entry', VA + 0x100_0000, 0],
    ['that goes on behind the page', VA + 0xffd, 0],
    ['that is misaligned where it must not be', VA + 2, AccessFlags.aligned],
  ] as const)('leave the inline TLB for an access %s', (_, va, flags) => {
    const code = new EmittedCode();
    code.map(cells.TLB_READ, VA, PA);
    code.install([
      blockAt(0, (ir) => {
        ir.setW(1, ir.load32(ir.x(0), flags));
        ir.exitAfter(ExitReason.reconsider);
      }),
    ]);
    code.cpu.setX(0, BigInt(va));
    code.run(1);
    expect(code.calls.length).toBe(1);
    code.cpu.setX(0, BigInt(VA + 0xffc));
    code.run(1);
    expect(code.calls.length).toBe(1);
  });

  it('look the context up: of EL0 for unprivileged ones, anew behind a call that may change it', () => {
    const code = new EmittedCode();
    code.map(cells.TLB_READ, VA, PA, 2);
    code.install([
      blockAt(0, (ir) => {
        ir.load32(ir.x(0), AccessFlags.unprivileged);
        ir.load32(ir.x(0));
        ir.runtime(RuntimeCall.systemWrite, 5);
        ir.load32(ir.x(0));
        ir.exitAfter(ExitReason.reconsider);
      }),
    ]);
    code.cpu.setX(0, BigInt(VA));
    code.onCall = ({ name }) => {
      if (name === 'runtime') code.cpu.set32(cells.CONTEXT, 2);
      return 0;
    };
    code.run(1);
    expect(code.calls.map((c) => c.name)).toEqual(['load', 'runtime']);
  });

  it('zero the block of 64 bytes around an address, in memory or by the run time', () => {
    const code = new EmittedCode();
    code.map(cells.TLB_WRITE, VA, PA);
    code.install([
      blockAt(0, (ir) => {
        ir.zero64(ir.x(0));
        ir.exitAfter(ExitReason.reconsider);
      }),
    ]);
    code.cpu.u8.fill(0xaa, host, host + 0x1000);
    code.cpu.setX(0, BigInt(VA + 0xff9));
    code.run(1);
    const bytes = code.cpu.u8.subarray(host, host + 0x1000);
    expect([bytes[0xfbf], bytes.subarray(0xfc0).every((b) => b === 0)]).toEqual([0xaa, true]);
    code.cpu.setX(0, BigInt(VA + 0x1000));
    code.run(1);
    expect(code.calls.map(({ name, info }) => [name, sizeOfAccess(info)])).toEqual([['store', MemorySize.zero64]]);
  });
});

/** One instruction that does this and leaves. */
const once = (body: (ir: Builder, next: () => void) => void, options = {}) =>
  blockAt(
    0,
    (ir, next) => {
      body(ir, next);
      ir.exitAfter(ExitReason.reconsider);
    },
    options,
  );
const off = (ir: Builder, n: number, by: number): I64 => ir.add(ir.x(n), ir.i64(by));
/** The addresses that the run time is called for. */
function addressesOf(code: EmittedCode): bigint[] {
  const seen: bigint[] = [];
  code.onCall = () => {
    seen.push(code.cpu.get64(cells.ARG_ADDRESS));
    return 0;
  };
  return seen;
}

describe('a constant beside the base', () => {
  it.each([0x10, -0x10, 0xff8, -0xff8, 0x1_0000, -0x1_0000])('of %i finds the same bytes', (by) => {
    const code = new EmittedCode();
    code.map(cells.TLB_READ, VA, PA);
    code.map(cells.TLB_WRITE, VA, PA);
    code.install([
      once((ir) => {
        ir.setX(1, ir.load64(off(ir, 0, by)));
        ir.store16(ir.sub(ir.x(2), ir.i64(-by)), ir.i32(0x1234));
        ir.zero64(off(ir, 3, by));
      }),
    ]);
    code.cpu.set64(host + 8, 0x1122_3344_5566_7788n);
    code.cpu.u8.fill(0xff, host + 0x80, host + 0xc0);
    for (const [n, at] of [8, 0x20, 0x99].entries()) code.cpu.setX(n === 0 ? 0 : n + 1, BigInt(VA + at - by));
    code.run(1);
    expect(code.calls).toEqual([]);
    expect([code.x(1), code.cpu.get32(host + 0x20)]).toEqual([0x1122_3344_5566_7788n, 0x1234]);
    expect(code.cpu.u8.subarray(host + 0x80, host + 0xc0).every((b) => b === 0)).toBe(true);
  });

  it('wraps around at the end of 64 bits, and in AArch32 of 32', () => {
    const code = new EmittedCode();
    code.map(cells.TLB_READ, 0, PA);
    code.install([once((ir) => ir.setX(1, ir.load64(off(ir, 0, 0x20))))]);
    const narrow = (ir: Builder): I64 => ir.extendU(ir.add(ir.cell32(cells.X), ir.i32(0x20)));
    code.install([once((ir) => ir.setX(1, ir.load64(narrow(ir))), { aarch32: true })], 2);
    code.cpu.set64(host + 0x10, 77n);
    code.cpu.setX(0, 0xffff_ffff_ffff_fff0n);
    code.run(1);
    expect(code.x(1)).toBe(77n);
    code.cpu.setX(1, 0n);
    code.run(1, 0, 2);
    expect([code.x(1), code.calls.length]).toEqual([77n, 0]);
    // In 64 bits that is another page.
    code.cpu.setX(0, 0xffff_fff0n);
    const seen = addressesOf(code);
    code.run(1);
    expect(seen).toEqual([0x1_0000_0010n]);
  });

  it('is part of the address that the run time is told, and goes over the end of 32 bits there too', () => {
    const code = new EmittedCode();
    code.install([
      once((ir) => {
        ir.load8(off(ir, 0, -3));
        ir.store32(ir.extendU(ir.add(ir.cell32(cells.X), ir.i32(6))), ir.i32(9));
      }),
    ]);
    const seen = addressesOf(code);
    code.cpu.setX(0, 0x1_ffff_fffcn);
    code.run(1);
    expect(seen).toEqual([0x1_ffff_fff9n, 2n]);
  });
});

describe('alignment', () => {
  it.each([1, 0xfff])('is asked for whatever the context, as %i', (context) => {
    const code = new EmittedCode();
    code.cpu.set32(cells.CONTEXT, context);
    code.map(cells.TLB_READ, VA, PA, context);
    code.install([
      once((ir) => {
        ir.load64(ir.x(0), AccessFlags.aligned);
        ir.loadWords(ir.x(1), 5, AccessFlags.wordAligned);
      }),
    ]);
    const seen = addressesOf(code);
    const run = (first: number, second: number): void => {
      code.cpu.setX(0, BigInt(VA + first));
      code.cpu.setX(1, BigInt(VA + second));
      code.run(1);
    };
    run(0xff8, 0xfec);
    expect(seen).toEqual([]);
    for (const low of [1, 2, 4]) run(0x10 + low, 0);
    for (const low of [1, 2, 3]) run(0, 0x10 + low);
    run(0, 0xff0);
    expect(seen.map((va) => Number(va) - VA)).toEqual([0x11, 0x12, 0x14, 0x11, 0x12, 0x13, 0xff0]);
  });
});

describe('accesses off one base', () => {
  const sum = (ir: Builder, base: number, ...by: number[]): I64 =>
    by.map((at) => ir.load64(off(ir, base, at))).reduce((a, b) => ir.add(a, b));
  const mapped = (): EmittedCode => {
    const code = new EmittedCode();
    code.map(cells.TLB_READ, VA, PA);
    code.map(cells.TLB_WRITE, VA, PA);
    return code;
  };

  it('are looked up together, and all found', () => {
    const code = mapped();
    code.install([
      once((ir) => {
        ir.setX(1, sum(ir, 0, 0x18, 0, 0x20, -8));
        for (const at of [8, 0, 24]) ir.storePair32(off(ir, 2, at), ir.i32(at), ir.i32(at + 1));
      }),
    ]);
    for (const [i, at] of [0x18, 0, 0x20, -8].entries()) code.cpu.set64(host + 0x100 + at, BigInt(1 << i));
    code.cpu.setX(0, BigInt(VA + 0x100));
    code.cpu.setX(2, BigInt(VA + 0x200));
    code.run(1);
    expect([code.x(1), code.calls.length]).toEqual([15n, 0]);
    expect([0, 4, 8, 12, 24, 28].map((at) => code.cpu.get32(host + 0x200 + at))).toEqual([0, 1, 8, 9, 24, 25]);
  });

  it('that are not all in one page are looked up each for itself', () => {
    const code = mapped();
    code.install([
      once((ir) => {
        ir.setX(1, sum(ir, 0, 0, 8, 0x10));
        ir.store64(off(ir, 0, 0), ir.i64(5));
        ir.store8(off(ir, 0, 8), ir.i32(0x106));
        ir.store16(off(ir, 0, 10), ir.i32(0x1_0007));
        ir.store64(off(ir, 0, 0x10), ir.i64(8));
      }),
    ]);
    const seen = addressesOf(code);
    code.cpu.setX(0, BigInt(VA + 0xff0));
    code.cpu.set64(host + 0xff8, 0n);
    code.run(1);
    expect(seen).toEqual([BigInt(VA + 0x1000), BigInt(VA + 0x1000)]);
    expect([code.cpu.get64(host + 0xff0), code.cpu.get64(host + 0xff8)]).toEqual([5n, 0x7_0006n]);
  });

  it('of which the first is not mapped are found by the others where its call maps them', () => {
    const code = new EmittedCode();
    code.install([once((ir) => ir.setX(1, sum(ir, 0, 0, 8, 16)))]);
    code.cpu.set64(cells.RESULT, 1n);
    code.cpu.set64(host + 8, 10n);
    code.cpu.set64(host + 16, 100n);
    code.cpu.setX(0, BigInt(VA));
    code.onCall = () => {
      code.map(cells.TLB_READ, VA, PA);
      return 0;
    };
    code.run(1);
    expect([code.x(1), code.calls.length]).toEqual([111n, 1]);
  });

  it('are looked up anew behind whatever may change what is mapped', () => {
    const unmaps = (code: EmittedCode): bigint[] => {
      const seen = addressesOf(code);
      const { onCall } = code;
      code.onCall = (call) => {
        code.cpu.set64(cells.TLB_READ + (((VA >>> 12) & (cells.TLB_ENTRIES - 1)) << 4), 0n);
        return onCall(call);
      };
      return seen;
    };
    for (const between of [
      (ir: Builder): unknown => ir.load8(ir.x(3)),
      (ir: Builder): unknown => ir.store8(ir.x(3), ir.i32(0)),
      (ir: Builder): unknown => ir.runtime(RuntimeCall.systemWrite, 1),
    ]) {
      const code = mapped();
      code.install([
        once((ir) => {
          sum(ir, 0, 0, 8);
          between(ir);
          ir.load64(off(ir, 0, 16));
        }),
      ]);
      const seen = unmaps(code);
      code.cpu.setX(0, BigInt(VA));
      code.run(1);
      expect([code.calls.length, seen.at(-1)]).toEqual([2, BigInt(VA + 16)]);
    }
  });

  it.each([
    ['none', 0, AccessFlags.unaligned, 0],
    ['none but in Device memory', AccessFlags.aligned64 | AccessFlags.inDevice, AccessFlags.inDevice, 0],
    ['that of words', AccessFlags.wordAligned, AccessFlags.wordAligned, 4],
    ['their own', AccessFlags.aligned, AccessFlags.aligned, 4],
  ] as const)(
    'that ask for alignment, %s, are found where they have it, across two pages too',
    (_, first, then, calls) => {
      const code = mapped();
      code.map(cells.TLB_READ, VA + 0x1000, PA + 0x1000);
      code.map(cells.TLB_WRITE, VA + 0x1000, PA + 0x1000);
      code.install([
        once((ir) => {
          ir.setX(1, ir.add(ir.load64(ir.x(0), first), ir.load64(off(ir, 0, 0x20), then)));
          ir.store64(ir.x(0), ir.i64(1), first);
          ir.store64(off(ir, 0, 0x20), ir.i64(2), then);
        }),
      ]);
      code.cpu.set64(host + 0xfe0, 5n);
      code.cpu.set64(host + 0x1000, 6n);
      code.cpu.setX(0, BigInt(VA + 0xfe0));
      code.run(1);
      expect([code.x(1), code.cpu.get64(host + 0xfe0), code.cpu.get64(host + 0x1000)]).toEqual([11n, 1n, 2n]);
      expect(code.calls).toEqual([]);
      // Misaligned: by the run time, unless that is nothing to them.
      code.cpu.setX(0, BigInt(VA + 0xfe2));
      code.run(1);
      expect(code.calls.length).toBe(calls);
    },
  );

  it('in arms and behind them', () => {
    const code = mapped();
    code.install([
      once((ir) => {
        ir.setCell64(0x900, ir.load64(ir.x(0)));
        ir.if(
          ir.wrap(ir.x(1)),
          () => ir.setCell64(0x908, ir.add(ir.load64(off(ir, 0, 8)), ir.load64(off(ir, 2, 8)))),
          () => ir.setCell64(0x908, ir.add(ir.load64(off(ir, 2, 0)), ir.load64(off(ir, 2, 8)))),
        );
        ir.setCell64(0x910, ir.load64(off(ir, 2, 16)));
      }),
    ]);
    for (let i = 0; i < 8; i++) code.cpu.set64(host + 8 * i, BigInt(1 << i));
    code.cpu.setX(0, BigInt(VA));
    code.cpu.setX(2, BigInt(VA + 0x18));
    for (const [arm, value] of [
      [1n, 2 + 16],
      [0n, 8 + 16],
    ] as const) {
      code.cpu.setX(1, arm);
      code.run(1);
      expect([0x900, 0x908, 0x910].map((at) => code.cpu.get64(at))).toEqual([1n, BigInt(value), 32n]);
    }
    expect(code.calls).toEqual([]);
  });
});

describe('what the run time abandons', () => {
  const one = (ir: Builder): I32 => ir.i32(1);
  it.each<[string, (ir: Builder, at: I64) => unknown]>([
    ['load8', (ir, at) => ir.load8(at)],
    ['loadPair64', (ir, at) => ir.loadPair64(at)],
    ['load128', (ir, at) => ir.load128(at)],
    ['store8', (ir, at) => ir.store8(at, one(ir))],
    ['store64', (ir, at) => ir.store64(at, ir.i64(1))],
    ['store128', (ir, at) => ir.store128(at, ir.v128(1n, 2n))],
    ['storePair32', (ir, at) => ir.storePair32(at, one(ir), one(ir))],
    ['storePair64', (ir, at) => ir.storePair64(at, ir.i64(1), ir.i64(2))],
    ['storePair128', (ir, at) => ir.storePair128(at, ir.v128(1n, 2n), ir.v128(3n, 4n))],
    ['storeWords', (ir, at) => ir.storeWords(at, [one(ir), one(ir), one(ir)])],
    ['zero64', (ir, at) => ir.zero64(at)],
  ])('%s: the code is left with the count before it', (name, access) => {
    const code = new EmittedCode();
    code.install([
      once((ir, next) => {
        next();
        access(ir, ir.x(0));
        next();
        ir.setX(1, ir.i64(1));
      }),
    ]);
    expect(code.run(7)).toMatchObject({ left: 4 });
    expect(code.x(1)).toBe(1n);
    code.cpu.setX(1, 0n);
    code.onCall = () => 1;
    expect(code.run(7).left).toBe(ABANDONED);
    expect([code.x(1), code.calls.map((call) => [call.name, call.remaining])]).toEqual([
      0n,
      Array.from({ length: 2 }, () => [name.startsWith('load') ? 'load' : 'store', 6]),
    ]);
  });
});
