import { Hcr } from '../../fields/hcr.ts';
import { Sctlr } from '../../fields/sctlr.ts';
import { BREAKPOINTS, CONTEXT_BREAKPOINTS, sys, WATCHPOINTS } from '../../state/system-cells.ts';
import { el0Enabled, el1, el1TrappedBy, readOnly } from '../access.ts';
import { cortexA57 } from '../cp15/identity.ts';
import type { Cpu } from '../cpu.ts';
import type { Encoding, RegisterRow } from '../row.ts';

// Identification: the values of a Cortex-A57 r1p0 (its TRM, DDI 0488, chapter 4), where this CPU has what they tell of.
// It has no PMU and no EL3, and AArch32 at EL0 and EL1 alone (cp15/identity.ts); it has the system register interface to the
// GIC, 16 KiB pages, and the counter traps of FEAT_ECV, which a hypervisor that emulates both timers needs.

export const MIDR_CORTEX_A57 = 0x411f_d070n;

const dfr0 =
  0x6n | (BigInt(BREAKPOINTS - 1) << 12n) | (BigInt(WATCHPOINTS - 1) << 20n) | (BigInt(CONTEXT_BREAKPOINTS - 1) << 28n);

type FeatureValue = bigint | ((cpu: Cpu) => bigint);

/** GIC 1 where it has system registers, AdvSIMD 0, FP 0; EL2 AArch64 only, EL1 and EL0 AArch32 too. */
const processorFeatures = (cpu: Cpu): bigint => (cpu.get32(sys.GIC_MEMORY_MAPPED) === 0 ? 0x0100_0122n : 0x0122n);

type Aarch32Feature = Exclude<keyof typeof cortexA57, 'CCSIDR'>;
const aarch32Feature = (name: Aarch32Feature, crm: number, op2: number): readonly [number, number, bigint] => [
  crm,
  op2,
  BigInt(cortexA57[name]),
];

/** Op0 3, Op1 0, CRn 0, CRm 1 to 7: by CRm and Op2. What is not named reads as zero, as the architecture reserves it. */
const features: Readonly<Record<string, readonly [crm: number, op2: number, value: FeatureValue]>> = {
  ID_PFR0_EL1: aarch32Feature('ID_PFR0', 1, 0),
  ID_PFR1_EL1: aarch32Feature('ID_PFR1', 1, 1),
  ID_DFR0_EL1: aarch32Feature('ID_DFR0', 1, 2),
  ID_AFR0_EL1: aarch32Feature('ID_AFR0', 1, 3),
  ID_MMFR0_EL1: aarch32Feature('ID_MMFR0', 1, 4),
  ID_MMFR1_EL1: aarch32Feature('ID_MMFR1', 1, 5),
  ID_MMFR2_EL1: aarch32Feature('ID_MMFR2', 1, 6),
  ID_MMFR3_EL1: aarch32Feature('ID_MMFR3', 1, 7),
  ID_ISAR0_EL1: aarch32Feature('ID_ISAR0', 2, 0),
  ID_ISAR1_EL1: aarch32Feature('ID_ISAR1', 2, 1),
  ID_ISAR2_EL1: aarch32Feature('ID_ISAR2', 2, 2),
  ID_ISAR3_EL1: aarch32Feature('ID_ISAR3', 2, 3),
  ID_ISAR4_EL1: aarch32Feature('ID_ISAR4', 2, 4),
  ID_ISAR5_EL1: aarch32Feature('ID_ISAR5', 2, 5),
  ID_MMFR4_EL1: aarch32Feature('ID_MMFR4', 2, 6),
  MVFR0_EL1: aarch32Feature('MVFR0', 3, 0),
  MVFR1_EL1: aarch32Feature('MVFR1', 3, 1),
  MVFR2_EL1: aarch32Feature('MVFR2', 3, 2),
  ID_AA64PFR0_EL1: [4, 0, processorFeatures],
  ID_AA64PFR1_EL1: [4, 1, 0n],
  ID_AA64DFR0_EL1: [5, 0, dfr0],
  ID_AA64DFR1_EL1: [5, 1, 0n],
  ID_AA64AFR0_EL1: [5, 4, 0n],
  ID_AA64AFR1_EL1: [5, 5, 0n],
  /** CRC32, SHA2, SHA1, AES with PMULL. */
  ID_AA64ISAR0_EL1: [6, 0, 0x0001_1120n],
  ID_AA64ISAR1_EL1: [6, 1, 0n],
  /** FEAT_ECV; granules of 4, 16 and 64 KiB; mixed endianness; ASIDs of 16 bits; physical addresses of 44 bits. */
  ID_AA64MMFR0_EL1: [7, 0, 0x1000_0000_0010_0124n],
  ID_AA64MMFR1_EL1: [7, 1, 0n],
};

const featureRow = (name: string, crm: number, op2: number, value: FeatureValue): RegisterRow => ({
  name,
  at: [3, 0, 0, crm, op2],
  access: readOnly(el1TrappedBy(Hcr.tid3)),
  storage: typeof value === 'bigint' ? { kind: 'constant', value } : { kind: 'functions', read: value },
});

function featureRows(): RegisterRow[] {
  const rows = Object.entries(features).map(([name, [crm, op2, value]]) => featureRow(name, crm, op2, value));
  const named = new Set(Object.values(features).map(([crm, op2]) => crm * 8 + op2));
  for (let crm = 1; crm < 8; crm++)
    for (let op2 = 0; op2 < 8; op2++)
      if (!named.has(crm * 8 + op2)) rows.push(featureRow(`S3_0_C0_C${crm}_${op2}`, crm, op2, 0n));
  return rows;
}

const identity = (name: string, at: Encoding, cell: number, cellAtEl1: number): RegisterRow => ({
  name,
  at,
  access: readOnly(el1),
  storage: { kind: 'cell', cell, cellAtEl1, mask: 0n },
});

export const idRegisters: readonly RegisterRow[] = [
  identity('MIDR_EL1', [3, 0, 0, 0, 0], sys.MIDR_EL1, sys.VPIDR_EL2),
  identity('MPIDR_EL1', [3, 0, 0, 0, 5], sys.MPIDR_EL1, sys.VMPIDR_EL2),
  {
    name: 'REVIDR_EL1',
    at: [3, 0, 0, 0, 6],
    access: readOnly(el1TrappedBy(Hcr.tid1)),
    storage: { kind: 'constant', value: 0n },
  },
  {
    name: 'AIDR_EL1',
    at: [3, 1, 0, 0, 7],
    access: readOnly(el1TrappedBy(Hcr.tid1)),
    storage: { kind: 'constant', value: 0n },
  },
  ...featureRows(),
  {
    name: 'CCSIDR_EL1',
    at: [3, 1, 0, 0, 0],
    access: readOnly(el1TrappedBy(Hcr.tid2)),
    storage: { kind: 'functions', read: (cpu) => cortexA57.CCSIDR[cpu.get32(sys.CSSELR_EL1)] ?? 0 },
  },
  {
    name: 'CLIDR_EL1',
    at: [3, 1, 0, 0, 1],
    access: readOnly(el1TrappedBy(Hcr.tid2)),
    storage: { kind: 'constant', value: BigInt(cortexA57.CLIDR) },
  },
  {
    name: 'CSSELR_EL1',
    at: [3, 2, 0, 0, 0],
    access: el1TrappedBy(Hcr.tid2),
    storage: { kind: 'cell', cell: sys.CSSELR_EL1, mask: 0xfn },
  },
  {
    name: 'CTR_EL0',
    at: [3, 3, 0, 0, 1],
    access: readOnly(el0Enabled(Sctlr.uct, Hcr.tid2)),
    storage: { kind: 'constant', value: BigInt(cortexA57.CTR) },
  },
  {
    /** 64 bytes; DZP where DC ZVA would trap. */
    name: 'DCZID_EL0',
    at: [3, 3, 0, 0, 7],
    access: readOnly(() => 'ok'),
    storage: {
      kind: 'lifted',
      read: (ir) => {
        const { el, sctlr, hcr } = ir.config;
        const prohibited = (el === 0 && !(sctlr & Sctlr.dze)) || (el < 2 && hcr & Hcr.tdz);
        return ir.i64(prohibited ? 0x14 : 0x04);
      },
    },
  },
];
