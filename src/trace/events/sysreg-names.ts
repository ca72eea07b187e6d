import { hex } from '../../base/bits.ts';

/**
 * A system register as KVM's user interface packs it (Documentation/virt/kvm/api.rst, ARM64_SYS_REG):
 * op0[15:14] op1[13:11] CRn[10:7] CRm[6:3] op2[2:0]. AArch32's coprocessor registers are a space of
 * their own: bit 31, 64-bit transfers bit 30, the coprocessor in [27:24], opc1 CRn CRm opc2 as above.
 */
export const sysregEncoding = (op0: number, op1: number, crn: number, crm: number, op2: number): number =>
  (op0 << 14) | (op1 << 11) | (crn << 7) | (crm << 3) | op2;

/** The operands of MCR and MRC as one number, apart from those of MSR by bit 31. */
export const cpEncoding = (coproc: number, opc1: number, crn: number, crm: number, opc2: number): number =>
  (0x8000_0000 | (coproc << 24) | (opc1 << 11) | (crn << 7) | (crm << 3) | opc2) >>> 0;

/** MCRR/MRRC. */
export const cp64Encoding = (coproc: number, opc1: number, crm: number): number =>
  (0xc000_0000 | (coproc << 24) | (opc1 << 11) | (crm << 3)) >>> 0;

/** The registers a hypervisor of bhyve's or KVM's kind traps; any other is shown as the assembler writes it. */
const names = new Map<number, string>([
  [sysregEncoding(3, 0, 0, 1, 0), 'ID_PFR0_EL1'],
  [sysregEncoding(3, 0, 0, 1, 1), 'ID_PFR1_EL1'],
  [sysregEncoding(3, 0, 0, 1, 2), 'ID_DFR0_EL1'],
  [sysregEncoding(3, 0, 0, 1, 3), 'ID_AFR0_EL1'],
  [sysregEncoding(3, 0, 0, 1, 4), 'ID_MMFR0_EL1'],
  [sysregEncoding(3, 0, 0, 1, 5), 'ID_MMFR1_EL1'],
  [sysregEncoding(3, 0, 0, 1, 6), 'ID_MMFR2_EL1'],
  [sysregEncoding(3, 0, 0, 1, 7), 'ID_MMFR3_EL1'],
  [sysregEncoding(3, 0, 0, 2, 0), 'ID_ISAR0_EL1'],
  [sysregEncoding(3, 0, 0, 2, 1), 'ID_ISAR1_EL1'],
  [sysregEncoding(3, 0, 0, 2, 2), 'ID_ISAR2_EL1'],
  [sysregEncoding(3, 0, 0, 2, 3), 'ID_ISAR3_EL1'],
  [sysregEncoding(3, 0, 0, 2, 4), 'ID_ISAR4_EL1'],
  [sysregEncoding(3, 0, 0, 2, 5), 'ID_ISAR5_EL1'],
  [sysregEncoding(3, 0, 0, 2, 6), 'ID_MMFR4_EL1'],
  [sysregEncoding(3, 0, 0, 2, 7), 'ID_ISAR6_EL1'],
  [sysregEncoding(3, 0, 0, 3, 0), 'MVFR0_EL1'],
  [sysregEncoding(3, 0, 0, 3, 1), 'MVFR1_EL1'],
  [sysregEncoding(3, 0, 0, 3, 2), 'MVFR2_EL1'],
  [sysregEncoding(3, 0, 0, 3, 4), 'ID_PFR2_EL1'],
  [sysregEncoding(3, 0, 0, 3, 5), 'ID_DFR1_EL1'],
  [sysregEncoding(3, 0, 0, 3, 6), 'ID_MMFR5_EL1'],
  [sysregEncoding(3, 0, 0, 4, 0), 'ID_AA64PFR0_EL1'],
  [sysregEncoding(3, 0, 0, 4, 1), 'ID_AA64PFR1_EL1'],
  [sysregEncoding(3, 0, 0, 4, 4), 'ID_AA64ZFR0_EL1'],
  [sysregEncoding(3, 0, 0, 4, 5), 'ID_AA64SMFR0_EL1'],
  [sysregEncoding(3, 0, 0, 5, 0), 'ID_AA64DFR0_EL1'],
  [sysregEncoding(3, 0, 0, 5, 1), 'ID_AA64DFR1_EL1'],
  [sysregEncoding(3, 0, 0, 5, 4), 'ID_AA64AFR0_EL1'],
  [sysregEncoding(3, 0, 0, 5, 5), 'ID_AA64AFR1_EL1'],
  [sysregEncoding(3, 0, 0, 6, 0), 'ID_AA64ISAR0_EL1'],
  [sysregEncoding(3, 0, 0, 6, 1), 'ID_AA64ISAR1_EL1'],
  [sysregEncoding(3, 0, 0, 6, 2), 'ID_AA64ISAR2_EL1'],
  [sysregEncoding(3, 0, 0, 7, 0), 'ID_AA64MMFR0_EL1'],
  [sysregEncoding(3, 0, 0, 7, 1), 'ID_AA64MMFR1_EL1'],
  [sysregEncoding(3, 0, 0, 7, 2), 'ID_AA64MMFR2_EL1'],
  [sysregEncoding(3, 0, 1, 0, 0), 'SCTLR_EL1'],
  [sysregEncoding(3, 0, 1, 0, 1), 'ACTLR_EL1'],
  [sysregEncoding(3, 0, 2, 0, 0), 'TTBR0_EL1'],
  [sysregEncoding(3, 0, 2, 0, 1), 'TTBR1_EL1'],
  [sysregEncoding(3, 0, 2, 0, 2), 'TCR_EL1'],
  [sysregEncoding(3, 0, 12, 11, 5), 'ICC_SGI1R_EL1'],
  [sysregEncoding(3, 0, 12, 11, 6), 'ICC_ASGI1R_EL1'],
  [sysregEncoding(3, 0, 12, 11, 7), 'ICC_SGI0R_EL1'],
  [sysregEncoding(3, 0, 12, 12, 5), 'ICC_SRE_EL1'],
  [sysregEncoding(3, 1, 0, 0, 0), 'CCSIDR_EL1'],
  [sysregEncoding(3, 1, 0, 0, 1), 'CLIDR_EL1'],
  [sysregEncoding(3, 2, 0, 0, 0), 'CSSELR_EL1'],
  [sysregEncoding(3, 3, 14, 0, 1), 'CNTPCT_EL0'],
  [sysregEncoding(3, 3, 14, 0, 2), 'CNTVCT_EL0'],
  [sysregEncoding(3, 3, 14, 2, 0), 'CNTP_TVAL_EL0'],
  [sysregEncoding(3, 3, 14, 2, 1), 'CNTP_CTL_EL0'],
  [sysregEncoding(3, 3, 14, 2, 2), 'CNTP_CVAL_EL0'],
  [sysregEncoding(3, 3, 14, 3, 0), 'CNTV_TVAL_EL0'],
  [sysregEncoding(3, 3, 14, 3, 1), 'CNTV_CTL_EL0'],
  [sysregEncoding(3, 3, 14, 3, 2), 'CNTV_CVAL_EL0'],
  [sysregEncoding(2, 0, 0, 2, 2), 'MDSCR_EL1'],
  [sysregEncoding(2, 0, 1, 0, 4), 'OSLAR_EL1'],
  [sysregEncoding(2, 0, 1, 1, 4), 'OSLSR_EL1'],
  [sysregEncoding(2, 0, 1, 3, 4), 'OSDLR_EL1'],

  [cpEncoding(15, 0, 0, 0, 5), 'MPIDR'],
  [cpEncoding(15, 0, 0, 1, 0), 'ID_PFR0'],
  [cpEncoding(15, 0, 0, 1, 1), 'ID_PFR1'],
  [cpEncoding(15, 0, 0, 1, 2), 'ID_DFR0'],
  [cpEncoding(15, 0, 0, 1, 3), 'ID_AFR0'],
  [cpEncoding(15, 0, 0, 1, 4), 'ID_MMFR0'],
  [cpEncoding(15, 0, 0, 1, 5), 'ID_MMFR1'],
  [cpEncoding(15, 0, 0, 1, 6), 'ID_MMFR2'],
  [cpEncoding(15, 0, 0, 1, 7), 'ID_MMFR3'],
  [cpEncoding(15, 0, 0, 2, 0), 'ID_ISAR0'],
  [cpEncoding(15, 0, 0, 2, 1), 'ID_ISAR1'],
  [cpEncoding(15, 0, 0, 2, 2), 'ID_ISAR2'],
  [cpEncoding(15, 0, 0, 2, 3), 'ID_ISAR3'],
  [cpEncoding(15, 0, 0, 2, 4), 'ID_ISAR4'],
  [cpEncoding(15, 0, 0, 2, 5), 'ID_ISAR5'],
  [cpEncoding(15, 0, 0, 2, 6), 'ID_MMFR4'],
  [cpEncoding(15, 0, 0, 2, 7), 'ID_ISAR6'],
  [cpEncoding(15, 0, 1, 0, 0), 'SCTLR'],
  [cpEncoding(15, 0, 1, 0, 1), 'ACTLR'],
  [cpEncoding(15, 0, 9, 12, 0), 'PMCR'],
  [cpEncoding(15, 0, 9, 12, 1), 'PMCNTENSET'],
  [cpEncoding(15, 0, 9, 12, 2), 'PMCNTENCLR'],
  [cpEncoding(15, 0, 9, 12, 3), 'PMOVSR'],
  [cpEncoding(15, 0, 9, 12, 4), 'PMSWINC'],
  [cpEncoding(15, 0, 9, 12, 5), 'PMSELR'],
  [cpEncoding(15, 0, 9, 12, 6), 'PMCEID0'],
  [cpEncoding(15, 0, 9, 12, 7), 'PMCEID1'],
  [cpEncoding(15, 0, 9, 13, 0), 'PMCCNTR'],
  [cpEncoding(15, 0, 9, 13, 1), 'PMXEVTYPER'],
  [cpEncoding(15, 0, 9, 13, 2), 'PMXEVCNTR'],
  [cpEncoding(15, 0, 9, 14, 0), 'PMUSERENR'],
  [cpEncoding(15, 0, 9, 14, 1), 'PMINTENSET'],
  [cpEncoding(15, 0, 9, 14, 2), 'PMINTENCLR'],
  [cpEncoding(15, 0, 9, 14, 3), 'PMOVSSET'],
  [cpEncoding(15, 1, 9, 0, 2), 'L2CTLR'],
  [cpEncoding(15, 1, 9, 0, 3), 'L2ECTLR'],
  [cpEncoding(15, 0, 14, 0, 0), 'CNTFRQ'],
  [cpEncoding(15, 0, 14, 2, 0), 'CNTP_TVAL'],
  [cpEncoding(15, 0, 14, 2, 1), 'CNTP_CTL'],
  [cpEncoding(15, 0, 14, 3, 0), 'CNTV_TVAL'],
  [cpEncoding(15, 0, 14, 3, 1), 'CNTV_CTL'],
  [cpEncoding(15, 1, 15, 0, 0), 'L2ACTLR'],
  [cpEncoding(15, 1, 15, 0, 3), 'L2PFR'],
  [cpEncoding(15, 1, 15, 0, 4), 'ACTLR2'],
  [cpEncoding(15, 4, 15, 0, 0), 'CBAR'],
  [cp64Encoding(15, 0, 14), 'CNTPCT'],
  [cp64Encoding(15, 1, 14), 'CNTVCT'],
  [cp64Encoding(15, 2, 14), 'CNTP_CVAL'],
  [cp64Encoding(15, 3, 14), 'CNTV_CVAL'],
  [cp64Encoding(15, 0, 15), 'CPUMERRSR'],
  [cp64Encoding(15, 1, 15), 'L2MERRSR'],
  [cpEncoding(10, 7, 5, 0, 0), 'MVFR2'],
  [cpEncoding(10, 7, 6, 0, 0), 'MVFR1'],
  [cpEncoding(10, 7, 7, 0, 0), 'MVFR0'],
  [cpEncoding(14, 0, 0, 0, 0), 'DBGDIDR'],
  [cpEncoding(14, 0, 0, 1, 0), 'DBGDSCRint'],
  [cpEncoding(14, 0, 0, 2, 2), 'DBGDSCRext'],
  [cpEncoding(14, 0, 0, 6, 0), 'DBGWFAR'],
  [cpEncoding(14, 0, 0, 7, 0), 'DBGVCR'],
  [cpEncoding(14, 0, 1, 0, 0), 'DBGDRAR'],
  [cpEncoding(14, 0, 1, 0, 4), 'DBGOSLAR'],
  [cpEncoding(14, 0, 1, 1, 4), 'DBGOSLSR'],
  [cpEncoding(14, 0, 1, 3, 4), 'DBGOSDLR'],
  [cpEncoding(14, 0, 1, 4, 4), 'DBGPRCR'],
  [cpEncoding(14, 0, 2, 0, 0), 'DBGDSAR'],
  [cp64Encoding(14, 0, 1), 'DBGDRAR'],
  [cp64Encoding(14, 0, 2), 'DBGDSAR'],
]);

/** `ICC_SGI1R_EL1`, `CNTP_CTL`, `S3_0_C12_C11_5`, `p15,0,c1,c0,1` or `p15,1,c14`; hexadecimal where it is no encoding. */
export function sysregName(encoding: number): string {
  const name = names.get(encoding);
  if (name !== undefined) return name;
  const opc1 = (encoding >>> 11) & 7;
  const crn = (encoding >>> 7) & 15;
  const crm = (encoding >>> 3) & 15;
  const op2 = encoding & 7;
  if (encoding >= 0x8000_0000) {
    const coproc = (encoding >>> 24) & 15;
    // MCRR's opc1 has four bits.
    return encoding & 0x4000_0000
      ? `p${coproc},${(encoding >>> 11) & 15},c${crm}`
      : `p${coproc},${opc1},c${crn},c${crm},${op2}`;
  }
  if (encoding > 0xffff) return hex(encoding);
  return `S${encoding >>> 14}_${opc1}_C${crn}_C${crm}_${op2}`;
}
