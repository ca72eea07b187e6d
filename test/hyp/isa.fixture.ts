/** Machine code as halfwords in the order of memory. */
export type Code = readonly number[];

/** An access by one register: `offset` from the base, or with `post` at the base, which then moves by it. */
export interface Access {
  readonly t: number;
  readonly n: number;
  readonly size: 1 | 2 | 4;
  readonly signed?: boolean;
  readonly offset?: number;
  readonly post?: boolean;
}

/** Registers that both architectures have, as test guests use them: 32 bits, but for the counters. */
export const systemRegisters = {
  CNTP_CTL: { a64: [3, 3, 14, 2, 1], cp15: [0, 14, 2, 1] },
  CNTP_TVAL: { a64: [3, 3, 14, 2, 0], cp15: [0, 14, 2, 0] },
  CNTV_CTL: { a64: [3, 3, 14, 3, 1], cp15: [0, 14, 3, 1] },
  CNTV_TVAL: { a64: [3, 3, 14, 3, 0], cp15: [0, 14, 3, 0] },
  VBAR: { a64: [3, 0, 12, 0, 0], cp15: [0, 12, 0, 0] },
  SCTLR: { a64: [3, 0, 1, 0, 0], cp15: [0, 1, 0, 0] },
  /** TTBCR in AArch32. */
  TCR: { a64: [3, 0, 2, 0, 2], cp15: [0, 2, 0, 2] },
  TTBR0: { a64: [3, 0, 2, 0, 0], cp15: [0, 2, 0, 0] },
  TTBR1: { a64: [3, 0, 2, 0, 1], cp15: [0, 2, 0, 1] },
  /** MAIR0, or PRRR, in AArch32. */
  MAIR: { a64: [3, 0, 10, 2, 0], cp15: [0, 10, 2, 0] },
  CONTEXTIDR: { a64: [3, 0, 13, 0, 1], cp15: [0, 13, 0, 1] },
  /** AArch32's alone: DACR32_EL2 is not for EL1. */
  DACR: { a64: [3, 4, 3, 0, 0], cp15: [0, 3, 0, 0] },
} as const;
export type SystemRegisterName = keyof typeof systemRegisters;

/** TLB maintenance of EL1, by one register: a page of all ASIDs, a page of one, an ASID, or everything. */
export const tlbOperations = {
  pageOfAll: { a64: [1, 0, 8, 7, 3], cp15: [0, 8, 7, 3] },
  page: { a64: [1, 0, 8, 7, 1], cp15: [0, 8, 7, 1] },
  asid: { a64: [1, 0, 8, 7, 2], cp15: [0, 8, 7, 2] },
  all: { a64: [1, 0, 8, 7, 0], cp15: [0, 8, 7, 0] },
} as const;
export type TlbOperationName = keyof typeof tlbOperations;

/** Counters of 64 bits: into one register of 64 bits, or into two. */
export const counters = {
  physical: { a64: [3, 3, 14, 0, 1], cp15: 0 },
  virtual: { a64: [3, 3, 14, 0, 2], cp15: 1 },
} as const;

/** An instruction set as a test guest's assembler: registers 0 to 7. */
export interface Isa {
  /** Sets a register to 32 bits. */
  li(d: number, value: number): Code;
  add(d: number, n: number, imm: number): Code;
  addRegister(d: number, n: number, m: number): Code;
  load(access: Access): Code;
  store(access: Access): Code;
  /** Words of `t` and the next register at the base, which then moves by 8. No syndrome describes it. */
  loadPair(t: number, n: number): Code;
  storePair(t: number, n: number): Code;
  /** A load that no device takes. */
  loadExclusive(t: number, n: number): Code;
  /** The status into `d`. */
  storeExclusive(d: number, t: number, n: number): Code;
  /** With the permissions of EL0. */
  loadUnprivileged(t: number, n: number): Code;
  storeUnprivileged(t: number, n: number): Code;
  svc(): Code;
  /** From EL1 to an address in `n` at EL0, with interrupts unmasked. Register `t` is used. */
  enterUser(n: number, t: number): Code;
  hvc(imm: number): Code;
  smc(): Code;
  wfi(): Code;
  wfe(): Code;
  /** The code, and a branch back to its first instruction. */
  forever(body: Code): Code;
  jump(n: number): Code;
  /** Of 32 bits, so that a handler steps over it by 4. */
  call(n: number): Code;
  ret(): Code;
  /** Takes 1 off a register and goes back by so many bytes, this code's own not counted, unless it is 0. */
  loop(n: number, bytes: number): Code;
  dsb(): Code;
  isb(): Code;
  tlbi(name: TlbOperationName, t: number): Code;
  stop(): Code;
  unmaskIrq(): Code;
  readSystem(name: SystemRegisterName, t: number): Code;
  writeSystem(name: SystemRegisterName, t: number): Code;
  /** The counter's low word into `t`; `t` + 1 may change. */
  readCounter(which: keyof typeof counters, t: number): Code;
}

/** The instruction set that exceptions are taken in. */
export interface HandlerIsa extends Isa {
  returnFromIrq(): Code;
}

export const bytesOf = (code: Code): Uint8Array => new Uint8Array(Uint16Array.from(code).buffer);
