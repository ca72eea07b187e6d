import { type Access, type Code, counters, type HandlerIsa, systemRegisters, tlbOperations } from './isa.fixture.ts';

const word = (value: number): Code => [value & 0xffff, value >>> 16];
const log2 = { 1: 0, 2: 1, 4: 2 } as const;

/** LDR, STR by opc: 0 store, 1 load, 3 signed load to 32 bits. */
function transfer({ t, n, size, offset = 0, post }: Access, opc: number): Code {
  const base = ((log2[size] << 30) | (opc << 22) | (n << 5) | t) >>> 0;
  return word(post ? base | 0x3800_0400 | ((offset & 0x1ff) << 12) : base | 0x3900_0000 | ((offset / size) << 10));
}
const pair = (t: number, n: number, load: 0 | 1): Code =>
  word(0x2880_0000 | (load << 22) | (2 << 15) | ((t + 1) << 10) | (n << 5) | t);
const system = ([op0, op1, crn, crm, op2]: readonly number[], t: number, read: 0 | 1): Code =>
  word(
    0xd500_0000 |
      ((op0 as number) << 19) |
      (read << 21) |
      ((op1 as number) << 16) |
      ((crn as number) << 12) |
      ((crm as number) << 8) |
      ((op2 as number) << 5) |
      t,
  );

export const ELR_EL1 = [3, 0, 4, 0, 1] as const;
export const SPSR_EL1 = [3, 0, 4, 0, 0] as const;

export const a64 = {
  li: (d, value) => [
    ...word(0x5280_0000 | ((value & 0xffff) << 5) | d),
    ...word(0x72a0_0000 | ((value >>> 16) << 5) | d),
  ],
  add: (d, n, imm) => word(0x1100_0000 | (imm << 10) | (n << 5) | d),
  addRegister: (d, n, m) => word(0x0b00_0000 | (m << 16) | (n << 5) | d),
  load: (access) => transfer(access, access.signed ? 3 : 1),
  store: (access) => transfer(access, 0),
  loadPair: (t, n) => pair(t, n, 1),
  storePair: (t, n) => pair(t, n, 0),
  loadExclusive: (t, n) => word(0x885f_7c00 | (n << 5) | t),
  storeExclusive: (d, t, n) => word((0x8800_7c00 | (d << 16) | (n << 5) | t) >>> 0),
  loadUnprivileged: (t, n) => word((0xb840_0800 | (n << 5) | t) >>> 0),
  storeUnprivileged: (t, n) => word((0xb800_0800 | (n << 5) | t) >>> 0),
  svc: () => word(0xd400_0001),
  enterUser: (n, t) => [
    ...system(ELR_EL1, n, 0),
    ...word(0x5280_0000 | t),
    ...system(SPSR_EL1, t, 0),
    ...word(0xd69f_03e0),
  ],
  hvc: (imm) => word(0xd400_0002 | (imm << 5)),
  smc: () => word(0xd400_0003),
  wfi: () => word(0xd503_207f),
  wfe: () => word(0xd503_205f),
  forever: (body) => [...body, ...word(0x1400_0000 | ((-body.length / 2) & 0x3ff_ffff))],
  jump: (n) => word(0xd61f_0000 | (n << 5)),
  call: (n) => word(0xd63f_0000 | (n << 5)),
  ret: () => word(0xd65f_03c0),
  loop: (n, bytes) => [
    ...word(0x7100_0400 | (n << 5) | n),
    ...word((0x5400_0001 | (((-(bytes + 4) / 4) & 0x7_ffff) << 5)) >>> 0),
  ],
  dsb: () => word(0xd503_3f9f),
  isb: () => word(0xd503_3fdf),
  tlbi: (name, t) => system(tlbOperations[name].a64, t, 0),
  stop: () => word(0x1400_0000),
  unmaskIrq: () => word(0xd503_42ff),
  returnFromIrq: () => word(0xd69f_03e0),
  readSystem: (name, t) => system(systemRegisters[name].a64, t, 1),
  writeSystem: (name, t) => system(systemRegisters[name].a64, t, 0),
  readCounter: (which, t) => system(counters[which].a64, t, 1),
} satisfies HandlerIsa;

/** A system register by its encoding, for what only AArch64 has. */
export const writeSystem64 = (encoding: readonly number[], t: number): Code => system(encoding, t, 0);
export const readSystem64 = (encoding: readonly number[], t: number): Code => system(encoding, t, 1);
