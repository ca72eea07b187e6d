import { describe, expect, it } from 'vitest';
import { RuntimeCall } from '../ir/ops.ts';
import * as cells from '../state/cells.ts';
import { ExitReason } from '../state/codes.ts';
import { blockAt, EmittedCode } from './emission.fixture.ts';
import { ABANDONED } from './runtime-functions.ts';

const COUNTER = 0;

/** A block that adds a constant to X0 and leaves; one instruction. */
const adds = (offset: number, constant: number) =>
  blockAt(offset, (ir) => {
    ir.setX(COUNTER, ir.add(ir.x(COUNTER), ir.i64(constant)));
    ir.exitAfter(ExitReason.reconsider, constant);
  });

describe('the budget', () => {
  it('pays for all of a block, and is told to the instruction when it leaves', () => {
    const code = new EmittedCode();
    code.install([
      blockAt(0x10, (ir, next) => {
        ir.setX(0, ir.i64(1));
        next();
        ir.setX(1, ir.i64(2));
        next();
        ir.exitAt(ExitReason.call, 7);
      }),
    ]);
    expect(code.run(10)).toEqual({ left: 8, reason: ExitReason.call, argument: 7, offset: 0x18 });
    expect([code.x(0), code.x(1)]).toEqual([1n, 2n]);
  });

  it('that does not cover the block leaves everything as it was, at the block', () => {
    const code = new EmittedCode();
    code.install([
      blockAt(0x40, (ir, next) => {
        ir.setX(0, ir.i64(1));
        next();
        ir.exitAfter(ExitReason.reconsider);
      }),
    ]);
    expect(code.run(1)).toMatchObject({ left: 1, reason: ExitReason.budget, offset: 0x40 });
    expect(code.x(0)).toBe(0n);
    expect(code.run(2)).toMatchObject({ left: 0, reason: ExitReason.reconsider, offset: 0x48 });
  });

  it('ends a block that jumps to itself, at its start', () => {
    const code = new EmittedCode();
    code.install([
      blockAt(0x20, (ir, next) => {
        ir.setX(COUNTER, ir.add(ir.x(COUNTER), ir.i64(1)));
        next();
        ir.branch(-4);
      }),
    ]);
    expect(code.run(101)).toMatchObject({ left: 1, reason: ExitReason.budget, offset: 0x20 });
    expect(code.x(COUNTER)).toBe(50n);
  });
});

describe('jumps', () => {
  it('go forward and back within a region, and fall through', () => {
    const code = new EmittedCode();
    // 0: x0 += 1, to 8 unless x0 == 3, else to 4; 4: leaves; 8: x1 += x0, back to 0.
    code.install([
      blockAt(0, (ir) => {
        const x = ir.add(ir.x(0), ir.i64(1));
        ir.setX(0, x);
        ir.branchIf(ir.compare('ne', x, ir.i64(3)), 8);
      }),
      blockAt(4, (ir) => void ir.exitAfter(ExitReason.reconsider)),
      blockAt(8, (ir) => {
        ir.setX(1, ir.add(ir.x(1), ir.x(0)));
        ir.branch(-8);
      }),
    ]);
    expect(code.run(100)).toMatchObject({ left: 94, reason: ExitReason.reconsider, offset: 8 });
    expect([code.x(0), code.x(1)]).toEqual([3n, 3n]);
    // Each entry starts at its own block.
    expect(code.run(100, 1)).toMatchObject({ left: 99 });
  });

  it.each([
    ['by its address and context', [1, 0, 0, 0], true],
    ['not in another context', [2, 0, 0, 0], false],
    ['not at an address of the same low half', [1, 1, 0, 0], false],
    ['of the PE that runs', [1, 0, cells.JUMP_SALT_STEP, cells.JUMP_SALT_STEP], true],
    ['not of another PE', [1, 0, cells.JUMP_SALT_STEP, 0], false],
  ] as const)('out of the page find the jump cache’s block %s', (_, [context, high, salt, running], isFound) => {
    const code = new EmittedCode();
    const VA = 0x1234_5678;
    // From within a loop, and from a block behind another: each by way of the region's end.
    code.install([
      blockAt(0, (ir) => ir.branchIf(ir.compare('eq', ir.x(0), ir.i64(1)), 0)),
      blockAt(4, (ir) => void ir.branchTo(ir.i64(VA))),
      blockAt(8, (ir) => void ir.branchTo(ir.i64(VA))),
    ]);
    code.install([blockAt(0x678, (ir) => void ir.exitAfter(ExitReason.reconsider, 7))], 2);
    const entry = ((VA >>> 2) ^ (VA >>> cells.JUMP_HASH_SHIFT) ^ salt) & (cells.JUMP_ENTRIES - 1);
    const at = cells.JUMP_CACHE + 16 * entry;
    code.cpu.set64(at, BigInt(VA) + (BigInt(high) << 32n));
    code.cpu.set32(at + 8, context);
    code.cpu.set32(at + 12, 2 << cells.REF_SLOT_SHIFT);
    code.cpu.set32(cells.JUMP_SALT, running);
    for (const [start, spent] of [
      [0, 2],
      [2, 1],
    ] as const) {
      const reached = isFound
        ? { left: 100 - spent - 1, reason: ExitReason.reconsider, argument: 7 }
        : { left: 100 - spent, reason: ExitReason.lookup, offset: 0x678 };
      expect(code.run(100, start)).toMatchObject(reached);
      expect(code.cpu.get32(cells.PC_BASE)).toBe(VA & -0x1000);
    }
  });

  it('loop by a condition, over a block that falls out of the loop at its end', () => {
    const code = new EmittedCode();
    code.install([
      blockAt(0, (ir) => {
        const x = ir.sub(ir.x(0), ir.i64(1));
        ir.setX(0, x);
        ir.branchIf(ir.compare('ne', x, ir.i64(0)), 0);
      }),
      blockAt(4, (ir) => void ir.exitAfter(ExitReason.reconsider)),
    ]);
    code.cpu.setX(0, 5n);
    expect(code.run(100)).toMatchObject({ left: 94 });
  });

  it('go back from arms: to their own block, and to others', () => {
    const code = new EmittedCode();
    const leaves = (offset: number) => blockAt(offset, (ir) => void ir.exitAfter(ExitReason.reconsider));
    /** X0 + 1; back to `to` until X0 is 5, by way of an arm that does more than jump. */
    const counts = (offset: number, to: number) =>
      blockAt(offset, (ir) => {
        const x = ir.add(ir.x(0), ir.i64(1));
        ir.setX(0, x);
        ir.conditional(ir.compare('ltU', x, ir.i64(5)), () => {
          ir.setX(1, ir.add(ir.x(1), ir.i64(1)));
          return ir.branch(to - offset);
        });
        ir.branch(4);
      });
    code.install([counts(0, 0), leaves(4)]);
    expect(code.run(100)).toMatchObject({ left: 94, offset: 8 });
    expect([code.x(0), code.x(1)]).toEqual([5n, 4n]);
    code.install([leaves(0), counts(4, 8), counts(8, 4), leaves(12)], 2);
    code.cpu.setX(0, 0n);
    // 4 and 8 in turn, three times; then on.
    expect(code.run(100, 1, 2)).toMatchObject({ left: 93, offset: 16 });
    expect([code.x(0), code.x(1)]).toEqual([6n, 8n]);
    code.cpu.setX(0, 0n);
    expect(code.run(3, 1, 2)).toMatchObject({ left: 0, reason: ExitReason.budget, offset: 8 });
  });

  it('to a block of the page that has no translation leave with its offset; to one that has go on there', () => {
    const code = new EmittedCode();
    code.install([blockAt(0, (ir) => void ir.branch(0x80))]);
    expect(code.run(10)).toMatchObject({ left: 9, reason: ExitReason.lookup, offset: 0x80 });
    code.install([adds(0x7c, 1), adds(0x80, 5)], 2);
    expect(code.run(10)).toMatchObject({ left: 8, reason: ExitReason.reconsider, argument: 5, offset: 0x84 });
    // Dropping it is one write.
    code.cpu.set32(code.refCell(0x80), 0);
    expect(code.run(10)).toMatchObject({ left: 9, reason: ExitReason.lookup, offset: 0x80 });
  });

  it('out of the page name the address, in 32 bits in AArch32', () => {
    const code = new EmittedCode();
    code.cpu.set64(cells.PC_BASE, 0xffff_f000n);
    code.install([blockAt(0xff0, (ir) => void ir.branch(0x20))]);
    expect(code.run(5)).toMatchObject({ left: 4, reason: ExitReason.lookup, offset: 0x10 });
    expect(code.cpu.get64(cells.PC_BASE)).toBe(0x1_0000_0000n);
    code.cpu.set64(cells.PC_BASE, 0xffff_f000n);
    code.install([blockAt(0xff0, (ir) => void ir.branch(0x20), { aarch32: true })], 2);
    expect(code.run(5, 0, 2)).toMatchObject({ reason: ExitReason.lookup, offset: 0x10 });
    expect(code.cpu.get64(cells.PC_BASE)).toBe(0n);
  });

  it('to an address go by the jump cache where it knows the address in this context', () => {
    const code = new EmittedCode();
    const target = 0x12_3456_7080n;
    code.install([blockAt(0, (ir) => void ir.branchTo(ir.x(3)))]);
    code.install([adds(0x80, 9)], 2);
    code.cpu.setX(3, target);
    expect(code.run(10)).toMatchObject({ left: 9, reason: ExitReason.lookup, offset: 0x080 });
    expect(code.cpu.get64(cells.PC_BASE)).toBe(0x12_3456_7000n);
    const lo = Number(target & 0xffff_ffffn);
    const index = ((lo >>> 2) ^ (lo >>> cells.JUMP_HASH_SHIFT)) & (cells.JUMP_ENTRIES - 1);
    const entry = cells.JUMP_CACHE + 16 * index;
    code.cpu.set64(entry, target);
    code.cpu.set32(entry + 8, 1);
    code.cpu.set32(entry + 12, 2 << cells.REF_SLOT_SHIFT);
    expect(code.run(10)).toMatchObject({ left: 8, reason: ExitReason.reconsider, argument: 9, offset: 0x84 });
    code.cpu.set32(cells.CONTEXT, 3);
    expect(code.run(10)).toMatchObject({ left: 9, reason: ExitReason.lookup });
  });
});

describe('arms', () => {
  it('use values made before them, on either path and behind', () => {
    const code = new EmittedCode();
    code.install([
      blockAt(0, (ir) => {
        const a = ir.add(ir.x(1), ir.i64(10));
        const b = ir.mul(ir.x(2), ir.i64(3));
        ir.if(
          ir.wrap(ir.x(0)),
          () => {
            ir.setCell64(0x900, ir.add(a, b));
            ir.if(ir.compare('eq', a, ir.i64(11)), () => ir.setCell64(0x918, b));
          },
          () => ir.setCell64(0x908, ir.sub(a, b)),
        );
        ir.setCell64(0x910, ir.xor(a, b));
        ir.exitAfter(ExitReason.reconsider);
      }),
    ]);
    code.cpu.setX(1, 1n);
    code.cpu.setX(2, 2n);
    code.cpu.setX(0, 1n);
    code.run(1);
    expect([0x900, 0x908, 0x910, 0x918].map((c) => code.cpu.get64(c))).toEqual([17n, 0n, 13n, 6n]);
    code.cpu.setX(0, 0n);
    code.cpu.set64(0x910, 0n);
    code.run(1);
    expect([0x900, 0x908, 0x910].map((c) => code.cpu.get64(c))).toEqual([17n, 5n, 13n]);
  });

  it('that leave the block leave with the count of their instruction', () => {
    const code = new EmittedCode();
    const block = blockAt(0, (ir, next) => {
      ir.setX(1, ir.i64(1));
      next();
      ir.exitAfterIf(ir.wrap(ir.x(0)), ExitReason.wait);
      next();
      ir.exitAtIf(ir.wrap(ir.x(2)), ExitReason.call, 0x77);
      ir.exitAfter(ExitReason.reconsider);
    });
    code.install([block]);
    expect(code.run(10)).toMatchObject({ left: 7, reason: ExitReason.reconsider, offset: 12 });
    code.cpu.setX(2, 1n);
    expect(code.run(10)).toMatchObject({ left: 8, reason: ExitReason.call, argument: 0x77, offset: 8 });
    code.cpu.setX(0, 1n);
    expect(code.run(10)).toMatchObject({ left: 8, reason: ExitReason.wait, offset: 8 });
  });
});

describe('calls', () => {
  it('of the run time give what for, and the exact place and count; 1 abandons the instruction', () => {
    const code = new EmittedCode();
    code.install([
      blockAt(0x30, (ir, next) => {
        ir.setX(0, ir.i64(1));
        next();
        ir.runtime(RuntimeCall.systemRead, 0x123);
        ir.setX(0, ir.cell64(cells.RESULT));
        next();
        ir.exitAfter(ExitReason.reconsider);
      }),
    ]);
    const offsets: number[] = [];
    code.onCall = () => {
      offsets.push(code.cpu.get32(cells.PC_OFFSET));
      code.cpu.set64(cells.RESULT, 42n);
      return code.calls.length === 1 ? 0 : 1;
    };
    expect(code.run(3).left).toBe(0);
    expect(code.x(0)).toBe(42n);
    expect(code.run(5).left).toBe(ABANDONED);
    expect(code.calls[1]?.remaining).toBe(4);
    expect(code.x(0)).toBe(1n);
    expect([offsets, code.calls[0]]).toEqual([
      [0x34, 0x34],
      { name: 'runtime', info: (RuntimeCall.systemRead << 24) | 0x123, remaining: 2 },
    ]);
  });

  it('of helpers are made in their place; of those that only read, none that nobody wants', () => {
    const code = new EmittedCode();
    const wanted = blockAt(0, (ir) => {
      ir.setW(0, ir.call('crc32', ir.i32(0), ir.i64(0x31), ir.i32(1)) as never);
      ir.exitAfter(ExitReason.reconsider);
    });
    const unwanted = blockAt(0, (ir) => {
      ir.call('nzcv');
      ir.exitAfter(ExitReason.reconsider);
    });
    const plain = blockAt(0, (ir) => void ir.exitAfter(ExitReason.reconsider));
    code.install([wanted]);
    code.run(1);
    // CRC-32 without its inversions, of "1".
    let crc = 0x31;
    for (let i = 0; i < 8; i++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb8_8320 : crc >>> 1;
    expect(code.x(0)).toBe(BigInt(crc >>> 0));
    const size = (module: Uint8Array): number => module.length;
    const imported = size(code.install([unwanted], 2)) - size(code.install([plain], 3));
    // The import of a function, its type, but no call.
    expect(imported).toBeLessThan(20);
  });
});

describe('values', () => {
  it('that are used often, in locals that are used again, come out right', () => {
    const code = new EmittedCode();
    code.install([
      blockAt(0, (ir) => {
        let sum = ir.x(0);
        for (let i = 1; i <= 200; i++) {
          const squared = ir.mul(ir.add(ir.x(0), ir.i64(i)), ir.add(ir.x(0), ir.i64(i)));
          sum = ir.add(sum, ir.add(squared, squared));
        }
        ir.setX(1, sum);
        ir.exitAfter(ExitReason.reconsider);
      }),
    ]);
    code.cpu.setX(0, 1n);
    code.run(1);
    let expected = 1n;
    for (let i = 1n; i <= 200n; i++) expected += 2n * (1n + i) * (1n + i);
    expect(code.x(1)).toBe(expected);
  });

  it('are chosen and shuffled as vectors too', () => {
    const code = new EmittedCode();
    code.install([
      blockAt(0, (ir) => {
        const ascending = ir.v128(0x0706_0504_0302_0100n, 0x0f0e_0d0c_0b0a_0908n);
        const reversed = ir.shuffle(ascending, ascending, [15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
        ir.setVq(0, ir.select(ir.wrap(ir.x(0)), ascending, reversed));
        ir.setX(1, ir.lane64(reversed, 1));
        ir.setVq(1, ir.replaceLane('i8x16', reversed, 3, ir.i32(0xee)));
        ir.exitAfter(ExitReason.reconsider);
      }),
    ]);
    code.run(1);
    expect(code.x(1)).toBe(0x0001_0203_0405_0607n);
    expect(code.cpu.get64(cells.V)).toBe(0x0809_0a0b_0c0d_0e0fn);
    expect(code.cpu.get64(cells.V + 16)).toBe(0x0809_0a0b_ee0d_0e0fn);
    code.cpu.setX(0, 1n);
    code.run(1);
    expect(code.cpu.get64(cells.V)).toBe(0x0706_0504_0302_0100n);
  });

  it('go to cells and come from them in their widths', () => {
    const code = new EmittedCode();
    code.install([
      blockAt(0, (ir) => {
        ir.setCell8(0x901, ir.cell8(0x910));
        ir.setCell16(0x902, ir.cell16(0x910));
        ir.setCell32(0x908, ir.cell32(0x910));
        ir.setCell64(0x920, ir.cell64(0x910));
        ir.setCell128(0x930, ir.cell128(0x910));
        ir.exitAfter(ExitReason.reconsider);
      }),
    ]);
    code.cpu.set64(0x910, 0x8899_aabb_ccdd_eeffn);
    code.cpu.set64(0x918, 0x0011_2233_4455_6677n);
    code.run(1);
    expect([0x900, 0x908, 0x920, 0x930, 0x938].map((c) => code.cpu.get64(c))).toEqual([
      0xeeff_ff00n,
      0xccdd_eeffn,
      0x8899_aabb_ccdd_eeffn,
      0x8899_aabb_ccdd_eeffn,
      0x0011_2233_4455_6677n,
    ]);
  });
});
