import { describe, expect, it } from 'vitest';
import * as cells from '../state/cells.ts';
import { ExitReason } from '../state/codes.ts';
import { blockAt, EmittedCode } from '../wasm/emission.fixture.ts';
import type { Builder } from './builder.ts';
import { Op } from './ops.ts';

/** i64.extend_i32_u. */
const EXTEND_U = 0xad;

const executed = (body: (ir: Builder) => void, prepare: (code: EmittedCode) => void = () => {}) => {
  const code = new EmittedCode();
  const block = blockAt(0, (ir) => {
    body(ir);
    ir.exitAfter(ExitReason.reconsider);
  });
  code.install([block]);
  prepare(code);
  code.run(1);
  return { code, count: (op: number) => block.nodes.filter((n) => n.op === op).length };
};

describe('X registers', () => {
  it('are read once, and written once, with their last value', () => {
    const { code, count } = executed(
      (ir) => {
        for (let i = 0; i < 5; i++) ir.setX(1, ir.add(ir.x(1), ir.x(2)));
      },
      ({ cpu }) => {
        cpu.setX(1, 100n);
        cpu.setX(2, 3n);
      },
    );
    expect([count(Op.cell64), count(Op.setCell64), code.x(1)]).toEqual([2, 1, 115n]);
  });

  it('have a zero register and SP as number 31, by the way they are named', () => {
    const { code } = executed(
      (ir) => {
        ir.setX(31, ir.i64(5));
        ir.setX(1, ir.x(31));
        ir.setW(2, ir.w(31));
        ir.setXsp(31, ir.add(ir.xsp(31), ir.i64(16)));
        ir.setX(3, ir.xsp(31));
        ir.setReg(4, ir.reg(0, 5));
        ir.setRegSp(31, ir.regSp(1, 31));
      },
      ({ cpu }) => {
        for (const n of [1, 2]) cpu.setX(n, -1n);
        cpu.set64(cells.SP, 0x1000n);
        cpu.setX(5, 0xffff_ffff_8000_0000n);
      },
    );
    expect([1, 2, 3, 4].map((n) => code.x(n))).toEqual([0n, 0n, 0x1010n, 0x8000_0000n]);
    expect(code.cpu.get64(cells.SP)).toBe(0x1010n);
  });

  it('clear their upper half with a write of W', () => {
    const { code } = executed(
      (ir) => ir.setW(0, ir.w(0)),
      ({ cpu }) => cpu.setX(0, 0xdead_beef_8000_0001n),
    );
    expect(code.x(0)).toBe(0x8000_0001n);
  });

  it('are extended where that is seen, not at each write of W', () => {
    const { code, count } = executed(
      (ir) => {
        for (let i = 0; i < 5; i++) ir.setW(0, ir.add(ir.w(0), ir.w(1)));
        ir.setX(2, ir.add(ir.x(0), ir.x(0)));
        ir.setWsp(31, ir.wsp(31));
        ir.if(ir.i32(1), () => ir.setCell64(cells.V, ir.x(0)));
        ir.setX(3, ir.x(0));
      },
      ({ cpu }) => {
        for (const n of [0, 1]) cpu.setX(n, -1n);
        cpu.set64(cells.SP, -16n);
      },
    );
    expect(count(EXTEND_U)).toBe(2);
    expect([0, 2, 3].map((n) => code.x(n))).toEqual([0xffff_fffan, 0x1_ffff_fff4n, 0xffff_fffan]);
    expect([code.cpu.get64(cells.SP), code.cpu.get64(cells.V)]).toEqual([0xffff_fff0n, 0xffff_fffan]);
  });
});

describe('vector registers', () => {
  it('clear what is above a scalar, and above the low half of a vector', () => {
    const { code } = executed(
      (ir) => {
        ir.setVs(0, ir.vs(4));
        ir.setVd(1, ir.vd(4));
        ir.setVector(0, 2, ir.vq(4));
        ir.setVector(1, 3, ir.vq(4));
        ir.setX(0, ir.extendU(ir.vh(4)));
        ir.setX(1, ir.extendU(ir.vb(4)));
        ir.setX(2, ir.extendU(ir.vAddress(4)));
      },
      ({ cpu }) => {
        for (let n = 0; n < 4; n++) cpu.u8.fill(0xff, cells.V + 16 * n, cells.V + 16 * n + 16);
        cpu.set64(cells.V + 64, 0x1122_3344_5566_7788n);
        cpu.set64(cells.V + 72, 0x99aa_bbcc_ddee_ff00n);
      },
    );
    const v = (n: number): bigint[] => [code.cpu.get64(cells.V + 16 * n), code.cpu.get64(cells.V + 16 * n + 8)];
    expect([v(0), v(1), v(2)]).toEqual([
      [0x5566_7788n, 0n],
      [0x1122_3344_5566_7788n, 0n],
      [0x1122_3344_5566_7788n, 0n],
    ]);
    expect(v(3)).toEqual([0x1122_3344_5566_7788n, 0x99aa_bbcc_ddee_ff00n]);
    expect([0, 1, 2].map((n) => code.x(n))).toEqual([0x7788n, 0x88n, BigInt(cells.V + 64)]);
  });
});

describe('the alignment of SP', () => {
  const checksOf = (body: (ir: Builder) => void): number => {
    const { nodes } = blockAt(0, body);
    return nodes.filter((n) => n.op === Op.exitAtIf).length;
  };
  const move = (ir: Builder, by: number): void => ir.setXsp(31, ir.sub(ir.xsp(31), ir.i64(by)));

  it('is checked once, as long as SP moves by multiples of 16', () => {
    const repeated = (between: (ir: Builder) => void): number =>
      checksOf((ir) => {
        ir.checkSpAlignment();
        between(ir);
        ir.checkSpAlignment();
      });
    expect(repeated(() => {})).toBe(1);
    expect(repeated((ir) => move(ir, 32))).toBe(1);
    expect(repeated((ir) => move(ir, 8))).toBe(2);
    expect(repeated((ir) => ir.setXsp(31, ir.xsp(1)))).toBe(2);
    expect(repeated((ir) => ir.runtime(0, 0))).toBe(2);
  });

  it('is a fault at the instruction where it fails', () => {
    const { code } = executed(
      (ir) => ir.checkSpAlignment(),
      ({ cpu }) => cpu.set64(cells.SP, 0x1008n),
    );
    expect(code.cpu.get32(cells.EXIT_REASON)).toBe(ExitReason.call);
  });
});
