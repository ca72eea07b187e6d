import { cp15, readWide } from './a32.fixture.ts';
import { type Access, type Code, counters, type Isa, systemRegisters, tlbOperations } from './isa.fixture.ts';

/** The first halfword of a 32-bit instruction comes first. */
const word = (value: number): Code => [value >>> 16, value & 0xffff];
const wide = (base: number, imm: number, d: number): Code => [
  base | ((imm >>> 11) & 1 ? 1 << 10 : 0) | (imm >>> 12),
  (((imm >>> 8) & 7) << 12) | (d << 8) | (imm & 0xff),
];
const log2 = { 1: 0, 2: 1, 4: 2 } as const;

function transfer({ t, n, size, signed, offset = 0, post }: Access, load: 0 | 1): Code {
  const base = 0xf800 | (signed ? 1 << 8 : 0) | (log2[size] << 5) | (load << 4) | n;
  return post ? [base, (t << 12) | 0xb00 | offset] : [base | (1 << 7), (t << 12) | offset];
}

/** BNE.W: the offset is of 21 bits, in halfwords. */
const backUnlessZero = (bytes: number): Code => {
  const offset = -bytes >> 1;
  return [0xf440 | ((offset >> 11) & 0x3f), 0xa800 | (offset & 0x7ff)];
};

export const t32 = {
  li: (d, value) => [...wide(0xf240, value & 0xffff, d), ...wide(0xf2c0, value >>> 16, d)],
  add: (d, n, imm) => [0xf100 | n, (d << 8) | imm],
  addRegister: (d, n, m) => [0xeb00 | n, (d << 8) | m],
  load: (access) => transfer(access, 1),
  store: (access) => transfer(access, 0),
  loadPair: (t, n) => [0xe8f0 | n, (t << 12) | ((t + 1) << 8) | 2],
  storePair: (t, n) => [0xe8e0 | n, (t << 12) | ((t + 1) << 8) | 2],
  loadExclusive: (t, n) => [0xe850 | n, (t << 12) | 0xf00],
  storeExclusive: (d, t, n) => [0xe840 | n, (t << 12) | (d << 8)],
  loadUnprivileged: (t, n) => [0xf850 | n, (t << 12) | 0xe00],
  storeUnprivileged: (t, n) => [0xf840 | n, (t << 12) | 0xe00],
  svc: () => [0xdf00],
  enterUser: (n, t) => [...wide(0xf240, 0x30, t), 0xf390 | t, 0x8f00, 0x4686 | (n << 3), 0xf3de, 0x8f00],
  hvc: (imm) => [0xf7e0, 0x8000 | imm],
  smc: () => [0xf7f0, 0x8000],
  wfi: () => [0xbf30],
  wfe: () => [0xbf20],
  forever: (body) => [...body, 0xe000 | ((-body.length - 2) & 0x7ff)],
  jump: (n) => [0x4700 | (n << 3)],
  // BLX has 16 bits: a NOP behind it makes up for that.
  call: (n) => [0x4780 | (n << 3), 0xbf00],
  ret: () => [0x4770],
  loop: (n, bytes) => [0xf1b0 | n, (n << 8) | 1, ...backUnlessZero(bytes + 4 + 4)],
  dsb: () => [0xf3bf, 0x8f4f],
  isb: () => [0xf3bf, 0x8f6f],
  tlbi: (name, t) => word(cp15(tlbOperations[name].cp15, t, 0)),
  stop: () => [0xe7fe],
  unmaskIrq: () => [0xb662],
  readSystem: (name, t) => word(cp15(systemRegisters[name].cp15, t, 1)),
  writeSystem: (name, t) => word(cp15(systemRegisters[name].cp15, t, 0)),
  readCounter: (which, t) => word(readWide(counters[which].cp15, t)),
} satisfies Isa;
