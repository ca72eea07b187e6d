import { describe, expect, it } from 'vitest';
import { Decoder, extract } from '../decode/decoder.ts';
import { encodingClass } from '../decode/lift.ts';
import { Builder } from '../ir/builder.ts';
import { Op, RuntimeCall } from '../ir/ops.ts';
import * as cells from '../state/cells.ts';
import { ExceptionCall, ExitReason } from '../state/codes.ts';
import { Cpu } from '../system/cpu.ts';
import { SystemRegister } from '../system/index.ts';
import { resetCpu } from '../system/reset.ts';
import { systemLift } from './system.lift.ts';
import { system } from './system.table.ts';

const counter = { frequency: 1, countAt: () => 0n, icountAt: () => Infinity };
const decoder = new Decoder([encodingClass('system', system, systemLift)]);

type Registers = Readonly<Record<string, bigint>>;
function lift(word: number, el: number, registers: Registers = {}, spsel = el === 0 ? 0 : 1): Builder | null {
  const cpu = new Cpu(65536, counter);
  resetCpu(cpu, { el: 1, entry: 0n });
  for (const [name, value] of Object.entries(registers)) new SystemRegister(cpu, name).write(value);
  const ir = new Builder(cpu.system.configs.of(cpu, el, spsel, false));
  ir.begin(0);
  const row = decoder.decode(word);
  if (row === null) return null;
  row.lift(ir as never, extract(row, word) as never);
  return ir;
}

/** What becomes of an instruction: the exception it calls for, or how its block goes on. */
function outcome(word: number, el: number, registers: Registers = {}, spsel?: number): string {
  const ir = lift(word, el, registers, spsel);
  const last = ir?.nodes.at(-1);
  if (!ir || !last) return ir ? 'next' : 'undefined';
  switch (last.op) {
    case Op.exitAt: {
      if (last.imm === ExitReason.eret) return 'eret';
      const [name] = Object.entries(ExceptionCall).find(([, call]) => call === last.imm2 >>> 16) ?? ['?'];
      return name === 'undefined' ? name : `${name} ${last.imm2 & 0xffff}`;
    }
    case Op.exitAfter:
      return last.imm === ExitReason.wait ? `wait ${last.imm2}` : 'reconsider';
    case Op.branch:
      return 'branch';
    case Op.branchTo:
      return 'refetch';
    default:
      return 'next';
  }
}

/** MSR, MRS, SYS by fields. */
const encode = (isRead: boolean, op0: number, op1: number, crn: number, crm: number, op2: number, rt = 0): number =>
  (0xd500_0000 | (isRead ? 1 << 21 : 0) | (op0 << 19) | (op1 << 16) | (crn << 12) | (crm << 8) | (op2 << 5) | rt) >>> 0;
const mrs = (...at: [number, number, number, number, number]) => encode(true, ...at);
const msr = (...at: [number, number, number, number, number]) => encode(false, ...at);

const SCTLR_EL1 = [3, 0, 1, 0, 0] as [number, number, number, number, number];
const at = {
  SCTLR_EL1,
  TTBR1_EL1: [3, 0, 2, 0, 1],
  ID_AA64PFR0_EL1: [3, 0, 0, 4, 0],
  ID_AA64ISAR0_EL1: [3, 0, 0, 6, 0],
  CTR_EL0: [3, 3, 0, 0, 1],
  DAIF: [3, 3, 4, 2, 1],
  FPCR: [3, 3, 4, 4, 0],
  CPACR_EL1: [3, 0, 1, 0, 2],
  CNTPCT_EL0: [3, 3, 14, 0, 1],
  CNTVCT_EL0: [3, 3, 14, 0, 2],
  CNTP_CTL_EL0: [3, 3, 14, 2, 1],
  SP_EL0: [3, 0, 4, 1, 0],
  HCR_EL2: [3, 4, 1, 1, 0],
  ICC_IAR1_EL1: [3, 0, 12, 12, 0],
  ICC_SGI1R_EL1: [3, 0, 12, 11, 5],
  MDSCR_EL1: [2, 0, 0, 2, 2],
  OSLAR_EL1: [2, 0, 1, 0, 4],
  PMCR_EL0: [3, 3, 9, 12, 0],
  PMSCR_EL1: [3, 0, 9, 9, 0],
  CPUACTLR_EL1: [3, 1, 15, 2, 0],
} satisfies Record<string, number[]> as unknown as Record<string, [number, number, number, number, number]>;
const read = (name: string): number => mrs(...(at[name] as [number, number, number, number, number]));
const write = (name: string): number => msr(...(at[name] as [number, number, number, number, number]));

const Hcr = {
  imo: 1n << 4n,
  tid3: 1n << 18n,
  tsc: 1n << 19n,
  tidcp: 1n << 20n,
  ttlb: 1n << 25n,
  tvm: 1n << 26n,
  trvm: 1n << 30n,
};
const hcr = (bits: bigint): Registers => ({ HCR_EL2: bits });

describe('access to system registers', () => {
  it.each([
    ['a register of EL1 at EL0', read('SCTLR_EL1'), 0, {}, 'undefined'],
    ['a register of EL2 at EL1', read('HCR_EL2'), 1, {}, 'undefined'],
    ['a register of EL2 at EL2', read('HCR_EL2'), 2, {}, 'next'],
    ['a write of an identification register', write('ID_AA64PFR0_EL1'), 1, {}, 'undefined'],
    ['a read of one', read('ID_AA64PFR0_EL1'), 1, {}, 'next'],
    ['a read of one under TID3', read('ID_AA64PFR0_EL1'), 1, hcr(Hcr.tid3), 'trap 2'],
    ['a read of one under TID3 at EL2', read('ID_AA64PFR0_EL1'), 2, hcr(Hcr.tid3), 'next'],
    ['a write under TVM', write('SCTLR_EL1'), 1, hcr(Hcr.tvm), 'trap 2'],
    ['a read under TVM', read('SCTLR_EL1'), 1, hcr(Hcr.tvm), 'next'],
    ['a read under TRVM', read('SCTLR_EL1'), 1, hcr(Hcr.trvm), 'trap 2'],
    ['a write of configuration', write('SCTLR_EL1'), 1, {}, 'reconsider'],
    ['a write of context', write('TTBR1_EL1'), 1, {}, 'refetch'],
    ['CTR_EL0 at EL0', read('CTR_EL0'), 0, {}, 'trap 1'],
    ['CTR_EL0 at EL0 under UCT', read('CTR_EL0'), 0, { SCTLR_EL1: 1n << 15n }, 'next'],
    ['DAIF at EL0', read('DAIF'), 0, {}, 'trap 1'],
    ['DAIF at EL0 under UMA', read('DAIF'), 0, { SCTLR_EL1: 1n << 9n }, 'next'],
    ['FPCR without FPEN', read('FPCR'), 1, {}, 'fpTrap 1'],
    ['FPCR with FPEN for EL1 only, at EL0', read('FPCR'), 0, { CPACR_EL1: 1n << 20n }, 'fpTrap 1'],
    ['FPCR with FPEN', read('FPCR'), 0, { CPACR_EL1: 3n << 20n }, 'next'],
    ['FPCR under TFP', read('FPCR'), 1, { CPACR_EL1: 3n << 20n, CPTR_EL2: 1n << 10n }, 'fpTrap 2'],
    ['CPACR_EL1 under TCPAC', write('CPACR_EL1'), 1, { CPTR_EL2: 1n << 31n }, 'trap 2'],
    ['the counter at EL0', read('CNTVCT_EL0'), 0, {}, 'trap 1'],
    ['the counter at EL0 under EL0VCTEN', read('CNTVCT_EL0'), 0, { CNTKCTL_EL1: 2n }, 'next'],
    ['the physical counter without EL1PCTEN', read('CNTPCT_EL0'), 1, { CNTHCTL_EL2: 0n }, 'trap 2'],
    ['the physical timer without EL1PCEN', write('CNTP_CTL_EL0'), 1, { CNTHCTL_EL2: 1n }, 'trap 2'],
    ['the physical timer with it', write('CNTP_CTL_EL0'), 1, {}, 'reconsider'],
    ['the GIC without routing', read('ICC_IAR1_EL1'), 1, {}, 'undefined'],
    ['the GIC', read('ICC_IAR1_EL1'), 1, hcr(Hcr.imo), 'next'],
    ['the GIC under TALL1', read('ICC_IAR1_EL1'), 1, { ...hcr(Hcr.imo), ICH_HCR_EL2: 1n << 12n }, 'trap 2'],
    ['a request for an SGI', write('ICC_SGI1R_EL1'), 1, hcr(Hcr.imo), 'trap 2'],
    ['debug', write('MDSCR_EL1'), 1, {}, 'reconsider'],
    ['debug under TDA', write('MDSCR_EL1'), 1, { MDCR_EL2: 1n << 9n }, 'trap 2'],
    ['debug under TDE', write('MDSCR_EL1'), 1, { MDCR_EL2: 1n << 8n }, 'trap 2'],
    ['the OS lock under TDA', write('OSLAR_EL1'), 1, { MDCR_EL2: 1n << 9n }, 'reconsider'],
    ['the OS lock under TDOSA', write('OSLAR_EL1'), 1, { MDCR_EL2: 1n << 10n }, 'trap 2'],
    ['the performance monitors', read('PMCR_EL0'), 1, {}, 'next'],
    ['what there is not (statistical profiling)', read('PMSCR_EL1'), 1, {}, 'undefined'],
    ['the implementer’s', write('CPUACTLR_EL1'), 1, {}, 'next'],
    ['the implementer’s under TIDCP', write('CPUACTLR_EL1'), 1, hcr(Hcr.tidcp), 'trap 2'],
  ] as const)('%s', (_, word, el, registers, expected) => {
    expect(outcome(word, el, registers)).toBe(expected);
  });
  it('reaches SP_EL0 where it is not the current SP', () => {
    expect(outcome(read('SP_EL0'), 1, {}, 0)).toBe('undefined');
    expect(outcome(read('SP_EL0'), 1, {}, 1)).toBe('next');
  });
  it('needs no call for what is hot', () => {
    const inline = ['TTBR1_EL1', 'SP_EL0', 'DAIF'].map(read);
    inline.push(write('SP_EL0'), write('DAIF'), msr(3, 0, 4, 0, 1), msr(3, 0, 4, 0, 0), msr(3, 3, 13, 0, 2));
    for (const word of inline) expect(lift(word, 1)?.nodes.some((n) => n.op === Op.runtime)).toBe(false);
  });
});

describe('exception generation and hints', () => {
  const NTWI_NTWE = (1n << 16n) | (1n << 18n);
  it.each([
    ['svc #5', 0xd40000a1, 0, {}, 'svc 5'],
    ['hvc #0 at EL0', 0xd4000002, 0, {}, 'undefined'],
    ['hvc #1 at EL1', 0xd4000022, 1, {}, 'hvc 1'],
    ['hvc under HCD', 0xd4000002, 1, hcr(1n << 29n), 'undefined'],
    ['hvc at EL2 under HCD', 0xd4000002, 2, hcr(1n << 29n), 'undefined'],
    ['smc at EL1', 0xd4000003, 1, {}, 'undefined'],
    ['smc under TSC', 0xd4000003, 1, hcr(Hcr.tsc), 'trap 2'],
    ['smc at EL0 under TSC', 0xd4000003, 0, hcr(Hcr.tsc), 'undefined'],
    ['brk #1', 0xd4200020, 0, {}, 'brk 1'],
    ['hlt #0', 0xd4400000, 1, {}, 'undefined'],
    ['dcps1', 0xd4a00001, 1, {}, 'undefined'],
    ['eret', 0xd69f03e0, 1, {}, 'eret'],
    ['eret at EL0', 0xd69f03e0, 0, {}, 'undefined'],
    ['drps', 0xd6bf03e0, 2, {}, 'undefined'],
    ['nop', 0xd503201f, 0, {}, 'next'],
    ['yield', 0xd503203f, 0, {}, 'next'],
    ['sevl', 0xd50320bf, 0, {}, 'next'],
    ['a hint of a later version (paciasp)', 0xd503233f, 0, {}, 'next'],
    ['wfi', 0xd503207f, 1, {}, 'wait 0'],
    ['wfe', 0xd503205f, 1, {}, 'wait 1'],
    ['dsb sy', 0xd5033f9f, 0, {}, 'next'],
    ['dmb ish', 0xd5033bbf, 0, {}, 'next'],
    ['isb', 0xd5033fdf, 0, {}, 'next'],
    ['clrex', 0xd5033f5f, 0, {}, 'next'],
    ['sb, which is not ARMv8.0’s', 0xd50330ff, 0, {}, 'undefined'],
    ['msr spsel, #0', 0xd50040bf, 1, {}, 'reconsider'],
    ['msr spsel, #0 at EL0', 0xd50040bf, 0, {}, 'undefined'],
    ['msr daifset, #2', 0xd50342df, 1, {}, 'next'],
    ['msr daifset at EL0', 0xd50342df, 0, {}, 'trap 1'],
    ['msr pan, #1, which is not ARMv8.0’s', 0xd500419f, 1, {}, 'undefined'],
    ['tlbi vmalle1is', 0xd508831f, 1, {}, 'refetch'],
    ['tlbi vmalle1is under TTLB', 0xd508831f, 1, hcr(Hcr.ttlb), 'trap 2'],
    ['tlbi alle1 at EL1', 0xd50c879f, 1, {}, 'undefined'],
    ['dc civac at EL0', 0xd50b7e20, 0, {}, 'trap 1'],
    ['dc civac at EL0 under UCI', 0xd50b7e20, 0, { SCTLR_EL1: 1n << 26n }, 'next'],
    ['dc zva at EL0', 0xd50b7420, 0, {}, 'trap 1'],
    ['dc ivac at EL0', 0xd5087620, 0, { SCTLR_EL1: 1n << 26n }, 'undefined'],
    ['at s1e1r', 0xd5087800, 1, {}, 'next'],
    ['sysl', 0xd5280000, 1, {}, 'undefined'],
  ] as const)('%s', (_, word, el, registers, expected) => {
    expect(outcome(word, el, registers)).toBe(expected);
  });
  it('asks the run time before a WFI that may trap', () => {
    const asks = (el: number, registers: Registers): boolean =>
      lift(0xd503207f, el, registers)?.nodes.some(
        (n) => n.op === Op.runtime && n.imm === RuntimeCall.systemOperation,
      ) ?? false;
    expect(asks(1, {})).toBe(false);
    expect(asks(1, hcr(1n << 13n))).toBe(true);
    expect(asks(0, {})).toBe(false);
    expect(asks(0, { SCTLR_EL1: 0n })).toBe(true);
    expect(asks(0, { SCTLR_EL1: NTWI_NTWE, ...hcr(1n << 13n) })).toBe(true);
  });
  it('zeroes the 64 bytes around an address', () => {
    const zva = lift(0xd50b7420, 1)?.nodes.find((n) => n.op === Op.store);
    expect(zva?.imm).toBe(8);
  });
  it('leaves the block when unmasking lets an interrupt in', () => {
    const nodes = lift(0xd50342ff, 1)?.nodes ?? [];
    expect(nodes.at(-1)?.op).toBe(Op.exitIf);
    expect(nodes.some((n) => n.op === Op.setCell32 && n.imm === cells.DAIF)).toBe(true);
  });
});
