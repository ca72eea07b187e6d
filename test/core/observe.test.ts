// What is told of each instruction, whatever code it is executed in.
import { describe, expect, it } from 'vitest';
import { machine, VECTORS as VECTORS32 } from '../../src/core/architecture.fixture.ts';
import type { InstructionObserver } from '../../src/core/engine/observation.ts';
import * as cells from '../../src/core/state/cells.ts';
import type { Cpu } from '../../src/core/system/cpu.ts';
import { machine64, UNMAPPED, VECTORS } from './machine64.fixture.ts';

const LOOP = 0x1400_0000;
const NOP = 0xd503_201f;
const ADD_X0_1 = 0x9100_0400;
const ADD_V0_4S_V0_V0 = 0x4ea0_8400;
const SUBS_X4_X4_1 = 0xf100_0484;
const B_NE_BACK_2 = 0x54ff_ffc1;
const LDR_X1_X0 = 0xf940_0001;
const SVC = 0xd400_0001;

/** Writes down what is told, with X0 (R0) as it is then. */
const recorder = (cpu: Cpu) => {
  const lines: string[] = [];
  const x0 = () => Number(cpu.x(0));
  const observer: InstructionObserver = {
    before: ({ icount, pc, pa, opcode, isa, el }) => {
      expect([icount, pc]).toEqual([cpu.icount, cpu.pc]);
      lines.push(`${icount} ${isa} el${el} ${pc.toString(16)} ${pa.toString(16)} ${opcode.toString(16)} ${x0()}`);
    },
    after: ({ icount }) => lines.push(`${icount} done ${x0()}`),
    exception: ({ exception, icount, pc }) =>
      lines.push(`${icount} ${exception.kind} to el${exception.target} at ${pc.toString(16)}: ${cpu.pc.toString(16)}`),
  };
  return { lines, observer };
};

describe.each([0, 1, Number.POSITIVE_INFINITY])('with %d evaluations of a block', (evaluations) => {
  const observed = (setting: Parameters<typeof machine64>[0]) => {
    const m = machine64(setting);
    m.engine.bounds.evaluations = evaluations;
    const { lines, observer } = recorder(m.cpu);
    m.engine.observe(observer);
    return { ...m, lines };
  };

  it('those alone that may write what is asked about, with all state as it is then', () => {
    const MSR_TPIDR_X0 = 0xd51b_d040;
    const FADD_S0_S1_S2 = 0x1e22_2820;
    const code = [
      ADD_X0_1,
      MSR_TPIDR_X0,
      ADD_V0_4S_V0_V0,
      SUBS_X4_X4_1,
      FADD_S0_S1_S2,
      ADD_X0_1,
      MSR_TPIDR_X0,
      NOP,
      LOOP,
    ];
    const seen = (which: 'systemWriters' | 'vectorWriters') => {
      const m = machine64({ code, x: { 0: 5, 4: 2 } });
      m.engine.bounds.evaluations = evaluations;
      const lines: string[] = [];
      m.engine.observe(
        {
          before: ({ icount, opcode }) => {
            expect(icount).toBe(m.cpu.icount);
            lines.push(`${icount} ${opcode.toString(16)} ${m.cpu.x(0)}`);
          },
        },
        undefined,
        which,
      );
      m.run(9);
      return lines;
    };
    expect(seen('systemWriters')).toEqual(['1 d51bd040 6', '6 d51bd040 7']);
    expect(seen('vectorWriters')).toEqual(['2 4ea08400 6', '4 1e222820 6']);
  });

  it('each instruction before and after, registers as they are then', () => {
    const m = observed({ code: [ADD_X0_1, ADD_V0_4S_V0_V0, SUBS_X4_X4_1, B_NE_BACK_2, LOOP], x: { 0: 5, 4: 2 } });
    m.run(7);
    expect(m.lines).toEqual([
      '0 a64 el1 8000 8000 91000400 5',
      '0 done 6',
      '1 a64 el1 8004 8004 4ea08400 6',
      '1 done 6',
      '2 a64 el1 8008 8008 f1000484 6',
      '2 done 6',
      '3 a64 el1 800c 800c 54ffffc1 6',
      '3 done 6',
      '4 a64 el1 8004 8004 4ea08400 6',
      '4 done 6',
      '5 a64 el1 8008 8008 f1000484 6',
      '5 done 6',
      '6 a64 el1 800c 800c 54ffffc1 6',
      '6 done 6',
    ]);
  });

  it('faults retire nothing, a call by its exception', () => {
    const m = observed({ code: [NOP, SVC, LDR_X1_X0], el: 0, x: { 0: UNMAPPED } });
    m.run(3);
    expect(m.lines.slice(2)).toEqual([
      '1 a64 el0 8004 8004 d4000001 131072',
      '1 done 131072',
      `1 sync to el1 at 8004: ${(VECTORS + 0x400).toString(16)}`,
      `2 a64 el1 ${(VECTORS + 0x400).toString(16)} ${(VECTORS + 0x400).toString(16)} 14000000 131072`,
      '2 done 131072',
    ]);
    const faulting = observed({ code: [NOP, LDR_X1_X0], x: { 0: UNMAPPED } });
    faulting.run(2);
    expect(faulting.lines.slice(2)).toEqual([
      '1 a64 el1 8004 8004 f9400001 131072',
      `1 sync to el1 at 8004: ${(VECTORS + 0x200).toString(16)}`,
      `1 a64 el1 ${(VECTORS + 0x200).toString(16)} ${(VECTORS + 0x200).toString(16)} 14000000 131072`,
      '1 done 131072',
    ]);
  });

  it('A32 and T32, in IT blocks and across instruction sets', () => {
    // add r0, #1; blx 1f ... 1: cmp r0, #0; ittt eq; addeq; addeq r0, r0, #5 (wide); nopeq; adds r0, #2; b .
    const m = machine({
      mode: 0x13,
      code: [0xe280_0001, 0xfaff_ffff, 0xbf02_2800, 0xf100_3001, 0xbf00_0005, 0xe7fe_3002],
    });
    m.engine.bounds.evaluations = evaluations;
    const { lines, observer } = recorder(m.cpu);
    m.engine.observe(observer);
    m.run(9);
    expect(lines.filter((line) => !line.includes('done')).map((line) => line.split(' ').slice(1))).toEqual([
      ['a32', 'el1', '8000', '8000', 'e2800001', '0'],
      ['a32', 'el1', '8004', '8004', 'faffffff', '1'],
      ['t32', 'el1', '8008', '8008', '2800', '1'],
      ['t32', 'el1', '800a', '800a', 'bf02', '1'],
      ['t32', 'el1', '800c', '800c', '3001', '1'],
      ['t32', 'el1', '800e', '800e', 'f1000005', '1'],
      ['t32', 'el1', '8012', '8012', 'bf00', '1'],
      ['t32', 'el1', '8014', '8014', '3002', '1'],
      ['t32', 'el1', '8016', '8016', 'e7fe', '3'],
    ]);
  });

  it('what an instruction writes, before it does', () => {
    // bl .+4; ldr x1, [sp], #16; cmp x0, #0; ldp x2, x3, [sp]; str x0, [sp]; csel x4, x5, x6, eq
    const code = [0x9400_0001, 0xf841_07e1, 0xf100_001f, 0xa940_0fe2, 0xf900_03e0, 0x9a86_00a4, LOOP];
    const m = machine64({ code, x: { 31: 0 } });
    m.cpu.set64(cells.SP, 0xa000n);
    m.engine.bounds.evaluations = evaluations;
    const written: [number, boolean][] = [];
    m.engine.observe({ before: (at) => written.push([at.written.general, at.written.flags]) });
    m.run(6);
    expect(written).toEqual([
      [1 << 30, false],
      [(2 ** 31 + 2) >>> 0, false],
      [0, true],
      [0b1100, false],
      [0, false],
      [0b1_0000, false],
    ]);
  });

  it('nothing once nobody observes, and code runs on as it did before', () => {
    const m = observed({ code: [ADD_X0_1, SUBS_X4_X4_1, B_NE_BACK_2, LOOP], x: { 4: 100 } });
    m.engine.observe(null);
    m.run(50);
    const { lines, observer } = recorder(m.cpu);
    m.engine.observe(observer);
    m.run(3);
    m.engine.observe(null);
    m.run(400);
    expect([lines.length, m.lines.length, m.cpu.x(4)]).toEqual([6, 0, 0n]);
  });
});

it('a run can end where an instruction faults: at the vector, with the count that it had', () => {
  const m = machine64({ code: [NOP, LDR_X1_X0], x: { 0: UNMAPPED } });
  let faults = 0;
  m.engine.onFault = () => {
    faults++;
    m.engine.stop();
  };
  expect([m.run(100), m.cpu.icount, m.cpu.pc, faults]).toEqual(['count', 1, BigInt(VECTORS + 0x200), 1]);
  // SVC retires.
  const n = machine({ mode: 0x13, code: [0xe1a0_0000, 0xef00_0000] });
  n.engine.onFault = () => n.engine.stop();
  expect([n.run(2), n.cpu.icount, n.pc]).toEqual(['count', 2, VECTORS32 + 8]);
});
