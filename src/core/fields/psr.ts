// fields/: the bits of registers, each written once, under the manual's names: masks, unless called a shift.

/** PSTATE's fields in their places of SPSR: masks. Arm ARM DDI 0487, C5.2.18. */
export const Pstate = {
  nzcv: 0xf000_0000,
  ss: 1 << 21,
  il: 1 << 20,
  daif: 0x3c0,
  d: 1 << 9,
  /** M[4]: saved from AArch32 state. */
  aarch32: 1 << 4,
  /** M[3:2], which is 0 for EL0. */
  el: 3 << 2,
  /** M[0], PSTATE.SP: the level has its own stack pointer. */
  sp: 1 << 0,
} as const;

/** CPSR's fields of AArch32, and those of an SPSR saved from it. Arm ARM DDI 0406C, B1.3.3. */
export const Cpsr = {
  n: 1 << 31,
  z: 1 << 30,
  c: 1 << 29,
  v: 1 << 28,
  q: 1 << 27,
  ge: 0xf << 16,
  /** IT[7:2] in bits 15:10, IT[1:0] in bits 26:25. */
  it: 0x0600_fc00,
  e: 1 << 9,
  a: 1 << 8,
  aif: 0x1c0,
  i: 1 << 7,
  f: 1 << 6,
  t: 1 << 5,
  m: 0x1f,
} as const;

/** Modes of AArch32, CPSR.M[4:0]. Arm ARM DDI 0406C, table B1-1. */
export const Mode = {
  usr: 0b10000,
  fiq: 0b10001,
  irq: 0b10010,
  svc: 0b10011,
  abt: 0b10111,
  hyp: 0b11010,
  und: 0b11011,
  sys: 0b11111,
} as const;
export type Mode = (typeof Mode)[keyof typeof Mode];

/** IT[7:0] to its places in a PSR, and the reverse. */
export const psrOfIt = (it: number): number => ((it & 0xfc) << 8) | ((it & 3) << 25);
export const itOfPsr = (psr: number): number => ((psr >>> 8) & 0xfc) | ((psr >>> 25) & 3);
/** IT[7:0] behind an instruction (ITAdvance). Arm ARM DDI 0406C, A2.5.2. */
export const nextIt = (it: number): number => (it & 7 ? (it & 0xe0) | ((it << 1) & 0x1f) : 0);
