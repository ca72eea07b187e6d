import { describe, expect, it } from 'vitest';
import { readNzcv } from '../exception/pstate.ts';
import * as cells from '../state/cells.ts';
import { ExceptionCall, ExitReason } from '../state/codes.ts';
import { EmittedCode } from '../wasm/emission.fixture.ts';
import { Builder32 } from './builder32.ts';
import type { TranslationConfig } from './config.ts';
import { Op } from './ops.ts';
import type { I32 } from './types.ts';

const started = (config: Partial<TranslationConfig> = {}, offset = 0x10): Builder32 => {
  const ir = new Builder32({ aarch32: true, thumb: false, it: 0, straddle: -1, fpexc: false, ...config } as never);
  ir.begin(offset);
  ir.next = offset + 4;
  return ir;
};
const executed = (ir: Builder32, prepare: (code: EmittedCode) => void = () => {}) => {
  const code = new EmittedCode();
  code.install([{ nodes: ir.nodes, offsets: ir.offsets, endOffset: ir.next, targets: ir.targets, aarch32: true }]);
  code.cpu.set64(cells.PC_BASE, 0x8000n);
  prepare(code);
  return { ...code.run(10), cpu: code.cpu };
};
const itWrites = (ir: Builder32): number[] =>
  ir.nodes.filter((n) => n.op === Op.setCell32 && n.imm === cells.ITSTATE).map((n) => n.a?.imm as number);

describe('registers', () => {
  it('hold 32 bits in the low halves of X0 to X14; the others keep theirs', () => {
    const ir = started();
    ir.setR(1, ir.add(ir.r(0), ir.r(0)));
    ir.setR(15, ir.i32(1));
    ir.exitAfter(ExitReason.reconsider);
    const { cpu, left } = executed(ir, (code) => {
      code.cpu.setX(0, 0x1_8000_0001n);
      code.cpu.setX(1, 0xffff_0000_0000_0000n);
    });
    expect([cpu.x(1), left]).toEqual([0xffff_0000_0000_0002n, 9]);
  });

  it.each([
    ['A32', false, 0x10, 0x8018, 0x8018],
    ['T32', true, 0x13, 0x8016, 0x8014],
  ] as const)('read R15 ahead of the instruction in %s, aligned for literals', (_, thumb, offset, pc, aligned) => {
    const ir = started({ thumb }, offset);
    ir.setR(0, ir.r(15));
    ir.setR(1, ir.pcAligned());
    ir.exitAfter(ExitReason.reconsider);
    const { cpu } = executed(ir);
    expect([cpu.get32(cells.X), cpu.get32(cells.X + 8)]).toEqual([pc, aligned]);
  });
});

describe('a condition', () => {
  it('chooses where the instruction only computes: the registers take its values, or keep theirs', () => {
    for (const holds of [0, 1]) {
      const ir = started();
      const done = ir.computeIf(ir.cell32(0x900), () => {
        ir.setR(1, ir.add(ir.r(1), ir.r(2)));
        ir.setR(3, ir.i32(5));
        return 'next';
      });
      ir.exitAfter(ExitReason.reconsider);
      expect([done, ir.nodes.some((n) => n.op === Op.if)]).toEqual([true, false]);
      const { cpu } = executed(ir, (code) => {
        code.cpu.set32(0x900, holds);
        for (const n of [1, 2, 3]) code.cpu.setX(n, BigInt(n));
      });
      expect([1, 2, 3].map((n) => cpu.x(n))).toEqual(holds ? [3n, 2n, 5n] : [1n, 2n, 3n]);
    }
  });

  it.each([
    ['SUBS', (ir: Builder32, a: I32, b: I32) => ir.setFlagsSub(a, b)],
    ['ADDS', (ir: Builder32, a: I32, b: I32) => ir.setFlagsAdd(a, b)],
    ['TST', (ir: Builder32, a: I32) => ir.setFlagsLogic(a)],
  ] as const)('chooses flags that follow from operands alike: %s behind its like', (_, setFlags) => {
    for (const holds of [0, 1])
      for (const [a, b, c, d] of [
        [5, 8, 8, 8],
        [9, 8, 3, 8],
        [0x8000_0000, 8, 0xffff_ffff, 8],
        [0x7fff_ffff, 0x7fff_ffff, 0, 0xffff_ffff],
      ] as const) {
        const ir = started();
        const given = (n: number): I32 => ir.cell32(0x910 + 4 * n);
        setFlags(ir, given(0), given(1));
        const done = ir.computeIf(ir.cell32(0x900), () => {
          setFlags(ir, given(2), given(3));
          return 'next';
        });
        ir.setR(0, ir.nzcv());
        ir.exitAfter(ExitReason.reconsider);
        const { cpu } = executed(ir, (code) => {
          code.cpu.set32(0x900, holds);
          for (const [n, value] of [a, b, c, d].entries()) code.cpu.set32(0x910 + 4 * n, value);
        });
        const alone = started();
        setFlags(alone, alone.i32(holds ? c : a), alone.i32(holds ? d : b));
        alone.setR(0, alone.nzcv());
        alone.exitAfter(ExitReason.reconsider);
        const wanted = executed(alone).cpu;
        expect([done, cpu.x(0), readNzcv(cpu)]).toEqual([true, wanted.x(0), readNzcv(wanted)]);
      }
  });

  it.each([
    ['stores', (ir: Builder32) => ir.store32(ir.i64(0), ir.i32(0))],
    ['sets flags', (ir: Builder32) => ir.setFlagsLogic(ir.r(1))],
    ['writes a cell', (ir: Builder32) => ir.setQIf(ir.i32(1))],
  ] as const)('of what %s is left to an if, with nothing done', (_, effect) => {
    const ir = started();
    const condition = ir.cell32(0x900);
    ir.r(1);
    const before = ir.nodes.length;
    const done = ir.computeIf(condition, () => {
      ir.setR(1, ir.i32(5));
      effect(ir);
      return 'next';
    });
    expect([done, ir.nodes.length]).toEqual([false, before]);
    // R1 is what it was: nothing is written when the block leaves.
    ir.exitAfter(ExitReason.reconsider);
    expect(ir.nodes.filter((n) => n.op === Op.setCell32 && n.imm < cells.PC_BASE).length).toBe(0);
  });
});

describe('IT blocks', () => {
  it('hold the block together, and are written where code may leave', () => {
    const ir = started({ thumb: true }, 0x11);
    ir.beginIt(0);
    ir.startIt(0x08);
    expect([ir.inIt, ir.unfinished]).toEqual([false, true]);
    ir.begin(0x13);
    ir.beginIt(ir.itAfter);
    expect([ir.inIt, ir.it, ir.unfinished]).toEqual([true, 0x08, false]);
    expect(itWrites(ir)).toEqual([]);
    // A fault leaves at the instruction: CPSR.IT is its own.
    ir.load32(ir.i64(0));
    expect(itWrites(ir)).toEqual([0x08]);
    // Behind it the IT block is at its end.
    ir.exitAfter(ExitReason.reconsider);
    expect(itWrites(ir)).toEqual([0x08, 0]);
  });

  it('end with a jump', () => {
    // The cell holds what the block was entered with.
    const ir = started({ thumb: true, it: 0x04 }, 0x11);
    ir.beginIt(0x04);
    expect(ir.unfinished).toBe(true);
    ir.branchWritePc(ir.i32(0x2000));
    expect(ir.unfinished).toBe(false);
    expect(itWrites(ir)).toEqual([0]);
  });
});

describe('jumps', () => {
  it.each([
    ['BranchWritePC in A32 aligns', false, 'branchWritePc', 0x8007, 0x8004],
    ['BranchWritePC in T32 stays there', true, 'branchWritePc', 0x8004, 0x8005],
    ['BXWritePC takes the instruction set from bit 0', false, 'bxWritePc', 0x8005, 0x8005],
    ['ALUWritePC is BXWritePC in A32', false, 'aluWritePc', 0x8005, 0x8005],
    ['ALUWritePC is BranchWritePC in T32', true, 'aluWritePc', 0x8008, 0x8009],
    ['LoadWritePC takes it from bit 0', true, 'loadWritePc', 0x8008, 0x8008],
  ] as const)('%s', (_, thumb, name, target, offset) => {
    const ir = started({ thumb }, thumb ? 0x11 : 0x10);
    ir[name](ir.r(0));
    const left = executed(ir, (code) => code.cpu.setX(0, BigInt(target)));
    expect([left.reason, left.offset, left.cpu.get64(cells.PC_BASE)]).toEqual([
      ExitReason.lookup,
      offset & 0xfff,
      0x8000n,
    ]);
  });
});

describe('floating point', () => {
  const checks = (ir: Builder32): number => ir.nodes.filter((n) => n.op === Op.exitAtIf).length;

  it('asks once a block whether FPEXC.EN is set, where it counts, and anew once it was written', () => {
    const plain = started();
    plain.checkFpEnabled();
    expect(checks(plain)).toBe(0);
    const ir = started({ fpexc: true });
    ir.checkFpEnabled();
    ir.checkFpEnabled();
    expect(checks(ir)).toBe(1);
    ir.setCell32(cells.FPEXC, ir.r(0));
    ir.checkFpEnabled();
    expect(checks(ir)).toBe(2);
  });

  it('is UNDEFINED while it is off', () => {
    for (const fpexc of [0, 1 << 30]) {
      const ir = started({ fpexc: true });
      ir.checkFpEnabled();
      ir.exitAfter(ExitReason.reconsider);
      const { reason, argument } = executed(ir, (code) => code.cpu.set32(cells.FPEXC, fpexc));
      expect(fpexc ? [reason] : [reason, argument]).toEqual(
        fpexc ? [ExitReason.reconsider] : [ExitReason.call, ExceptionCall.undefined << 16],
      );
    }
  });

  it('refuses short vectors, which are asked for once until FPSCR is written', () => {
    const ir = started();
    ir.checkScalar();
    ir.checkScalar();
    ir.setCell32(cells.FPCR, ir.r(0));
    ir.checkScalar();
    expect(checks(ir)).toBe(2);
  });
});
