/**
 * Exit names in the two dialects people know. bhyve: `enum vm_exitcode` of FreeBSD's sys/arm64/include/vmm.h.
 * KVM: the class of ESR_ELx.EC as the kernel's trace points print it (arch/arm64/include/asm/kvm_arm.h).
 */
export const BhyveExit = {
  BOGUS: 0,
  INST_EMUL: 1,
  REG_EMUL: 2,
  HVC: 3,
  SUSPENDED: 4,
  HYP: 5,
  WFI: 6,
  PAGING: 7,
  SMCCC: 8,
  DEBUG: 9,
  BRK: 10,
  SS: 11,
} as const;
export type BhyveExit = (typeof BhyveExit)[keyof typeof BhyveExit];

/** ESR_ELx.EC (Arm ARM DDI 0487, D17.2.37); from 0x40 on, what leaves the guest without a syndrome. */
export const KvmClass = {
  UNKNOWN: 0x00,
  WFx: 0x01,
  CP15_32: 0x03,
  CP15_64: 0x04,
  CP14_MR: 0x05,
  CP14_LS: 0x06,
  FP_ASIMD: 0x07,
  CP10_ID: 0x08,
  BXJ: 0x0a,
  CP14_64: 0x0c,
  ILL: 0x0e,
  SVC32: 0x11,
  HVC32: 0x12,
  SMC32: 0x13,
  SVC64: 0x15,
  HVC64: 0x16,
  SMC64: 0x17,
  SYS64: 0x18,
  IABT_LOW: 0x20,
  IABT_CUR: 0x21,
  PC_ALIGN: 0x22,
  DABT_LOW: 0x24,
  DABT_CUR: 0x25,
  SP_ALIGN: 0x26,
  FP_EXC32: 0x28,
  FP_EXC64: 0x2c,
  SERROR: 0x2f,
  BREAKPT_LOW: 0x30,
  BREAKPT_CUR: 0x31,
  SOFTSTP_LOW: 0x32,
  SOFTSTP_CUR: 0x33,
  WATCHPT_LOW: 0x34,
  WATCHPT_CUR: 0x35,
  BKPT32: 0x38,
  VECTOR32: 0x3a,
  BRK64: 0x3c,
  IRQ: 0x40,
  FIQ: 0x41,
  EL1_SERROR: 0x42,
  IL: 0x43,
} as const;
export type KvmClass = (typeof KvmClass)[keyof typeof KvmClass];

/** `enum vm_suspend_how` of bhyve. */
export const SuspendHow = { RESET: 1, POWEROFF: 2, HALT: 3, DESTROY: 4 } as const;
export type SuspendHow = (typeof SuspendHow)[keyof typeof SuspendHow];

const byValue = (names: Readonly<Record<string, number>>): Readonly<Record<number, string>> =>
  Object.fromEntries(Object.entries(names).map(([name, value]) => [value, name]));

/** bhyve's names of exits (sys/arm64/include/vmm.h, enum vm_exitcode), by number. */
export const bhyveExitNames = byValue(BhyveExit);
/** KVM's names of exception classes (Linux arch/arm64/include/asm/esr.h), by number. */
export const kvmClassNames = byValue(KvmClass);
/** bhyve's names of why a VM is suspended, by number. */
export const suspendHowNames = byValue(SuspendHow);

/** For a person, of any number. */
export const bhyveExitName = (code: number): string => bhyveExitNames[code] ?? `EXIT_${code}`;
/** Likewise. */
export const kvmClassName = (code: number): string =>
  kvmClassNames[code] ?? `EC_0x${code.toString(16).padStart(2, '0')}`;
