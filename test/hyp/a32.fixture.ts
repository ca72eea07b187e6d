import { type Access, type Code, counters, type HandlerIsa, systemRegisters, tlbOperations } from './isa.fixture.ts';

const word = (value: number): Code => [value & 0xffff, value >>> 16];
const wide = (imm: number, d: number): number => ((imm >>> 12) << 16) | (d << 12) | (imm & 0xfff);
const split = (imm: number): number => ((imm >>> 4) << 8) | (imm & 15);

function transfer({ t, n, size, signed, offset = 0, post }: Access, load: 0 | 1): Code {
  const base = 0xe080_0000 | (post ? 0 : 1 << 24) | (load << 20) | (n << 16) | (t << 12);
  if (size === 4 || (size === 1 && !signed)) return word(base | 0x0400_0000 | (size === 1 ? 1 << 22 : 0) | offset);
  const op = signed ? (size === 1 ? 0xd0 : 0xf0) : 0xb0;
  return word(base | 0x0040_0000 | op | split(offset));
}

/** MRC and MCR of CP15, alike in A32 and T32 but for the order of halfwords. */
export const cp15 = ([opc1, crn, crm, opc2]: readonly number[], t: number, read: 0 | 1): number =>
  (0xee00_0f10 |
    (read << 20) |
    ((opc1 as number) << 21) |
    ((crn as number) << 16) |
    (t << 12) |
    ((opc2 as number) << 5) |
    (crm as number)) >>>
  0;
/** MRRC of c14. */
export const readWide = (opc1: number, t: number): number =>
  (0xec50_0f0e | ((t + 1) << 16) | (t << 12) | (opc1 << 4)) >>> 0;

export const a32 = {
  li: (d, value) => [...word(0xe300_0000 | wide(value & 0xffff, d)), ...word(0xe340_0000 | wide(value >>> 16, d))],
  add: (d, n, imm) => word(0xe280_0000 | (n << 16) | (d << 12) | imm),
  addRegister: (d, n, m) => word((0xe080_0000 | (n << 16) | (d << 12) | m) >>> 0),
  load: (access) => transfer(access, 1),
  store: (access) => transfer(access, 0),
  loadPair: (t, n) => word(0xe0c0_00d8 | (n << 16) | (t << 12)),
  storePair: (t, n) => word(0xe0c0_00f8 | (n << 16) | (t << 12)),
  loadExclusive: (t, n) => word(0xe190_0f9f | (n << 16) | (t << 12)),
  storeExclusive: (d, t, n) => word((0xe180_0f90 | (n << 16) | (d << 12) | t) >>> 0),
  loadUnprivileged: (t, n) => word((0xe4b0_0000 | (n << 16) | (t << 12)) >>> 0),
  storeUnprivileged: (t, n) => word((0xe4a0_0000 | (n << 16) | (t << 12)) >>> 0),
  svc: () => word(0xef00_0000),
  enterUser: (n, t) => [
    ...word(0xe3a0_0010 | (t << 12)),
    ...word((0xe16f_f000 | t) >>> 0),
    ...word((0xe1a0_e000 | n) >>> 0),
    ...word(0xe1b0_f00e),
  ],
  hvc: (imm) => word(0xe140_0070 | imm),
  smc: () => word(0xe160_0070),
  wfi: () => word(0xe320_f003),
  wfe: () => word(0xe320_f002),
  forever: (body) => [...body, ...word(0xea00_0000 | ((-body.length / 2 - 2) & 0xff_ffff))],
  jump: (n) => word(0xe12f_ff10 | n),
  call: (n) => word(0xe12f_ff30 | n),
  ret: () => word(0xe12f_ff1e),
  loop: (n, bytes) => [
    ...word((0xe250_0001 | (n << 16) | (n << 12)) >>> 0),
    ...word(0x1a00_0000 | ((-(bytes + 4 + 8) / 4) & 0xff_ffff)),
  ],
  dsb: () => word(0xf57f_f04f),
  isb: () => word(0xf57f_f06f),
  tlbi: (name, t) => word(cp15(tlbOperations[name].cp15, t, 0)),
  stop: () => word(0xeaff_fffe),
  unmaskIrq: () => word(0xf108_0080),
  returnFromIrq: () => word(0xe25e_f004),
  readSystem: (name, t) => word(cp15(systemRegisters[name].cp15, t, 1)),
  writeSystem: (name, t) => word(cp15(systemRegisters[name].cp15, t, 0)),
  readCounter: (which, t) => word(readWide(counters[which].cp15, t)),
} satisfies HandlerIsa;

/** B over some words, this instruction's own included. */
export const branchA32 = (words: number): Code => word(0xea00_0000 | (words - 2));

/** ADD R5, PC, #1; BX R5: what follows is T32. */
export const toT32: Code = [...word(0xe28f_5001), ...word(0xe12f_ff15)];
