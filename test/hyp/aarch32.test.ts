import { describe, expect, it } from 'vitest';
import type { TimerPolicy } from '../../src/hyp/arm-common/vtimer.ts';
import { writeSystem64 } from './a64.fixture.ts';
import { arm64GicV3, CODE, NOTHING, onCortexA15, onCortexA57, runGuest, UART } from './guest.fixture.ts';
import type { Code } from './isa.fixture.ts';

// What only guests in AArch32 state ask of a hypervisor.

/** What stands before a test guest's own code: VBAR is set. */
const PROLOGUE_BYTES = 12;
const IABT_LOW = 0x20;
const FR = 0x18;
const IBRD = 0x24;
const FBRD = 0x28;
/** A32 and 32-bit T32 words as halfwords in the order of memory. */
const word = (value: number): Code => [value & 0xffff, value >>> 16];
const wide = (value: number): Code => [value >>> 16, value & 0xffff];
type Run = ReturnType<typeof runGuest>;
const writes = ({ log }: Run): unknown[] => log.of('mmio-write').map((e) => [e.ipa, e.size, e.value]);

describe.each([onCortexA15, onCortexA57])('ARMv7 guests: $host', ({ a32, t32, dfsr }) => {
  const { isa } = a32;
  const run = (...main: Code[]): Run => runGuest(a32, { main: () => main });

  it('see no debug hardware, and on the first processors no event counters', () => {
    const cpu = a32.cpu === undefined ? 'cortex-a15@1' : 'cortex-a57@1';
    const code = [
      word(0xee19_4f1c), // MRC p15, 0, R4, c9, c12, 0: PMCR
      word(0xee10_6e10), // MRC p14, 0, R6, c0, c0, 0: DBGDIDR
      word(0xee01_1e90), // MCR p14, 0, R1, c1, c0, 4: DBGOSLAR
    ];
    const { r, log } = runGuest({ ...a32, cpu }, { main: () => code });
    expect([4, 6].map(r)).toEqual([0, 0]);
    const classes = log.of('vm-exit').map((e) => e.kvmClass);
    expect(classes.slice(-3)).toEqual([3, 5, 5]);
  });

  it('have event counters and a cycle counter, with no exit', () => {
    const { r, log } = run(
      word(0xee19_4f1c), // MRC p15, 0, R4, c9, c12, 0: PMCR
      isa.li(1, 0x8000_0000),
      word(0xee09_1f3c), // MCR p15, 0, R1, c9, c12, 1: PMCNTENSET
      word(0xe384_1001), // ORR R1, R4, #1
      word(0xee09_1f1c), // MCR p15, 0, R1, c9, c12, 0: PMCR
      word(0xe1a0_0000), // NOP
      word(0xe1a0_0000), // NOP
      word(0xee19_5f1d), // MRC p15, 0, R5, c9, c13, 0: PMCCNTR
    );
    expect(r(4)).toBe(a32.cpu ? 0x4101_3000 : 0x410f_3000);
    expect(r(5)).toBe(3);
    expect(log.of('vm-exit').some((e) => e.kvmClass === 3)).toBe(false);
  });

  it('meet UNDEFINED where there is no such register', () => {
    const { taken } = run(word(0xee1b_0f10)); // MRC p15, 0, R0, c11, c0, 0
    expect(taken).toEqual({ kind: 'undefined', at: CODE + PROLOGUE_BYTES, far: 0 });
  });

  it('access devices by the registers of their mode', () => {
    const { r, log } = run(
      isa.li(0, UART),
      isa.li(1, 0x15),
      word(0xf102_0012), // CPS #IRQ
      word(0xe1a0_d001), // MOV SP, R1
      word(0xe580_d028), // STR SP, [R0, #0x28]
      word(0xf102_0013), // CPS #SVC
      word(0xe590_d028), // LDR SP, [R0, #0x28]
    );
    // AArch64 knows SP_irq as X17.
    const rt = a32.cpu ? 17 : 13;
    expect(log.of('mmio-write')[0]).toMatchObject({ ipa: BigInt(UART + FBRD), value: 0x15n, rt });
    expect([r(13), r(0)]).toEqual([0x15, UART]);
  });

  it('access devices big-endian', () => {
    const run = runGuest(a32, {
      main: () => [
        isa.li(0, UART),
        isa.li(1, 0x1500_0000),
        word(0xf101_0200), // SETEND BE
        isa.store({ t: 1, n: 0, size: 4, offset: FBRD }),
        isa.load({ t: 2, n: 0, size: 4, offset: FBRD }),
        isa.storePair(2, 0),
        word(0xf101_0000), // SETEND LE
      ],
    });
    expect(writes(run).slice(0, 2)).toEqual([
      [BigInt(UART + FBRD), 4, 0x15n],
      [BigInt(UART), 4, 0x15n],
    ]);
    expect(run.r(2)).toBe(0x1500_0000);
  });

  it('access devices by VFP registers', () => {
    const run = runGuest(a32, {
      main: () => [
        word(0xee11_1f50), // MRC p15, 0, R1, c1, c0, 2: CPACR
        word(0xe381_160f), // ORR R1, R1, #0xf00000
        word(0xee01_1f50), // MCR
        word(0xe3a0_1101), // MOV R1, #0x40000000
        word(0xeee8_1a10), // VMSR FPEXC, R1
        isa.li(0, UART + IBRD),
        isa.li(2, 0x17),
        word(0xee01_2a90), // VMOV S3, R2
        word(0xedc0_1a00), // VSTR S3, [R0]
        word(0xedd0_1b00), // VLDR D17, [R0]
        word(0xec52_1b31), // VMOV R1, R2, D17
      ],
    });
    expect(writes(run)).toEqual([[BigInt(UART + IBRD), 4, 0x17n]]);
    // What the firmware left in UARTFBRD follows.
    expect([run.r(1), run.r(2)]).toEqual([0x17, 1]);
  });

  it('access devices by LDM and STM, and go on where one loads PC', () => {
    const after = CODE + PROLOGUE_BYTES + 9 * 4;
    const { r, taken } = run(
      isa.li(0, UART + IBRD),
      isa.li(1, 0x55),
      isa.li(2, 0x2a),
      word(0xe880_0006), // STM R0, {R1, R2}
      word(0xe890_0018), // LDM R0, {R3, R4}
      isa.li(6, UART + 0xfe0),
      isa.li(7, after),
      word(0xe896_00f0), // LDM R6, {R4-R7}
    );
    expect([3, 4, 5, 6, 7].map(r)).toEqual([0x55, 0x11, 0x10, 0x34, 0]);
    expect(taken).toBeUndefined();
  });

  it('access devices by Advanced SIMD structures', () => {
    const run = runGuest(a32, {
      main: () => [
        word(0xee11_1f50), // MRC p15, 0, R1, c1, c0, 2: CPACR
        word(0xe381_160f), // ORR R1, R1, #0xf00000
        word(0xee01_1f50), // MCR
        word(0xe3a0_1101), // MOV R1, #0x40000000
        word(0xeee8_1a10), // VMSR FPEXC, R1
        isa.li(0, UART + IBRD),
        isa.li(1, 0x31),
        isa.li(2, 0x17),
        word(0xec42_1b10), // VMOV D0, R1, R2
        word(0xf400_078f), // VST1.32 {D0}, [R0]
        word(0xf4a0_1caf), // VLD1.32 {D1[], D2[]}, [R0]
        word(0xec57_6b12), // VMOV R6, R7, D2
      ],
    });
    expect(writes(run)).toEqual([
      [BigInt(UART + IBRD), 4, 0x31n],
      [BigInt(UART + FBRD), 4, 0x17n],
    ]);
    expect([6, 7].map(run.r)).toEqual([0x31, 0x31]);
  });

  it.each([
    ['ldm r0, {r1, r2}^', 0xe8d0_0006],
    ['ldrexd r2, r3, [r0]', 0xe1b0_2f9f],
  ])('cannot access them by %s', (_mnemonic, instruction) => {
    const { taken } = run(isa.li(0, UART), word(instruction));
    expect(taken).toMatchObject({ kind: 'data-abort', far: UART });
  });

  it('are told of misaligned accesses to devices, which the hypervisor does not see', () => {
    const { machine, taken, log } = run(isa.li(0, UART + 1), word(0xe590_1000)); // LDR R1, [R0]
    expect(taken).toMatchObject({ kind: 'data-abort', far: UART + 1 });
    expect(dfsr(machine)).toBe(0x001);
    expect(log.of('vm-exit').filter((e) => e.kvmClass === 0x24)).toEqual([]);
  });

  it('are told of what of an access is at no device', () => {
    const { taken } = run(isa.li(0, UART + 0xff8), word(0xe890_001e)); // LDM R0, {R1-R4}
    expect(taken).toMatchObject({ kind: 'data-abort', far: UART + 0x1000 });
  });

  it.each([
    ['1', 1, 0x8000_0000, 0x00c],
    ['2', 0, 0x5000_0004, 0x00e],
  ])('are told of a walk into no memory at level %s', (_level, n, va, status) => {
    const TABLE = 0x4010_0000;
    const { machine, taken } = run(
      isa.li(0, n),
      word(0xee02_0f50), // MCR p15, 0, R0, c2, c0, 2: TTBCR
      isa.li(0, NOTHING),
      word(0xee02_0f30), // MCR p15, 0, R0, c2, c0, 1: TTBR1
      isa.li(1, TABLE),
      word(0xee02_1f10), // MCR p15, 0, R1, c2, c0, 0: TTBR0
      isa.li(2, NOTHING | 1),
      isa.li(0, TABLE + 4 * 0x500),
      word(0xe580_2000), // STR R2, [R0]: a table that is not there
      isa.li(2, 0x4000_0c02),
      isa.li(0, TABLE + 4 * 0x400),
      word(0xe580_2000), // STR R2, [R0]: the section of the code
      isa.li(0, 1),
      word(0xee03_0f10), // MCR p15, 0, R0, c3, c0, 0: DACR
      isa.li(0, va),
      word(0xee11_6f10), // MRC p15, 0, R6, c1, c0, 0: SCTLR
      word(0xe386_6001), // ORR R6, R6, #1
      word(0xee01_6f10), // MCR
      word(0xe590_1000), // LDR R1, [R0]
    );
    expect(taken).toMatchObject({ kind: 'data-abort', far: va });
    expect(dfsr(machine)).toBe(status);
  });

  it('are told of aborts in the format of their tables', () => {
    const abort = (ttbcr: number): number => {
      const { machine } = run(
        isa.li(0, ttbcr),
        word(0xee02_0f50), // MCR p15, 0, R0, c2, c0, 2: TTBCR
        isa.li(0, NOTHING),
        isa.store({ t: 0, n: 0, size: 4 }),
      );
      return dfsr(machine);
    };
    expect([abort(0), abort(0x8000_0000)]).toEqual([0x808, 0xa10]);
  });

  it('execute IT blocks over trapped instructions', () => {
    const { isa: thumb } = t32;
    const run = runGuest(t32, {
      main: () => [
        thumb.li(0, UART),
        thumb.li(1, 0x41),
        thumb.li(2, 0x42),
        thumb.li(3, 0x2a),
        [0x4280], // CMP R0, R0
        [0xbf09], // ITETT EQ
        [0x7001], // STRBEQ R1, [R0]
        [0x7002], // STRBNE R2, [R0]
        [0x6984], // LDREQ R4, [R0, #0x18]
        wide(0xe9c0_2309), // STRDEQ R2, R3, [R0, #0x24]
        thumb.li(5, 7),
      ],
    });
    expect(run.output).toEqual([0x41]);
    expect([run.r(4), run.r(5)]).toEqual([0x90, 7]);
    expect(writes(run)).toEqual([
      [BigInt(UART), 1, 0x41n],
      [BigInt(UART + IBRD), 4, 0x42n],
      [BigInt(UART + FBRD), 4, 0x2an],
    ]);
  });
});

describe('what the host is shows in', () => {
  it('a Cortex-A15 by its own registers', () => {
    const { r, log } = runGuest(onCortexA15.a32, {
      main: () => [
        word(0xee39_1f50), // MRC p15, 1, R1, c9, c0, 2: L2CTLR
        word(0xee9f_2f10), // MRC p15, 4, R2, c15, c0, 0: CBAR
      ],
    });
    // L2CTLR's bit 23: the CPU has a GIC.
    expect([1, 2].map(r)).toEqual([0x80_0000, 0]);
    const classes = log.of('vm-exit').map((e) => e.kvmClass);
    expect(classes.slice(-2)).toEqual([3, 3]);
  });

  it('a Cortex-A57 by its feature registers, which trap; it has nothing of its own in c15', () => {
    const { r, log, taken } = runGuest(onCortexA57.a32, {
      main: () => [
        word(0xee10_0f10), // MRC p15, 0, R0, c0, c0, 0: MIDR
        word(0xee10_1f11), // MRC p15, 0, R1, c0, c1, 0: ID_PFR0
        word(0xee10_2f31), // MRC p15, 0, R2, c0, c1, 1: ID_PFR1
        word(0xee10_4fd2), // MRC p15, 0, R4, c0, c2, 6: ID_MMFR4
        word(0xee10_6f74), // MRC p15, 0, R6, c0, c4, 3: reserved
        word(0xee11_7f50), // MRC p15, 0, R7, c1, c0, 2: CPACR
        word(0xe387_760f), // ORR R7, R7, #0xf00000
        word(0xee01_7f50), // MCR
        word(0xeef7_7a10), // VMRS R7, MVFR0
        word(0xee39_5f50), // MRC p15, 1, R5, c9, c0, 2: L2CTLR
        word(0xee3f_5f10), // MRC p15, 1, R5, c15, c0, 0: L2ACTLR
      ],
    });
    // ID_PFR1 without the Virtualization Extensions.
    expect([0, 1, 2, 4, 6, 7, 5].map(r)).toEqual([0x411f_d070, 0x131, 0x1_0001, 0, 0, 0x1011_0222, 0]);
    expect(log.of('sysreg-read').map((e) => e.rt)).toEqual([1, 2, 4, 6, 7, 5]);
    const classes = log.of('vm-exit').map((e) => e.kvmClass);
    expect(classes.filter((kvmClass) => kvmClass === 3 || kvmClass === 8)).toEqual([3, 3, 3, 3, 8, 3, 3]);
    expect(taken?.kind).toBe('undefined');
  });
});

describe('AArch32 programs of arm64 guests', () => {
  const { isa } = arm64GicV3;
  /** Leaves EL1 for the code that follows, in User mode; CPSR.T as `thumb` says. */
  const programUnder = (timerPolicy: TimerPolicy, thumb: boolean, ...code: Code[]): Run => {
    const leave = (target: number): Code[] => [
      isa.li(0, 0x303),
      writeSystem64([3, 0, 14, 1, 0], 0), // MSR CNTKCTL_EL1, X0: the timers are EL0's too
      isa.li(0, thumb ? 0x30 : 0x10),
      writeSystem64([3, 0, 4, 0, 0], 0), // MSR SPSR_EL1, X0
      isa.li(1, target),
      writeSystem64([3, 0, 4, 0, 1], 1), // MSR ELR_EL1, X1
      [0x03e0, 0xd69f], // ERET
    ];
    const bytes = 2 * leave(0).flat().length + PROLOGUE_BYTES;
    return runGuest(
      { ...arm64GicV3, timerPolicy },
      { main: () => [...leave(CODE + bytes), ...code, thumb ? [0xe7fe] : word(0xeaff_fffe)] },
    );
  };
  const program = (thumb: boolean, ...code: Code[]): Run => programUnder('direct', thumb, ...code);

  it('access devices, by what has a syndrome and by what has none', () => {
    const run = program(
      false,
      onCortexA15.a32.isa.li(0, UART + IBRD),
      onCortexA15.a32.isa.li(2, 0x31),
      onCortexA15.a32.isa.li(3, 0x2b),
      onCortexA15.a32.isa.store({ t: 2, n: 0, size: 1 }),
      onCortexA15.a32.isa.storePair(2, 0),
      onCortexA15.a32.isa.load({ t: 4, n: 0, size: 4, offset: 0 }),
    );
    expect(writes(run)).toEqual([
      [BigInt(UART + IBRD), 1, 0x31n],
      [BigInt(UART + IBRD), 4, 0x31n],
      [BigInt(UART + FBRD), 4, 0x2bn],
    ]);
    expect(run.r(0)).toBe(UART + IBRD + 8);
  });

  it.each([
    ['direct', []],
    ['bhyve', [4]],
    ['bhyve-2018', [4, 4]],
  ] as const)('read the counters, with exits as the policy %s says', (timerPolicy, classes) => {
    const { isa: thumb } = onCortexA15.t32;
    const { r, log } = programUnder(
      timerPolicy,
      true,
      thumb.readCounter('virtual', 0),
      thumb.readCounter('physical', 6),
      thumb.li(1, FR),
    );
    expect([0, 1]).toContain(r(6) - r(0));
    const trapped = log.of('vm-exit').map((e) => e.kvmClass as number);
    expect(trapped.filter((kvmClass) => kvmClass !== IABT_LOW)).toEqual(classes);
    expect(log.of('sysreg-read').length).toBe(classes.length);
    expect(r(1)).toBe(FR);
  });
});
