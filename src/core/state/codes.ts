/** How NZCV follow from the cells FLAGS_A and FLAGS_B: bits 2:0 of FLAGS_KIND. */
export const FlagsKind = {
  /** FLAGS_A holds NZCV at bits 31:28. */
  literal: 0,
  add32: 1,
  add64: 2,
  sub32: 3,
  sub64: 4,
  /** N and Z of FLAGS_A; C and V are 0. */
  logic32: 5,
  logic64: 6,
} as const;
export type FlagsKind = (typeof FlagsKind)[keyof typeof FlagsKind];
/** Bits of FLAGS_KIND above the kind: N and Z are those of the 32 bits in FLAGS_NZ, C is FLAGS_C, whatever else they follow from. */
export const FlagsOver = { nz: 8, c: 16 } as const;

/** Why translated code returned to the run loop. PC_BASE and PC_OFFSET name the instruction to go on with, unless said otherwise. */
export const ExitReason = {
  /** The budget does not cover the next block. */
  budget: 0,
  /** The next block has no translation yet, or a jump missed the jump cache. */
  lookup: 1,
  /** An instruction was abandoned half way: the run time has noted the exception to take (Cpu.pending). */
  abandoned: 2,
  /** An instruction that generates an exception: EXIT_ARGUMENT is ExceptionCall << 16 | imm16; PC names that instruction. */
  call: 3,
  /**
   * Something that the run loop must look at may have changed: interrupts, translation regime, deadlines; or translations that the
   * instruction at PC was fetched by.
   */
  reconsider: 4,
  /** WFI or WFE retired, not trapped: EXIT_ARGUMENT 0 for WFI, 1 for WFE. */
  wait: 5,
  /** ERET: PC names it; not yet retired. */
  eret: 6,
  /** The instruction stores to a page with translated code, or accesses a device, and is to be executed by itself. */
  alone: 7,
} as const;
export type ExitReason = (typeof ExitReason)[keyof typeof ExitReason];

/** Instructions that call for an exception by themselves. */
export const ExceptionCall = {
  svc: 0,
  hvc: 1,
  smc: 2,
  brk: 3,
  hlt: 4,
  undefined: 5,
  fpTrap: 6,
  illegalState: 7,
  trap: 8,
  spAlignment: 9,
} as const;
export type ExceptionCall = (typeof ExceptionCall)[keyof typeof ExceptionCall];
