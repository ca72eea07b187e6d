import { describe, expect, it } from 'vitest';
import { EventLog } from '../hyp/arm-common/event-log.fixture.ts';
import type { MachineConfig } from './config.ts';
import { MachineImages } from './images.ts';
import { Machine } from './machine.ts';

const config: MachineConfig = {
  arch: 'arm64',
  board: 'virt',
  memoryBytes: 16 * 2 ** 20,
  vcpus: 1,
  gicVersion: 3,
  append: '',
  loadAddress: 0x4008_0000,
  entropySeed: 1n,
  rtcEpochSeconds: 0,
  timerPolicy: 'direct',
};

const MOVZ_X0_SYSTEM_OFF = 0xd280_0100;
const MOVK_X0_PSCI = 0xf2b0_8000;
const HVC = 0xd400_0002;
const powerOff = [MOVZ_X0_SYSTEM_OFF, MOVK_X0_PSCI, HVC];
const NOP = 0xd503_201f;
const WFI = 0xd503_207f;
const MOVZ_X2_UART = 0xd2a1_2002;

/** A machine whose guest is these instructions. */
function machineOf(code: readonly number[]) {
  const bytes = new Uint8Array(Uint32Array.from(code).buffer);
  const log = new EventLog();
  const output: number[] = [];
  const machine = new Machine({
    config,
    images: new MachineImages([{ role: 'kernel', name: 'code', bytes }]),
    events: log,
    consoleOut: (byte) => output.push(byte),
  });
  return { machine, log, output };
}

const END = { kind: 'ended', outcome: 'poweroff', reason: 'the guest powered off' };

describe('the instruction count', () => {
  it('is that of the instructions, whoever carries them out', () => {
    for (const body of [
      [NOP],
      // STRB W3, [X2]; LDR W4, [X2, #0x18]
      [MOVZ_X2_UART, 0x3900_0043, 0xb940_1844],
      // MRS X1, ID_AA64PFR0_EL1; MSR CNTP_CTL_EL0, XZR; MRS X1, CNTPCT_EL0; MRS X1, CNTVCT_EL0
      [0xd538_0401, 0xd51b_e23f, 0xd53b_e021, 0xd53b_e041],
      // LDP W4, W5, [X2], which has no syndrome
      [MOVZ_X2_UART, 0x2940_1444],
    ]) {
      const { machine } = machineOf([...body, ...powerOff]);
      expect(machine.run(1e6)).toEqual(END);
      expect(machine.icount).toBe(body.length + powerOff.length);
      expect(machine.instructions).toBe(machine.icount);
    }
  });

  it('is stopped at exactly, between instructions that the hypervisor carries out too', () => {
    const body = [MOVZ_X2_UART, 0x3900_0043, 0x3900_0043, NOP, 0xb940_1844];
    const { machine, log } = machineOf([...body, ...powerOff]);
    for (let n = 1; n <= body.length; n++) {
      expect(machine.run(n)).toEqual({ kind: 'count' });
      expect([machine.icount, machine.pc]).toEqual([n, 0x4008_0000n + 4n * BigInt(n)]);
    }
    expect(machine.run(1e6)).toEqual(END);
    expect(log.of('mmio-write').map((e) => e.at)).toEqual([1, 2]);
    expect(log.of('mmio-read').map((e) => e.at)).toEqual([4]);
  });
});

it('a guest whose vectors lie in no memory is stuck', () => {
  // BR XZR; VBAR_EL1 is 0.
  const { machine, log } = machineOf([0xd61f_03e0]);
  expect(machine.run(1e6)).toMatchObject({ kind: 'ended', outcome: 'stuck', reason: expect.stringContaining('0x200') });
  expect(machine.icount).toBe(1);
  expect(log.events.length).toBeLessThan(2000);
});

describe('idle time', () => {
  /** Virtual timer: CVAL 100 ticks of 16 ns, enabled; its interrupt at redistributor and distributor; WFI. */
  const sleep = [
    0xd2a1_0002, // MOVZ X2, #0x800, LSL 16: the distributor
    0x5280_0041, // MOVZ W1, #2: GICD_CTLR.EnableGrp1
    0xb900_0041, // STR W1, [X2]
    0xd2a1_0162, // MOVZ X2, #0x80b, LSL 16: the redistributor's second frame
    0x52a1_0001, // MOVZ W1, #0x800, LSL 16: INTID 27
    0xb901_0041, // STR W1, [X2, #0x100]: GICR_ISENABLER0
    0xb900_8041, // STR W1, [X2, #0x80]: GICR_IGROUPR0
    0xd280_1fe1, // MOVZ X1, #0xff
    0xd518_4601, // MSR ICC_PMR_EL1, X1
    0xd280_0021, // MOVZ X1, #1
    0xd518_cce1, // MSR ICC_IGRPEN1_EL1, X1
    0xd280_0c81, // MOVZ X1, #100
    0xd51b_e341, // MSR CNTV_CVAL_EL0, X1
    0xd280_0021, // MOVZ X1, #1
    0xd51b_e321, // MSR CNTV_CTL_EL0, X1
    WFI,
  ];
  const WAKE = 1600;

  it('is skipped to the timer, and told once, as a whole, however the run is cut', () => {
    const whole = machineOf([...sleep, ...powerOff]);
    expect(whole.machine.run(1e6)).toEqual(END);
    const { skipped } = whole.machine.clock;
    expect(whole.log.of('idle-skip')).toEqual([{ event: 'idle-skip', at: sleep.length, vcpu: 0, to: WAKE }]);
    expect(skipped).toBe(WAKE - sleep.length);
    expect(whole.machine.icount).toBe(WAKE + powerOff.length);

    const cut = machineOf([...sleep, ...powerOff]);
    for (let until = 3; cut.machine.run(until).kind === 'count'; until += 7) expect(cut.machine.icount).toBe(until);
    expect(cut.log.events).toEqual(whole.log.events);
    expect(cut.machine.clock.skipped).toBe(skipped);
    expect(cut.machine.stateHash()).toBe(whole.machine.stateHash());
  });

  it('without end is told', () => {
    const { machine } = machineOf([WFI]);
    expect(machine.run(1e6)).toMatchObject({ kind: 'ended', outcome: 'stuck' });
    expect(machine.icount).toBe(1);
  });
});
