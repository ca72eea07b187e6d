import { Hcr } from '../../fields/hcr.ts';
import { Sctlr } from '../../fields/sctlr.ts';
import { sys } from '../../state/system-cells.ts';
import { el0Enabled, el1, el1TrappedBy, readOnly } from '../access.ts';
import type { Cpu } from '../cpu.ts';
import { type FeatureName, featureOf, modelOf } from '../models/index.ts';
import type { Encoding, RegisterRow } from '../row.ts';

// Identification: what the CPU's model says that it is (models/).

/** Feature registers, op0 3, op1 0, CRn 0, by CRm and op2; what else is in CRm 1 to 7 reads as zero, as the architecture reserves it. */
const named: readonly (readonly [crm: number, names: readonly FeatureName[]])[] = [
  [1, ['ID_PFR0', 'ID_PFR1', 'ID_DFR0', 'ID_AFR0', 'ID_MMFR0', 'ID_MMFR1', 'ID_MMFR2', 'ID_MMFR3']],
  [2, ['ID_ISAR0', 'ID_ISAR1', 'ID_ISAR2', 'ID_ISAR3', 'ID_ISAR4', 'ID_ISAR5', 'ID_MMFR4']],
  [3, ['MVFR0', 'MVFR1', 'MVFR2']],
  [4, ['ID_AA64PFR0_EL1']],
  [5, ['ID_AA64DFR0_EL1']],
  [6, ['ID_AA64ISAR0_EL1']],
  [7, ['ID_AA64MMFR0_EL1']],
];
/** Those that are zero, by their names. */
const zeroes: Readonly<Record<string, readonly [crm: number, op2: number]>> = {
  ID_AA64PFR1_EL1: [4, 1],
  ID_AA64DFR1_EL1: [5, 1],
  ID_AA64AFR0_EL1: [5, 4],
  ID_AA64AFR1_EL1: [5, 5],
  ID_AA64ISAR1_EL1: [6, 1],
  ID_AA64MMFR1_EL1: [7, 1],
};

const featureRow = (name: string, crm: number, op2: number, storage: RegisterRow['storage']): RegisterRow => ({
  name,
  at: [3, 0, 0, crm, op2],
  access: readOnly(el1TrappedBy(Hcr.tid3)),
  storage,
});

function featureRows(): RegisterRow[] {
  const zeroName = new Map(Object.entries(zeroes).map(([name, [crm, op2]]) => [crm * 8 + op2, name]));
  return named.flatMap(([crm, names]) =>
    Array.from({ length: 8 }, (_, op2) => {
      const name = names[op2];
      if (name === undefined) {
        const zero = zeroName.get(crm * 8 + op2) ?? `S3_0_C0_C${crm}_${op2}`;
        return featureRow(zero, crm, op2, { kind: 'constant', value: 0n });
      }
      const read = (cpu: Cpu): bigint => featureOf(cpu, name);
      return featureRow(name.endsWith('_EL1') ? name : `${name}_EL1`, crm, op2, { kind: 'functions', read });
    }),
  );
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
    storage: { kind: 'functions', read: (cpu) => modelOf(cpu).ccsidr[cpu.get32(sys.CSSELR_EL1)] ?? 0 },
  },
  {
    name: 'CLIDR_EL1',
    at: [3, 1, 0, 0, 1],
    access: readOnly(el1TrappedBy(Hcr.tid2)),
    storage: { kind: 'functions', read: (cpu) => modelOf(cpu).clidr },
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
    storage: { kind: 'functions', read: (cpu) => modelOf(cpu).ctr },
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
