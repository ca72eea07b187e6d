import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { bhyveExitName } from '../../trace/events/index.ts';
import { openTape, openTimeline, replay } from '../replay.ts';
import { openVm } from './open-vm.ts';
import { VmContext } from './vm-context.ts';

const folder = mkdtempSync(join(tmpdir(), 'hypertape-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

const KERNELS = ['tools/guests/demo-arm64/demo-arm64.elf', 'tools/guests/demo-armv7/demo-armv7.elf'];
const machine = { memoryBytes: 32 * 2 ** 20 };
const input = 'typed\n';
/** Exits that are looked at one by one. */
const EXITS = 300;

describe.each(KERNELS)('%s', (kernel) => {
  test('run from exit to exit, it makes those of a run without a stop, and its tape is the same', () => {
    const runs = [true, false].map((byExits) => {
      const tape = join(folder, `${byExits}.tape`);
      const vm = VmContext.create({ kernel, machine, tape, force: true });
      const exits: string[] = [];
      let result = vm.run(byExits ? { exits: 'all' } : {});
      while (result.kind === 'exit') {
        exits.push(`${result.exit.icount} ${result.exit.exitcode} ${result.exit.pc}`);
        expect(vm.vcpu(0).lastExit).toEqual(result.exit);
        result = vm.run(exits.length < EXITS ? { exits: 'all' } : {});
      }
      expect(result).toEqual({ kind: 'suspended', how: 'poweroff', bhyve: { status: 1, reason: 'POWEROFF' } });
      expect(vm.run()).toEqual(result);
      vm.destroy();
      const reader = openTape(tape);
      const told = [...reader.events({ classes: new Set(['vm-exit']) })].map((event) =>
        event.kind === 'vm-exit' ? `${event.at} ${bhyveExitName(event.bhyveExit)} ${event.pc}` : '',
      );
      reader.close();
      if (byExits) expect(exits).toEqual(told.slice(0, EXITS));
      expect(replay(tape).verified).toBe(true);
      return told;
    });
    expect(runs[0]).toEqual(runs[1]);
  });

  test('what steers is on the tape, which replays; openVm sees it there', () => {
    const tape = join(folder, 'steered.tape');
    const vm = VmContext.create({ kernel, machine, tape, force: true });
    expect(vm.run({ until: 20_000 })).toEqual({ kind: 'count' });
    const vcpu = vm.vcpu(0);
    const general = vcpu.getRegisterSet().has('x0') ? 'x9' : 'r9';
    vcpu.setRegister(general, 0x1234n);
    vcpu.setRegister('tpidr_el1', 7n);
    expect(vcpu.getRegister(general.toUpperCase())).toBe(0x1234n);
    const { gpa, bytes } = vm.lowMemory;
    const written = Uint8Array.from({ length: 5000 }, (_, i) => i & 0xff);
    vm.writeMemory(gpa + bytes - 8192, written);
    expect(vm.readMemory(BigInt(gpa + bytes - 8192), 5000)).toEqual(written);
    vm.injectIrq(40);
    vm.assertIrq(41);
    vm.deassertIrq(41);
    vm.input(input);
    expect(vm.activeCpus).toEqual([0]);
    vm.suspend('halt');
    expect(vm.run()).toEqual({ kind: 'suspended', how: 'halt', bhyve: { status: 2, reason: 'HALT' } });
    expect(vm.suspendedCpus).toEqual([0]);
    vm.destroy();
    vm.destroy();
    expect(() => vm.run()).toThrow(/destroyed/);
    expect(replay(tape)).toMatchObject({ verified: true, icount: 20_000 });
    const { timeline, reader } = openTimeline(tape);
    timeline.seek(timeline.last);
    const seen = openVm(timeline);
    // At a count the first moment is before what was done there.
    expect(seen.icount).toBe(20_000);
    expect(seen.memorySegments).toEqual(vm.memorySegments);
    reader.close();
  });

  test('destroyed in the midst of its run it leaves a whole tape', () => {
    const tape = join(folder, 'destroyed.tape');
    const vm = VmContext.create({ kernel, machine, tape, force: true });
    const { kind } = vm.run({ exits: ['INST_EMUL'] });
    expect(kind).toBe('exit');
    expect(vm.vcpu(0).lastExit).toMatchObject({ class: 'DABT_LOW', exitcode: 'INST_EMUL' });
    vm.destroy();
    expect(replay(tape).verified).toBe(true);
  });

  test('what is not there is told in one line, and changes nothing', () => {
    const vm = VmContext.create({ kernel, machine });
    const vcpu = vm.vcpu(0);
    vm.run({ until: 10_000 });
    const before = vm.machine.stateHash();
    for (const wrong of [
      () => vm.vcpu(1),
      () => vm.vcpu(-1),
      () => vcpu.getRegister('x99'),
      () => vcpu.getRegister('__proto__'),
      () => vcpu.setRegister('pc', 3n),
      () => vcpu.setRegister('sctlr_el2', 3n),
      () => vcpu.setRegister('sp', 1n << 64n),
      () => vcpu.getCapability('toString'),
      () => vcpu.setCapability('hlt_exit', false),
      () => vm.readMemory(0x1000_0000, 4),
      () => vm.readMemory(-1, 4),
      () => vm.readMemory(0x4000_0000, 0),
      () => vm.readMemory(0x4000_0000, 2 ** 53),
      () => vm.writeMemory(0x4000_0000 + machine.memoryBytes - 1, new Uint8Array(2)),
      () => vm.injectIrq(5),
      () => vm.assertIrq(16),
      () => vm.input('x'.repeat(70_000)),
    ])
      expect(wrong).toThrow(/^[^\n]+$/);
    vcpu.setCapability('hlt_exit', true);
    expect(vm.machine.stateHash()).toBe(before);
    expect(() => VmContext.create({ kernel, machine: { memoryBytes: 1000 } })).toThrow(/--memory/);
  });
});

test('a guest that resets is switched on again, where its machine is made so', () => {
  const kernel = 'test/guests/reboot/reboot-arm64.elf';
  const ends = ([true, undefined] as const).map((reboot) => {
    let console = '';
    const vm = VmContext.create({
      kernel,
      machine: { ...machine, reboot },
      onConsole: (byte) => {
        console += String.fromCharCode(byte);
      },
    });
    const end = vm.run();
    vm.destroy();
    return { console, how: end.kind === 'suspended' ? end.how : end.kind };
  });
  expect(ends).toEqual([
    { console: 'BBB', how: 'poweroff' },
    { console: 'B', how: 'reset' },
  ]);
});
