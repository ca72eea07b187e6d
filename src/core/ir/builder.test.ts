import { describe, expect, it } from 'vitest';
import * as cells from '../state/cells.ts';
import { ExitReason } from '../state/codes.ts';
import { blockAt, EmittedCode } from '../wasm/emission.fixture.ts';
import { Builder } from './builder.ts';
import type { TranslationConfig } from './config.ts';
import { Op } from './ops.ts';

const started = (config: Partial<TranslationConfig> = {}): Builder => {
  const ir = new Builder({ it: 0, straddle: -1, ...config } as TranslationConfig);
  ir.begin(0x10);
  ir.next = 0x14;
  return ir;
};
const opsOf = (ir: Builder): number[] => ir.nodes.map((n) => n.op);

describe('jumps', () => {
  it('name the offsets that they go to, for who translates ahead', () => {
    const ir = started();
    ir.branchIf(ir.i32(1), 0x20);
    expect(ir.targets).toEqual([0x14, 0x30]);
    const call = started();
    call.returnsHere();
    call.branch(-0x10);
    expect(call.targets).toEqual([0x14, 0]);
  });

  it('of a detached configuration go by the jump cache: their code stands for more than their place', () => {
    for (const config of [{ it: 0x18 }, { straddle: 0x1234 }]) {
      const ir = started(config);
      ir.branch(4);
      expect(opsOf(ir).at(-1)).toBe(Op.branchTo);
      expect(ir.targets).toEqual([]);
    }
  });
});

describe('what may leave the block', () => {
  const ways: readonly (readonly [string, (ir: Builder) => void])[] = [
    ['a load', (ir: Builder) => void ir.load32(ir.i64(0))],
    ['a store', (ir: Builder) => ir.store8(ir.i64(0), ir.i32(1))],
    ['a call of the run time', (ir: Builder) => ir.runtime(0, 0)],
    ['an exit', (ir: Builder) => void ir.exitAt(ExitReason.call)],
    ['a conditional exit', (ir: Builder) => ir.exitAfterIf(ir.i32(1), ExitReason.wait)],
    ['a jump', (ir: Builder) => void ir.branchTo(ir.i64(0))],
  ];
  it.each(ways)('%s finds the registers in their cells', (_, leave) => {
    const ir = started();
    ir.setX(3, ir.i64(9));
    leave(ir);
    const written = ir.nodes.findIndex((n) => n.op === Op.setCell64 && n.imm === cells.X + 24);
    const left = ir.nodes.findIndex((n) => n.op >= Op.load && n.op !== Op.if);
    expect([written >= 0, written < left]).toEqual([true, true]);
  });

  it('and a call of the run time may have changed them: they are read anew', () => {
    const ir = started();
    ir.x(3);
    ir.runtime(0, 0);
    ir.x(3);
    expect(opsOf(ir).filter((op) => op === Op.cell64).length).toBe(2);
  });
});

describe('arms of an if', () => {
  it('may not write registers or flags', () => {
    const ir = started();
    expect(() => ir.if(ir.i32(1), () => ir.setX(0, ir.i64(1)))).toThrow('no register or flag written in an arm');
  });

  it('know what was read before, and keep to themselves what they read first', () => {
    const ir = started();
    ir.x(1);
    ir.if(ir.i32(1), () => {
      ir.x(1);
      ir.setCell64(0x900, ir.x(2));
    });
    ir.x(2);
    expect(ir.nodes.filter((n) => n.op === Op.cell64).map((n) => n.imm)).toEqual([8, 16, 16]);
  });
});

describe('an instruction under a condition', () => {
  const run = (condition: number, body: Parameters<typeof blockAt>[1]) => {
    const code = new EmittedCode();
    code.install([blockAt(0, body)]);
    code.cpu.setX(0, BigInt(condition));
    code.cpu.setX(1, 7n);
    return { ...code.run(10), code };
  };

  it('writes registers if it holds; what is known behind it is what is in the cells', () => {
    for (const condition of [0, 1]) {
      const { code } = run(condition, (ir) => {
        ir.conditional(ir.wrap(ir.x(0)), () => {
          ir.setX(1, ir.add(ir.x(1), ir.i64(1)));
          return 'next';
        });
        ir.setX(2, ir.x(1));
        ir.exitAfter(ExitReason.reconsider);
      });
      expect([code.x(1), code.x(2)]).toEqual(condition ? [8n, 8n] : [7n, 7n]);
    }
  });

  it('that leaves the block goes on with the next one otherwise', () => {
    const body: Parameters<typeof blockAt>[1] = (ir) =>
      void ir.skipUnless(ir.wrap(ir.x(0)), () => {
        ir.setX(1, ir.i64(1));
        return ir.exitAfter(ExitReason.wait);
      });
    expect(run(1, body)).toMatchObject({ reason: ExitReason.wait, offset: 4, left: 9 });
    const { code, ...skipped } = run(0, body);
    expect(skipped).toMatchObject({ reason: ExitReason.lookup, offset: 4, left: 9 });
    expect(code.x(1)).toBe(7n);
  });

  it('that is a jump alone becomes a conditional jump', () => {
    const ir = started();
    ir.skipUnless(ir.cell32(0x900), () => ir.branch(0x40));
    expect(ir.nodes.at(-1)).toMatchObject({ op: Op.branchIf, imm: 0x50 });
    expect(opsOf(ir)).not.toContain(Op.if);
    // Not so where it does something else besides.
    const other = started();
    other.skipUnless(other.cell32(0x900), () => {
      other.setX(0, other.i64(1));
      return other.branch(0x40);
    });
    expect(opsOf(other)).toContain(Op.if);
  });
});

describe('a helper', () => {
  it('takes as many arguments as it has, of its types', () => {
    const ir = started();
    expect(() => ir.call('crc32', ir.i32(1))).toThrow('crc32 takes 3 arguments');
    expect(() => ir.call('crc32', ir.i32(1), ir.i32(2), ir.i32(3))).toThrow('argument 1 is i32, not i64');
  });
});

describe('the PC', () => {
  it('is the address of the instruction, plus a constant', () => {
    const code = new EmittedCode();
    code.install([
      blockAt(0x24, (ir) => {
        ir.setX(1, ir.pc(-0x28));
        ir.exitAfter(ExitReason.reconsider);
      }),
    ]);
    code.cpu.set64(cells.PC_BASE, 0x1000n);
    code.run(1);
    expect(code.x(1)).toBe(0xffcn);
  });
});
