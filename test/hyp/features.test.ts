// What the ID registers say against what the CPU does: an instruction or a register of each feature that they tell of.
import { describe, expect, it } from 'vitest';
import { readSystem64, writeSystem64 } from './a64.fixture.ts';
import { arm64GicV3, type Bench, onCortexA15, onCortexA57, runGuest } from './guest.fixture.ts';
import type { Code } from './isa.fixture.ts';

const word = (value: number): Code => [value & 0xffff, value >>> 16];
const CPACR_EL1 = [3, 0, 1, 0, 2];

/** Register, lowest bit of the field, the least value that says the feature is there, an instruction of it. */
type Feature = readonly [what: string, register: string, at: number, least: number, instruction: number];

const a64: readonly Feature[] = [
  ['AESE', 'ID_AA64ISAR0_EL1', 4, 1, 0x4e28_4820],
  ['PMULL of 64 bits', 'ID_AA64ISAR0_EL1', 4, 2, 0x0ee2_e020],
  ['SHA1C', 'ID_AA64ISAR0_EL1', 8, 1, 0x5e02_0020],
  ['SHA256H', 'ID_AA64ISAR0_EL1', 12, 1, 0x5e02_4020],
  ['SHA512H', 'ID_AA64ISAR0_EL1', 12, 2, 0xce62_8020],
  ['CRC32B', 'ID_AA64ISAR0_EL1', 16, 1, 0x1ac2_4020],
  ['LDADD', 'ID_AA64ISAR0_EL1', 20, 2, 0xb820_0041],
  ['SQRDMLAH', 'ID_AA64ISAR0_EL1', 28, 1, 0x2e42_8420],
  ['EOR3', 'ID_AA64ISAR0_EL1', 32, 1, 0xce02_0c20],
  ['SDOT', 'ID_AA64ISAR0_EL1', 44, 1, 0x0e82_9420],
  ['RNDR', 'ID_AA64ISAR0_EL1', 60, 1, 0xd53b_2400],
  ['DC CVAP', 'ID_AA64ISAR1_EL1', 0, 1, 0xd50b_7c20],
  ['PACIA', 'ID_AA64ISAR1_EL1', 4, 1, 0xdac1_0020],
  ['FJCVTZS', 'ID_AA64ISAR1_EL1', 12, 1, 0x1e7e_0020],
  ['FCADD', 'ID_AA64ISAR1_EL1', 16, 1, 0x2e82_e420],
  ['LDAPR', 'ID_AA64ISAR1_EL1', 20, 1, 0xb8bf_c020],
  ['FADD of half precision', 'ID_AA64PFR0_EL1', 16, 1, 0x1ee2_2820],
  ['MRS ICC_PMR_EL1', 'ID_AA64PFR0_EL1', 24, 1, 0xd538_4600],
  ['ADD of SVE', 'ID_AA64PFR0_EL1', 32, 1, 0x0420_0000],
  ['MSR PAN', 'ID_AA64MMFR1_EL1', 20, 1, 0xd500_409f],
  ['MSR UAO', 'ID_AA64MMFR2_EL1', 4, 1, 0xd500_407f],
  ['MRS CNTVCTSS_EL0', 'ID_AA64MMFR0_EL1', 60, 1, 0xd53b_e0c0],
  ['MRS PMCR_EL0', 'ID_AA64DFR0_EL1', 8, 1, 0xd53b_9c00],
  ['MRS DBGBVR0_EL1', 'ID_AA64DFR0_EL1', 0, 6, 0xd530_0080],
];
const encodings: Readonly<Record<string, readonly number[]>> = {
  ID_AA64PFR0_EL1: [3, 0, 0, 4, 0],
  ID_AA64DFR0_EL1: [3, 0, 0, 5, 0],
  ID_AA64ISAR0_EL1: [3, 0, 0, 6, 0],
  ID_AA64ISAR1_EL1: [3, 0, 0, 6, 1],
  ID_AA64MMFR0_EL1: [3, 0, 0, 7, 0],
  ID_AA64MMFR1_EL1: [3, 0, 0, 7, 1],
  ID_AA64MMFR2_EL1: [3, 0, 0, 7, 2],
};

const LSR = (d: number, n: number, by: number): Code => word((0xd340_fc00 | (by << 16) | (n << 5) | d) >>> 0);

describe.each(['cortex-a57', 'max'] as const)('an arm64 guest on %s', (cpu) => {
  const bench: Bench = { ...arm64GicV3, cpu };
  const { isa } = bench;
  const run = (...code: Code[]) =>
    runGuest(bench, { main: () => [isa.li(0, 3 << 20), writeSystem64(CPACR_EL1, 0), isa.li(1, 0x4000_0000), ...code] });
  const read = (register: string) => readSystem64(encodings[register] as readonly number[], 0);

  it.each(a64)('%s is there if its feature register says so', (_, register, at, least, instruction) => {
    const said = run(read(register), LSR(0, 0, at)).r(0) & 15;
    // 0xf says "not there" in the fields that are signed.
    const isThere = said >= least && said !== 15;
    expect(run(word(instruction)).taken?.kind).toBe(isThere ? undefined : 'undefined');
  });

  it.each([
    ['beyond 40 bits lies nothing: an external abort', 41, 0x9600_0010],
    ['beyond 44 bits no address is', 45, 0x9600_0000],
  ])('%s', (_, bit, esr) => {
    expect(run(read('ID_AA64MMFR0_EL1')).r(0) & 15).toBe(4);
    // MOVZ X2, #(1 << (bit - 32)), LSL #32; LDR W3, [X2]
    const access = run(word((0xd2c0_0002 | (1 << (bit - 32 + 5))) >>> 0), word(0xb940_0043));
    expect(access.taken).toMatchObject({ kind: 'data-abort' });
    expect(Number(access.machine.vm.readRegister(0, 'ESR_EL1'))).toBe(esr);
  });

  it('granules of 16 KiB are there if ID_AA64MMFR0_EL1 says so', () => {
    // Of 33 bits of address, TG0 2. Walked with granules of 16 KiB the table is of level 2, and its entry 32 a block of 32 MiB at
    // 0x40000000; with 4 KiB it is of level 1, and its entry 1 a block of 1 GiB there. Code runs either way.
    const block = 0x4000_0701;
    const { r } = run(
      isa.li(0, 0x4020_0000),
      isa.li(2, block),
      word(0xf900_0402), // STR X2, [X0, #8]
      word(0xf900_8002), // STR X2, [X0, #256]
      isa.li(2, 0xff),
      writeSystem64([3, 0, 10, 2, 0], 2), // MAIR_EL1
      writeSystem64([3, 0, 2, 0, 0], 0), // TTBR0_EL1
      isa.li(2, 31 | (2 << 14) | (1 << 23)),
      writeSystem64([3, 0, 2, 0, 2], 2), // TCR_EL1: T0SZ 31, TG0 2, EPD1
      isa.li(2, 0x30d0_0801),
      word(0xd503_3fdf), // ISB
      writeSystem64([3, 0, 1, 0, 0], 2), // SCTLR_EL1.M
      word(0xd503_3fdf),
      isa.li(2, 0x4200_0000),
      word(0xd508_7802), // AT S1E1R, X2
      word(0xd503_3fdf),
      readSystem64([3, 0, 7, 4, 0], 6), // PAR_EL1
    );
    const said = (run(read('ID_AA64MMFR0_EL1'), LSR(0, 0, 20)).r(0) & 15) === 1;
    expect(said).toBe(cpu === 'max');
    // PAR_EL1.F
    expect(r(6) & 1).toBe(said ? 1 : 0);
  });
});

const a32: readonly Feature[] = [
  ['SDIV', 'ID_ISAR0', 24, 2, 0xe711_f211],
  ['VFMA', 'MVFR1', 28, 1, 0xeea0_0a81],
  ['VCVTB of single precision', 'MVFR1', 24, 1, 0xeeb2_0a60],
  ['VCVTB of double precision', 'MVFR1', 24, 2, 0xeeb2_0b60],
  ['VADD of Advanced SIMD', 'MVFR1', 8, 1, 0xf222_0844],
  ['VSELEQ', 'MVFR2', 4, 1, 0xfe00_0a81],
  ['VRINTZ', 'MVFR2', 4, 3, 0xeeb6_0ae0],
  ['VMAXNM', 'MVFR2', 4, 4, 0xfe80_0a81],
  ['LDA', 'ID_ISAR2', 0, 2, 0xe191_0c9f],
  ['AESE', 'ID_ISAR5', 4, 1, 0xf3b0_0302],
  ['SHA1C', 'ID_ISAR5', 8, 1, 0xf202_0c44],
  ['SHA256H', 'ID_ISAR5', 12, 1, 0xf302_0c44],
  ['CRC32B', 'ID_ISAR5', 16, 1, 0xe101_0042],
];
/** MRC p15, 0, R0, c0, CRm, opc2; VMRS R0, MVFRn. */
const feature = (crm: number, opc2: number): Code => word((0xee10_0f10 | (opc2 << 5) | crm) >>> 0);
const feature32: Readonly<Record<string, Code>> = {
  ID_PFR1: feature(1, 1),
  ID_ISAR0: feature(2, 0),
  ID_ISAR2: feature(2, 2),
  ID_ISAR5: feature(2, 5),
  MVFR1: word(0xeef6_0a10),
  MVFR2: word(0xeef5_0a10),
};

describe.each([
  ['cortex-a15', onCortexA15.a32],
  ['cortex-a57', onCortexA57.a32],
] as const)('an ARMv7 guest on %s', (_, bench) => {
  const { isa } = bench;
  const run = (...code: Code[]) =>
    runGuest(bench, {
      main: () => [
        isa.li(0, 0xf << 20),
        word(0xee01_0f50), // MCR p15, 0, R0, c1, c0, 2: CPACR
        word(0xf57f_f06f), // ISB
        isa.li(0, 1 << 30),
        word(0xeee8_0a10), // VMSR FPEXC, R0
        isa.li(1, 0x4000_0000),
        isa.li(2, 1),
        ...code,
      ],
    });

  it.each(a32)('%s is there if its feature register says so', (_what, register, at, least, instruction) => {
    const said = (run(feature32[register] as Code).r(0) >>> at) & 15;
    expect(run(word(instruction)).taken?.kind).toBe(said >= least ? undefined : 'undefined');
  });

  it('NSACR is there where the Security Extensions are, and says that VFP is Non-secure state’s', () => {
    const { r, taken } = run(word(0xee11_0f51)); // MRC p15, 0, R0, c1, c1, 2
    expect(taken).toBeUndefined();
    expect(r(0)).toBe(0xc00);
    // SCR is Secure state's.
    expect(run(word(0xee11_0f11)).taken?.kind).toBe('undefined');
  });
});
