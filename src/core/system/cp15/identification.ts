import { Hcr } from '../../fields/hcr.ts';
import { sys } from '../../state/system-cells.ts';
import { el1, el1TrappedBy, readOnly } from '../access.ts';
import type { Cpu } from '../cpu.ts';
import { type FeatureName, featureOf, modelOf } from '../models/index.ts';
import { type CoprocessorRow, cell32, type NarrowEncoding, read32, zero32 } from './row.ts';

const features = readOnly(el1TrappedBy(Hcr.tid3));
const caches = readOnly(el1TrappedBy(Hcr.tid2));
const implementation = readOnly(el1TrappedBy(Hcr.tid1));

const featureRow = (name: FeatureName, at: NarrowEncoding): CoprocessorRow =>
  read32(name, at, features, (cpu) => Number(featureOf(cpu, name)));

/** The feature registers, c0, by CRm and Opc2; what else is in CRm 1 to 7 reads as zero, as the architecture reserves it. */
const named: readonly (readonly [crm: number, names: readonly FeatureName[]])[] = [
  [1, ['ID_PFR0', 'ID_PFR1', 'ID_DFR0', 'ID_AFR0', 'ID_MMFR0', 'ID_MMFR1', 'ID_MMFR2', 'ID_MMFR3']],
  [2, ['ID_ISAR0', 'ID_ISAR1', 'ID_ISAR2', 'ID_ISAR3', 'ID_ISAR4', 'ID_ISAR5', 'ID_MMFR4']],
];
function featureRows(): CoprocessorRow[] {
  const rows = named.flatMap(([crm, names]) => names.map((name, opc2) => featureRow(name, [15, 0, 0, crm, opc2])));
  for (let crm = 2; crm < 8; crm++)
    for (let opc2 = crm === 2 ? 7 : 0; opc2 < 8; opc2++)
      rows.push(zero32(`c0_c${crm}_${opc2}`, [15, 0, 0, crm, opc2], features));
  return rows;
}

const midr = (name: string, opc2: number): CoprocessorRow =>
  cell32(name, [15, 0, 0, 0, opc2], readOnly(el1), sys.MIDR_EL1, { mask: 0n, cellAtEl1: sys.VPIDR_EL2 });

const cacheSize = (cpu: Cpu): number => modelOf(cpu).ccsidr[cpu.get32(sys.CSSELR_EL1)] ?? 0;

/** Identification: CP15 c0. Arm ARM DDI 0406C, B4.1. */
export const identificationRows: readonly CoprocessorRow[] = [
  read32('CTR', [15, 0, 0, 0, 1], caches, (cpu) => modelOf(cpu).ctr),
  zero32('TCMTR', [15, 0, 0, 0, 2], implementation),
  zero32('TLBTR', [15, 0, 0, 0, 3], implementation),
  cell32('MPIDR', [15, 0, 0, 0, 5], readOnly(el1), sys.MPIDR_EL1, { mask: 0n, cellAtEl1: sys.VMPIDR_EL2 }),
  zero32('REVIDR', [15, 0, 0, 0, 6], implementation),
  // Places of registers that are not there show MIDR.
  midr('MIDR_4', 4),
  midr('MIDR_7', 7),
  midr('MIDR', 0),
  ...featureRows(),
  read32('CCSIDR', [15, 1, 0, 0, 0], caches, cacheSize),
  read32('CLIDR', [15, 1, 0, 0, 1], caches, (cpu) => modelOf(cpu).clidr),
  zero32('AIDR', [15, 1, 0, 0, 7], implementation),
  cell32('CSSELR', [15, 2, 0, 0, 0], el1TrappedBy(Hcr.tid2), sys.CSSELR_EL1, { mask: 0xfn }),
];
