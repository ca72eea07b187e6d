import { describe, expect, it } from 'vitest';
import { readSystem64, writeSystem64 } from './a64.fixture.ts';
import { arm64GicV3, CODE, NOTHING, prologueBytes, runGuest, UART } from './guest.fixture.ts';
import type { Code } from './isa.fixture.ts';

// What only guests in AArch64 state ask of a hypervisor.

const word = (value: number): Code => [value & 0xffff, value >>> 16];
const { isa } = arm64GicV3;
type Run = ReturnType<typeof runGuest>;
const run = (...main: Code[]): Run => runGuest(arm64GicV3, { main: () => main });
const esr = ({ machine }: Run): number => Number(machine.vm.readRegister(0, 'ESR_EL1'));
const iss = (of: Run): number => esr(of) & 0x1ff_ffff;
const writes = ({ log }: Run): unknown[] => log.of('mmio-write').map((e) => [e.ipa, e.size, e.value]);
const dataAborts = ({ log }: Run): number => log.of('vm-exit').filter((e) => e.kvmClass === 0x24).length;

const IBRD = UART + 0x24;
const FBRD = UART + 0x28;
const WNR = 1 << 6;
const ALIGNMENT = 0x21;
const EXTERNAL = 0x10;
const enableFp = [...word(0xd2a0_0607), ...word(0xd518_1047)]; // MOV X7, #0x300000; MSR CPACR_EL1, X7
const DC_ZVA_X0 = 0xd50b_7420;

describe('accesses to devices, of a guest with its MMU off,', () => {
  it.each([
    ['LDR W at 1', UART + 1, 0xb940_0001, ALIGNMENT],
    ['LDRH at 1', UART + 0x19, 0x7940_0001, ALIGNMENT],
    ['LDP W at 2', UART + 2, 0x2940_0801, ALIGNMENT],
    ['DC ZVA', UART + 0x20, DC_ZVA_X0, WNR | ALIGNMENT],
    ['LDR X at 4, where nothing is', NOTHING + 4, 0xf940_0001, ALIGNMENT],
    ['DC ZVA to memory', 0x4010_0008, DC_ZVA_X0, WNR | ALIGNMENT],
    ['LDR X at 1 of memory', 0x4010_0001, 0xf940_0001, ALIGNMENT],
  ])('fault where they are misaligned, and the hypervisor sees none of it: %s', (_what, at, instruction, wanted) => {
    const guest = run(isa.li(0, at), word(instruction));
    expect(guest.taken).toEqual({ kind: 'data-abort', at: CODE + prologueBytes(arm64GicV3) + 8, far: at });
    expect([iss(guest), dataAborts(guest)]).toEqual([wanted, 0]);
  });

  it('may be of structures', () => {
    const guest = run(
      enableFp,
      isa.li(0, IBRD),
      isa.li(1, 0x31),
      isa.li(2, 0x17),
      isa.storePair(1, 0),
      isa.li(0, IBRD),
      word(0x0ddf_9000), // LD1 {V0.S}[1], [X0], #4
      word(0x4d40_c801), // LD1R {V1.4S}, [X0]
      word(0x4e08_3c06), // MOV X6, V0.D[0]
      word(0xd360_fcc6), // LSR X6, X6, #32
      word(0x4e18_3c27), // MOV X7, V1.D[1]
      isa.li(4, IBRD),
      word(0x0d00_9080), // ST1 {V0.S}[1], [X4]
      word(0x0c40_8882), // LD2 {V2.2S, V3.2S}, [X4]
    );
    expect([guest.r(0), guest.r(6), guest.r(7)]).toEqual([FBRD, 0x31, 0x17]);
    expect(writes(guest).at(-1)).toEqual([BigInt(IBRD), 4, 0x31n]);
    expect(guest.log.of('mmio-read').map((e) => [Number(e.ipa), e.size])).toEqual([
      [IBRD, 4],
      [FBRD, 4],
      [IBRD, 4],
      [FBRD, 4],
      [UART + 0x2c, 4],
      [UART + 0x30, 4],
    ]);
  });

  it('fault where the first part of them is at no device', () => {
    const guest = run(isa.li(0, UART + 0xff8), word(0xa940_0801)); // LDP X1, X2, [X0]
    expect(guest.taken).toMatchObject({ kind: 'data-abort', far: UART + 0x1000 });
    expect([iss(guest), guest.log.of('mmio-read')]).toEqual([EXTERNAL, []]);
  });

  it('need not be to be maintained', () => {
    const guest = run(isa.li(0, UART), word(0xd50b_7a20), isa.li(1, 7)); // DC CVAC, X0
    expect([guest.r(1), dataAborts(guest)]).toEqual([7, 1]);
  });
});

describe('of a guest with tables of its own', () => {
  const TABLE = 0x4010_0000;
  const ATTR_NORMAL = 1 << 2;
  const put = (index: number, low: number): Code[] => [
    isa.li(0, TABLE + 8 * index),
    isa.li(1, low),
    word(0xf900_0001), // STR X1, [X0]
  ];
  /** GiB 0 as Device memory, 1 and 3 as Normal memory, the latter onto GiB 0; GiB 2 by a table that is not there. */
  const translated = (...main: Code[]): Run =>
    run(
      ...put(0, 0x401),
      ...put(1, 0x4000_0701 | ATTR_NORMAL),
      ...put(2, NOTHING | 3),
      ...put(3, 0x701 | ATTR_NORMAL),
      isa.li(0, TABLE),
      writeSystem64([3, 0, 2, 0, 0], 0), // MSR TTBR0_EL1, X0
      isa.li(0, 25 | (1 << 23)),
      writeSystem64([3, 0, 2, 0, 2], 0), // MSR TCR_EL1, X0: 39 bits of VA
      isa.li(0, 0xff00),
      writeSystem64([3, 0, 10, 2, 0], 0), // MSR MAIR_EL1, X0
      isa.li(0, 0x30d0_0801),
      writeSystem64([3, 0, 1, 0, 0], 0), // MSR SCTLR_EL1, X0
      word(0xd503_3fdf), // ISB
      ...main,
    );

  it('a walk into no memory is told of with its level', () => {
    const guest = translated(isa.li(0, 0x8000_1230), word(0xf940_0001)); // LDR X1, [X0]
    expect(guest.taken).toMatchObject({ kind: 'data-abort', far: 0x8000_1230 });
    expect(iss(guest)).toBe(0x16);
    const maintained = translated(isa.li(0, 0x8000_1234), word(0xd50b_7a20)); // DC CVAC, X0
    expect(iss(maintained)).toBe((1 << 8) | WNR | 0x16);
    const fetched = translated(isa.li(0, 0x8000_1230), isa.jump(0));
    expect([fetched.taken?.kind, iss(fetched)]).toEqual(['prefetch-abort', 0x16]);
  });

  it('devices take no misaligned access where it maps them as Normal memory', () => {
    const guest = translated(isa.li(0, 0xc000_0000 + UART + 1), word(0xb940_0001)); // LDR W1, [X0]
    expect(guest.taken).toMatchObject({ kind: 'data-abort', far: 0xc000_0000 + UART + 1 });
    expect(iss(guest)).toBe(EXTERNAL);
    const aligned = translated(isa.li(0, 0xc000_0000 + UART + 0x18), word(0xb940_0001));
    expect(aligned.r(1)).toBe(0x90);
  });
});

describe('the GIC of a guest that has written nothing', () => {
  it('has its least binary points, and agrees with itself about Aff3', () => {
    const GICD = 0x0800_0000;
    const guest = run(
      readSystem64([3, 0, 12, 8, 3], 0), // MRS X0, ICC_BPR0_EL1
      readSystem64([3, 0, 12, 12, 3], 1), // MRS X1, ICC_BPR1_EL1
      readSystem64([3, 0, 12, 12, 4], 2), // MRS X2, ICC_CTLR_EL1
      isa.li(4, GICD),
      isa.load({ t: 3, n: 4, size: 4, offset: 4 }),
    );
    expect([guest.r(0), guest.r(1)]).toEqual([2, 3]);
    expect([(guest.r(2) >>> 15) & 1, (guest.r(3) >>> 24) & 1]).toEqual([1, 1]);
  });
});
