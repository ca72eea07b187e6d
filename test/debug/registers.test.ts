// What a debugger is told of a machine's registers, on each kind of host.
import { describe, expect, it } from 'vitest';
import { describeTarget } from '../../src/debug/registers.ts';
import type { MachineConfig } from '../../src/machine/config.ts';
import { MachineImages } from '../../src/machine/images.ts';
import { Machine } from '../../src/machine/machine.ts';
import { discardEvents } from '../../src/trace/events/index.ts';
import { guestFiles } from '../../tools/guests/catalogue.ts';
import { demoConfig } from '../support/demo.fixture.ts';

const machineOf = (guest: string, config: Partial<MachineConfig>): Machine =>
  new Machine({
    config: { ...demoConfig, ...config },
    images: MachineImages.read({ kernel: guestFiles(guest).kernel }),
    events: discardEvents,
    consoleOut() {},
  });
const kinds: readonly [string, string, Partial<MachineConfig>][] = [
  ['AArch64', 'demo-arm64', {}],
  ['AArch64 with a GICv2', 'demo-arm64', { gicVersion: 2 }],
  ['ARMv7', 'demo-armv7', { arch: 'armv7', gicVersion: 2 }],
  ['AArch32 on AArch64', 'demo-armv7', { arch: 'armv7', gicVersion: 2, cpu: 'cortex-a57' }],
];

describe.each(kinds)('%s', (_, guest, config) => {
  it('every register can be read at any moment, and no look leaves a trace', () => {
    const machine = machineOf(guest, config);
    const seen = machineOf(guest, config);
    const target = describeTarget(seen);
    for (const at of [1, 100, 12_345, 200_000]) {
      machine.run(at);
      seen.run(at);
      for (const name of target.names) {
        const register = target.named(name);
        const value = register?.read() ?? -1n;
        expect(value >= 0n && value < 1n << BigInt(register?.bits ?? 0), `${name} is ${value}`).toBe(true);
      }
    }
    expect(seen.stateHash()).toBe(machine.stateHash());
  });

  it('has the numbers that GDB expects', () => {
    const target = describeTarget(machineOf(guest, config));
    const isArm = config.arch === 'armv7';
    expect(target.numberOf('pc')).toBe(isArm ? 15 : 32);
    expect(target.numberOf('cpsr')).toBe(isArm ? 25 : 33);
    expect(target.general).toHaveLength(isArm ? 17 + 33 : 34 + 34);
    expect(target.xml()).toContain(`<architecture>${isArm ? 'arm' : 'aarch64'}</architecture>`);
  });
});

it('the registers are those of the guest, whatever mode it is in', () => {
  const machine = machineOf('demo-arm64', {});
  machine.run(150_000);
  const target = describeTarget(machine);
  expect(target.named('pc')?.read()).toBe(machine.pc);
  expect(target.named('x3')?.read()).toBe(machine.vm.readRegister(0, 'x3'));
  expect([target.named('SP_EL0')?.read(), target.named('SP_EL1')?.read()]).toContain(target.named('sp')?.read());
});
