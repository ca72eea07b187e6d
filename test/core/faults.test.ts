import { describe, expect, it } from 'vitest';
import { machine } from '../../src/core/architecture.fixture.ts';
import { Mode } from '../../src/core/fields/psr.ts';
import * as cells from '../../src/core/state/cells.ts';
import {
  CODE,
  DATA,
  DEVICE,
  exceptionOf,
  machine64,
  PRIVILEGED,
  READ_ONLY,
  TBI,
  UNMAPPED,
  UPPER,
  VECTORS,
} from './machine64.fixture.ts';

const LOOP = 0x1400_0000;
const SVC = 0xd400_0001;
const WFI = 0xd503_207f;
const ERET = 0xd69f_03e0;
const ADD_X0_1 = 0x9100_0400;
const LDR_X1_X0 = 0xf940_0001;
const STR_X1_X0 = 0xf900_0001;
const LDR_W1_X0 = 0xb940_0001;
const LDRH_W1_X0 = 0x7940_0001;
const LDR_Q0_X0 = 0x3dc0_0000;
const LDP_X_X0 = 0xa940_0801;
const LD1_4S_X0 = 0x4c40_7800;
const ST1_8B_X0 = 0x0c00_6000;
const LD2_2D_X0 = 0x4c40_8c00;
const LDXR_X1_X0 = 0xc85f_7c01;
const DC_IVAC_X0 = 0xd508_7620;
const DC_CVAC_X0 = 0xd50b_7a20;
const DC_CVAU_X0 = 0xd50b_7b20;
const DC_CIVAC_X0 = 0xd50b_7e20;
const IC_IVAU_X0 = 0xd50b_7520;
const DC_ZVA_X0 = 0xd50b_7420;
const BR_X0 = 0xd61f_0000;
const BLR_X0 = 0xd63f_0000;
const RET_X0 = 0xd65f_0000;
const ADR_X3 = 0x1000_0003;

/** ISS of data aborts: WnR, CM; DFSC. */
const WNR = 1 << 6;
const CM = 1 << 8;
const TRANSLATION = 0b000111;
const PERMISSION = 0b001111;
const ALIGNMENT = 0b100001;
const EC = { dabtLow: 0x24, dabtCurrent: 0x25, iabtCurrent: 0x21, iabtLow: 0x20 };
const ec = (esr: number): number => esr >>> 26;
const iss = (esr: number): number => esr & 0x1ff_ffff;

describe('software step of EL1 by itself', () => {
  const SPSR_SS = 1n << 21n;
  const MDSCR = (1n << 13n) | 1n;
  const D = 1n << 9n;
  /** ERET at EL1 to EL1: from where debug exceptions are masked to where they are not. */
  const stepping = (code: readonly number[]) => {
    const made = machine64({
      code: [ERET, ...code, LOOP],
      registers: { ELR_EL1: BigInt(CODE + 4), SPSR_EL1: SPSR_SS | 5n, MDSCR_EL1: MDSCR },
    });
    made.cpu.set32(cells.DAIF, Number(D));
    return made;
  };
  it('is one instruction, then the exception', () => {
    const { cpu, run, read } = stepping([ADD_X0_1, ADD_X0_1]);
    run(10);
    expect(ec(Number(read('ESR_EL1')))).toBe(0x33);
    expect([cpu.x(0), read('ELR_EL1'), read('SPSR_EL1') & SPSR_SS]).toEqual([1n, BigInt(CODE + 8), 0n]);
  });
  it('of WFI ends behind it', () => {
    const { cpu, run, read } = stepping([WFI, ADD_X0_1]);
    expect(run(10)).toBe('wfi');
    run(10);
    expect([cpu.x(0), read('ELR_EL1')]).toEqual([0n, BigInt(CODE + 8)]);
  });
  it('of a return starts anew where it leads', () => {
    const { run, read } = stepping([ERET]);
    // ELR_EL1 leads to the second ERET, and that to itself: with debug exceptions on, the step is over.
    run(10);
    expect([ec(Number(read('ESR_EL1'))), read('ELR_EL1')]).toEqual([0x33, BigInt(CODE + 4)]);
  });
});

describe('debug exceptions come behind faults of translation', () => {
  const MDSCR = 1n << 15n;
  /** Loads and stores at EL0, 8 bytes; instructions at EL0. */
  const watch = (va: number) => ({ MDSCR_EL1: MDSCR, DBGWVR0_EL1: BigInt(va), DBGWCR0_EL1: 0x1ffdn });
  const stopAt = (va: number) => ({ MDSCR_EL1: MDSCR, DBGBVR0_EL1: BigInt(va), DBGBCR0_EL1: 0x1e5n });
  it.each([
    ['a load where nothing is mapped', LDR_X1_X0, UNMAPPED, EC.dabtLow, TRANSLATION],
    ['a store to what is read-only', STR_X1_X0, READ_ONLY, EC.dabtLow, WNR | PERMISSION],
    ['a misaligned load exclusive', LDXR_X1_X0, DATA + 4, EC.dabtLow, ALIGNMENT],
    ['a misaligned load from Device memory', LDR_X1_X0, DEVICE + 4, EC.dabtLow, ALIGNMENT],
    ['a block zeroed where nothing is mapped', DC_ZVA_X0, UNMAPPED + 8, EC.dabtLow, WNR | TRANSLATION],
    ['what translation lets pass', LDR_X1_X0, READ_ONLY, 0x34, 0x22],
  ])('watchpoints: %s', (_what, instruction, va, wantedEc, wantedIss) => {
    const { esr, far } = exceptionOf({ code: [instruction, LOOP], el: 0, x: { 0: va }, registers: watch(va & ~7) });
    expect([ec(esr), iss(esr), far]).toEqual([wantedEc, wantedIss, BigInt(va)]);
  });
  it.each([
    ['no instructions', UNMAPPED, EC.iabtLow, TRANSLATION],
    ['no address of one', UNMAPPED + 2, 0x22, 0],
    ['instructions', CODE + 8, 0x30, 0x22],
  ])('breakpoints: where there are %s', (_what, va, wantedEc, wantedIss) => {
    const { esr, elr } = exceptionOf({
      code: [BR_X0, LOOP, LOOP],
      el: 0,
      x: { 0: va },
      registers: stopAt(va & ~3),
    });
    expect([ec(esr), iss(esr), elr]).toEqual([wantedEc, wantedIss, BigInt(va)]);
  });
  it('watchpoints see what DC IVAC would invalidate', () => {
    const registers = { MDSCR_EL1: MDSCR | (1n << 13n), DBGWVR0_EL1: BigInt(DATA), DBGWCR0_EL1: 0x1ffbn };
    const { esr, far } = exceptionOf({ code: [DC_IVAC_X0, LOOP], x: { 0: DATA + 40 }, registers });
    expect([ec(esr), iss(esr), far]).toEqual([0x35, CM | WNR | 0x22, BigInt(DATA)]);
    expect(exceptionOf({ code: [DC_CVAC_X0, SVC], x: { 0: DATA + 40 }, registers }).esr >>> 26).toBe(0x15);
  });
});

describe('Device memory', () => {
  it.each([
    ['LDR W at 2', LDR_W1_X0, 2, ALIGNMENT],
    ['LDRH at 1', LDRH_W1_X0, 1, ALIGNMENT],
    ['LDP X at 4', LDP_X_X0, 4, ALIGNMENT],
    ['LDR Q at 8', LDR_Q0_X0, 8, ALIGNMENT],
    ['LD1 {.4S} at 2', LD1_4S_X0, 2, ALIGNMENT],
    ['LD2 {.2D} at 4', LD2_2D_X0, 4, ALIGNMENT],
    ['DC ZVA', DC_ZVA_X0, 0, WNR | ALIGNMENT],
    ['DC ZVA within a block', DC_ZVA_X0, 0x108, WNR | ALIGNMENT],
  ])('lets %s fault', (_what, instruction, offset, wanted) => {
    for (const [base, mmuOff] of [
      [DEVICE, false],
      [DATA, true],
    ] as const) {
      const { esr, far } = exceptionOf({ code: [instruction, SVC], mmuOff, x: { 0: base + offset } });
      expect([ec(esr), iss(esr), far]).toEqual([EC.dabtCurrent, wanted, BigInt(base + offset)]);
    }
  });
  it.each([
    ['LDP X at 8', LDP_X_X0, 8],
    ['LD1 {.4S} at 4', LD1_4S_X0, 4],
    ['ST1 {.8B} at 1', ST1_8B_X0, 1],
    ['LD2 {.2D} at 8', LD2_2D_X0, 8],
  ])('lets %s be', (_what, instruction, offset) => {
    const { esr } = exceptionOf({ code: [instruction, SVC], x: { 0: DEVICE + offset } });
    expect(ec(esr)).toBe(0x15);
  });
  it('is not Normal memory', () => {
    for (const instruction of [LDR_W1_X0, LDR_Q0_X0, LD1_4S_X0, DC_ZVA_X0])
      expect(ec(exceptionOf({ code: [instruction, SVC], x: { 0: DATA + 1 } }).esr)).toBe(0x15);
  });
});

describe('DC ZVA', () => {
  it('zeroes the block that its address lies in', () => {
    for (const evaluations of [0, Number.POSITIVE_INFINITY]) {
      const { cpu, engine } = machine64({ code: [DC_ZVA_X0, DC_ZVA_X0, LOOP], x: { 0: DATA + 0xffd } });
      engine.bounds.evaluations = evaluations;
      const at = cells.HOST_MEMORY + DATA + 0xfc0;
      cpu.u8.fill(7, at - 1, at + 64);
      engine.run(1);
      cpu.u8.fill(7, at - 1, at + 64);
      engine.run(10);
      expect([...cpu.u8.subarray(at - 1, at + 64)]).toEqual([7, ...new Array(64).fill(0)]);
    }
  });
  it('faults at the address that it was given', () => {
    const { esr, far } = exceptionOf({ code: [DC_ZVA_X0, LOOP], x: { 0: UNMAPPED + 0x123 } });
    expect([iss(esr), far]).toEqual([WNR | TRANSLATION, BigInt(UNMAPPED + 0x123)]);
  });
});

describe('cache maintenance by address', () => {
  const all = [DC_IVAC_X0, DC_CVAC_X0, DC_CVAU_X0, DC_CIVAC_X0, IC_IVAU_X0];
  const [, ...atEl0] = all;
  it('faults where nothing is mapped', () => {
    for (const instruction of all) {
      const { esr, far } = exceptionOf({ code: [instruction, SVC], x: { 0: UNMAPPED + 0x44 } });
      expect([ec(esr), iss(esr), far]).toEqual([EC.dabtCurrent, CM | WNR | TRANSLATION, BigInt(UNMAPPED + 0x44)]);
    }
  });
  it('asks for permission to read at EL0', () => {
    for (const instruction of atEl0) {
      const { esr } = exceptionOf({ code: [instruction, SVC], el: 0, x: { 0: PRIVILEGED } });
      expect([ec(esr), iss(esr)]).toEqual([EC.dabtLow, CM | WNR | PERMISSION]);
      expect(ec(exceptionOf({ code: [instruction, SVC], el: 0, x: { 0: READ_ONLY } }).esr)).toBe(0x15);
    }
  });
  it('asks for permission to write where it invalidates alone', () => {
    for (const instruction of all) {
      const { esr } = exceptionOf({ code: [instruction, SVC], x: { 0: READ_ONLY } });
      if (instruction === DC_IVAC_X0) expect(iss(esr)).toBe(CM | WNR | PERMISSION);
      else expect(ec(esr)).toBe(0x15);
    }
  });
  it('loads nothing, and is done again when the mapping is gone', () => {
    const DC_CVAC_X1 = DC_CVAC_X0 | 1;
    const { cpu, run, read } = machine64({
      code: [DC_CVAC_X0, DC_CVAC_X0, DC_CVAC_X1, LOOP],
      x: { 0: DATA, 1: UNMAPPED },
    });
    run(20);
    expect([cpu.x(0), cpu.x(1), read('ELR_EL1')]).toEqual([BigInt(DATA), BigInt(UNMAPPED), BigInt(CODE + 8)]);
  });
});

describe('branches with a tag', () => {
  const TAG = 0x5a00_0000_0000_0000n;
  const lower = TAG | BigInt(CODE + 8);
  const upper = (UPPER & ~(0xffn << 56n)) | TAG | BigInt(CODE + 8);
  const where = (address: bigint, code: readonly number[], tcr = TBI) => {
    const made = machine64({ code: [...code, LOOP, LOOP, LOOP].slice(0, 8), x: { 0: address }, tcr });
    made.run(20);
    return made;
  };
  it.each([
    ['BR', BR_X0],
    ['BLR', BLR_X0],
    ['RET', RET_X0],
  ])('%s leads to the address without it, with its sign', (_name, branch) => {
    for (const evaluations of [0, Number.POSITIVE_INFINITY]) {
      for (const [address, pc] of [
        [lower, BigInt(CODE + 8)],
        [upper, UPPER | BigInt(CODE + 8)],
      ] as const) {
        const made = machine64({ code: [branch, LOOP, ADR_X3, LOOP], x: { 0: address }, tcr: TBI });
        made.engine.bounds.evaluations = evaluations;
        made.run(20);
        expect([made.cpu.x(3), made.cpu.pc]).toEqual([pc, pc + 4n]);
      }
    }
  });
  it('are stopped behind with the address as it is to be', () => {
    const { cpu, run } = machine64({ code: [BR_X0, LOOP, LOOP], x: { 0: upper }, tcr: TBI });
    run(1);
    expect(cpu.pc).toBe(UPPER | BigInt(CODE + 8));
  });
  it('fault where the top byte is an address', () => {
    const { read } = where(lower, [BR_X0], 0n);
    expect([ec(Number(read('ESR_EL1'))), read('FAR_EL1'), read('ELR_EL1')]).toEqual([EC.iabtCurrent, lower, lower]);
    const { read: ofUpper } = where(upper, [BR_X0], 1n << 37n);
    expect(ofUpper('FAR_EL1')).toBe(upper);
  });
  it('by ERET, and by an exception', () => {
    const made = machine64({
      code: [ERET, LOOP, SVC],
      registers: { ELR_EL1: lower, SPSR_EL1: 0x3c5n, VBAR_EL1: TAG | BigInt(VECTORS) },
      tcr: TBI,
    });
    made.run(20);
    expect([made.read('ELR_EL1'), made.cpu.pc]).toEqual([BigInt(CODE + 12), BigInt(VECTORS + 0x200)]);
  });
});

describe('AArch32', () => {
  const DATA32 = 0xa000;
  const TABLE = 0xc000;
  const NOTHING = 0x0010_0000;
  const STRONG = 0x0020_0000;
  const SVC32 = 0xef00_0000;
  const LDR = 0xe590_1000;
  const LDM = 0xe890_0006;
  const LDRD = 0xe1c0_20d0;
  const VLD1_32 = 0xf420_078f;
  const VLD1_8 = 0xf420_070f;
  const DCCMVAC = 0xee07_0f3a;
  const DCIMVAC = 0xee07_0f36;
  const DCCMVAU = 0xee07_0f3b;
  const DCCIMVAC = 0xee07_0f3e;
  const ICIMVAU = 0xee07_0f35;
  const BPIMVA = 0xee07_0ff5;
  const READ_ONLY32 = 0x0030_0000;
  /** Sections: Normal write-back, nothing, Strongly-ordered, read-only; all of the lowest MiB. */
  const run = (instruction: number, r0: number, mmu = true) => {
    const made = machine({
      mode: Mode.svc,
      code: [instruction, SVC32],
      registers: { TTBR0: TABLE, DACR: 1, ...(mmu ? { SCTLR: 0x00c5_0079 } : {}) },
    });
    const [full, cached] = [3 << 10, (1 << 12) | (3 << 2)];
    made.setWord(TABLE, 2 | full | cached);
    made.setWord(TABLE + 8, 2 | full);
    made.setWord(TABLE + 12, 2 | (1 << 15) | (1 << 10) | cached);
    made.setR(0, r0);
    made.run(20);
    const isAbort = made.mode === Mode.abt;
    return isAbort ? [made.register('DFSR'), made.register('DFAR')] : made.mode === Mode.svc ? 'passed' : 'other';
  };
  it('lets misaligned accesses to Strongly-ordered memory fault, by elements', () => {
    expect(run(LDR, STRONG + DATA32 + 2)).toEqual([0x001, STRONG + DATA32 + 2]);
    expect(run(VLD1_32, STRONG + DATA32 + 2)).toEqual([0x001, STRONG + DATA32 + 2]);
    for (const instruction of [LDM, LDRD, VLD1_32]) expect(run(instruction, STRONG + DATA32 + 4)).toBe('passed');
    expect(run(VLD1_8, STRONG + DATA32 + 1)).toBe('passed');
    expect(run(LDR, DATA32 + 2)).toBe('passed');
  });
  it('has no other memory with the MMU off', () => {
    expect(run(LDR, DATA32 + 1, false)).toEqual([0x001, DATA32 + 1]);
  });
  it('lets cache maintenance fault where nothing is mapped', () => {
    for (const instruction of [DCIMVAC, DCCMVAC, DCCMVAU, DCCIMVAC, ICIMVAU])
      expect(run(instruction, NOTHING + 4)).toEqual([0x2805, NOTHING + 4]);
    expect(run(BPIMVA, NOTHING)).toBe('passed');
  });
  it('asks for permission to write where it invalidates alone', () => {
    expect(run(DCIMVAC, READ_ONLY32)).toEqual([0x280d, READ_ONLY32]);
    expect(run(DCCMVAC, READ_ONLY32)).toBe('passed');
  });
});
