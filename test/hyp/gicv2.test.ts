// A guest at the GICv2's CPU interface, which stage 2 maps to the host's: no exits, exact counts, interrupts at the next instruction.
import { describe, expect, it } from 'vitest';
import { restoreParts, saveParts } from '../../src/base/stateful.ts';
import { EventLog } from '../../src/hyp/arm-common/event-log.fixture.ts';
import type { MachineConfig } from '../../src/machine/config.ts';
import { MachineImages } from '../../src/machine/images.ts';
import { Machine } from '../../src/machine/machine.ts';

const LOAD = 0x4008_0000;
const config: MachineConfig = {
  arch: 'arm64',
  board: 'virt',
  memoryBytes: 16 * 2 ** 20,
  vcpus: 1,
  gicVersion: 2,
  append: '',
  loadAddress: LOAD,
  entropySeed: 1n,
  rtcEpochSeconds: 0,
  timerPolicy: 'direct',
};

const NOP = 0xd503_201f;
const INCREMENT_X6 = 0x9100_04c6;
/** MOVZ X0, #8; MOVK X0, #0x8400, LSL 16; HVC #0: PSCI SYSTEM_OFF. */
const powerOff = [0xd280_0100, 0xf2b0_8000, 0xd400_0002];
/** X2: the distributor, X3: the CPU interface, W1: 1. */
const setUp = [
  0x1000_4000, // ADR X0, VECTORS
  0xd518_c000, // MSR VBAR_EL1, X0
  0xd2a1_0002, // MOVZ X2, #0x800, LSL 16
  0xd2a1_0023, // MOVZ X3, #0x801, LSL 16
  0x5280_0021, // MOVZ W1, #1
];
const VECTORS = 0x800;
const SYNCHRONOUS = VECTORS + 0x200;
const IRQ = VECTORS + 0x280;
const synchronousHandler = [
  0xd538_520e, // MRS X14, ESR_EL1
  0xd538_600f, // MRS X15, FAR_EL1
  0xd538_4034, // MRS X20, ELR_EL1
  ...powerOff,
];
const irqHandler = [
  0xd538_4034, // MRS X20, ELR_EL1
  0xb940_0c67, // LDR W7, [X3, #0xc]: GICC_IAR
  0xb940_1469, // LDR W9, [X3, #0x14]: GICC_RPR
  0xb900_1067, // STR W7, [X3, #0x10]: GICC_EOIR
  0xb940_1468, // LDR W8, [X3, #0x14]
  ...powerOff,
];

/** A machine whose guest is these instructions, between set-up and power-off. */
function machineOf(body: readonly number[]) {
  const words = new Uint32Array(0x1000 / 4).fill(NOP);
  words.set([...setUp, ...body, ...powerOff]);
  words.set(synchronousHandler, SYNCHRONOUS / 4);
  words.set(irqHandler, IRQ / 4);
  const log = new EventLog();
  const machine = new Machine({
    config,
    images: new MachineImages([{ role: 'kernel', name: 'code', bytes: new Uint8Array(words.buffer) }]),
    events: log,
    consoleOut() {},
  });
  const x = (n: number): bigint => machine.vm.readRegister(0, `x${n}`);
  return { machine, log, x };
}
const END = { kind: 'ended', outcome: 'poweroff', reason: 'the guest powered off' };

/** An SGI to itself, held back by the priority mask; the store to GICC_PMR lets it through. */
const sgi = [
  0xb900_0041, // STR W1, [X2]: GICD_CTLR
  0xb900_0061, // STR W1, [X3]: GICC_CTLR
  0x52a0_4004, // MOVZ W4, #0x200, LSL 16
  0x7280_00a4, // MOVK W4, #5
  0xb90f_0044, // STR W4, [X2, #0xf00]: GICD_SGIR
  0xd503_42ff, // MSR DAIFClr, #2
  0x5280_1f05, // MOVZ W5, #0xf8
  INCREMENT_X6,
  0xb900_0465, // STR W5, [X3, #4]: GICC_PMR
  INCREMENT_X6,
  INCREMENT_X6,
];
const STORE = setUp.length + sgi.length - 3;
const SGI_INSTRUCTIONS = STORE + 1 + irqHandler.length;

function expectTaken({ machine, x, log }: ReturnType<typeof machineOf>): void {
  expect([x(6), x(7), x(8), x(9)]).toEqual([1n, 5n, 0xffn, 0n]);
  expect(x(20)).toBe(BigInt(LOAD + 4 * (STORE + 1)));
  expect(machine.icount).toBe(SGI_INSTRUCTIONS);
  expect(log.of('irq-ack')).toEqual([{ event: 'irq-ack', at: STORE + 2, vcpu: 0, intid: 5 }]);
  expect(log.of('irq-eoi')).toEqual([{ event: 'irq-eoi', at: STORE + 4, vcpu: 0, intid: 5 }]);
  expect(log.of('sgi')).toEqual([{ event: 'sgi', at: setUp.length + 4, vcpu: 0, intid: 5, targets: 1, mode: 2 }]);
}

describe('an interrupt that an access to the CPU interface lets through', () => {
  it('is taken before the next instruction', () => {
    const one = machineOf(sgi);
    expect(one.machine.run(1e6)).toEqual(END);
    expectTaken(one);
    // The distributor's two registers, pages of RAM, the call to firmware: the CPU interface costs no exit.
    const exits = one.log.of('vm-exit').map((e) => e.hpfar);
    expect(exits.filter((ipa) => (ipa as bigint) >> 16n === 0x801n)).toEqual([]);
    expect(one.log.of('mmio-write').map((e) => e.ipa)).toEqual([0x800_0000n, 0x800_0f00n]);
  });

  it.each([1, 2, 3, 5])('is, with %i instructions a block', (instructions) => {
    const one = machineOf(sgi);
    one.machine.cpu.engine.bounds.instructionsABlock = instructions;
    expect(one.machine.run(1e6)).toEqual(END);
    expectTaken(one);
  });

  it.each([1, 2, 3, 7])('is, in runs of %i instructions', (length) => {
    const whole = machineOf(sgi);
    whole.machine.run(1e6);
    const cut = machineOf(sgi);
    let until = length;
    for (; cut.machine.run(until).kind === 'count'; until += length) expect(cut.machine.icount).toBe(until);
    expectTaken(cut);
    expect(cut.log.events).toEqual(whole.log.events);
    expect(cut.machine.stateHash()).toBe(whole.machine.stateHash());
  });

  it('leaves states that round-trip', () => {
    const { machine } = machineOf(sgi);
    const to = machineOf(sgi).machine;
    for (let until = 1; machine.run(until).kind === 'count'; until++) {
      const saved = saveParts(machine.parts);
      restoreParts(to.parts, saved);
      expect(saveParts(to.parts)).toEqual(saved);
    }
  });
});

describe('accesses of the CPU interface', () => {
  const PMR = 0xb900_0465;
  it.each([
    ['a pair of words', [0x2942_ac6a], [10, 0xffn], [11, 0x3ffn]],
    ['a pair of words, stored', [0x5280_00a5, 0x2900_9465, 0xb940_046a, 0xb940_086b], [10, 0n], [11, 5n]],
    ['a doubleword', [0xf94_00c6c], [12, 0x3_0000_03ffn], [12, 0x3_0000_03ffn]],
    ['bytes, of which there are none', [0x3940_506d, 0x7940_286a], [13, 0n], [10, 0n]],
    ['a write back', [0xd2a1_0030, 0xf280_2010, 0xb85f_ce01], [16, 0x801_00fcn], [1, 0x2_043bn]],
  ] as const)('%s', (_, body, first, second) => {
    const { machine, x } = machineOf([PMR, ...body]);
    expect(machine.run(1e6)).toEqual(END);
    expect([x(first[0]), x(second[0])]).toEqual([first[1], second[1]]);
    expect(machine.icount).toBe(setUp.length + 1 + body.length + powerOff.length);
  });

  const GICC = 0x801_0000n;
  it.each([
    ['misaligned', [0xb840_2061], 0x9600_0021, GICC + 2n],
    ['zeroes', [0xd50b_7423], 0x9600_0061, GICC],
    ['beyond its registers', [0xd2a1_0030, 0xf284_0010, 0xb940_0201], 0x9600_0010, GICC + 0x2000n],
    ['fetches from it', [0xd61f_0060], 0x8600_0010, GICC],
    ['by system register', [0xd538_cca1], 0x0200_0000, null],
    ['by system register, to the priority mask', [0xd538_4601], 0x0200_0000, null],
  ] as const)('fault: %s', (_, body, esr, far) => {
    const { machine, x } = machineOf(body);
    expect(machine.run(1e6)).toEqual(END);
    expect(Number(x(14))).toBe(esr);
    if (far !== null) expect(x(15)).toBe(far);
  });
});

it('the guest’s ID register has no system registers of the GIC', () => {
  const { machine, x } = machineOf([0xd538_0401]);
  machine.run(1e6);
  expect(x(1) & 0xf00_0000n).toBe(0n);
});
