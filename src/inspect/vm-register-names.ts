/**
 * System registers of bhyve's `enum vm_reg_name` (FreeBSD sys/arm64/include/vmm.h), and the others that tell where a guest stands: by the names of
 * AArch64 (Arm ARM DDI 0487, D19) and those of an ARMv7 CPU (DDI 0406, B4). A guest has those that its CPU has.
 */
export const vmSystemRegisters = [
  ...['SCTLR_EL1', 'TTBR0_EL1', 'TTBR1_EL1', 'TCR_EL1', 'MAIR_EL1', 'MIDR_EL1', 'MPIDR_EL1', 'CPACR_EL1'],
  ...['ESR_EL1', 'FAR_EL1', 'ELR_EL1', 'SPSR_EL1', 'PAR_EL1', 'VBAR_EL1', 'CONTEXTIDR_EL1'],
  ...['TPIDR_EL0', 'TPIDRRO_EL0', 'TPIDR_EL1', 'SP_EL0', 'SP_EL1'],
  ...['CNTKCTL_EL1', 'CNTV_CTL_EL0', 'CNTV_CVAL_EL0', 'CNTP_CTL_EL0', 'CNTP_CVAL_EL0'],
  ...['SCTLR', 'TTBR0', 'TTBR1', 'TTBCR', 'DACR', 'PRRR', 'NMRR', 'MIDR', 'MPIDR', 'CPACR'],
  ...['DFSR', 'IFSR', 'DFAR', 'IFAR', 'PAR', 'VBAR', 'CONTEXTIDR', 'TPIDRURW', 'TPIDRURO', 'TPIDRPRW'],
  ...['CNTKCTL', 'CNTV_CTL', 'CNTV_CVAL', 'CNTP_CTL', 'CNTP_CVAL'],
] as const;
const generalNames = [
  ...Array.from({ length: 31 }, (_, n) => `x${n}`),
  ...Array.from({ length: 13 }, (_, n) => `r${n}`),
  ...['sp', 'lr', 'fp', 'pc', 'cpsr'],
];

/** Names by which registers are asked for, in small letters, whatever the guest: some of them it has not. */
export const vmRegisterNames: readonly string[] = [
  ...generalNames,
  ...vmSystemRegisters.map((name) => name.toLowerCase()),
  ...['esr', 'far', 'elr', 'spsr', 'tcr', 'mair'],
];
