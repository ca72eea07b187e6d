import { expect, it } from 'vitest';
import { Arm64Cpu } from './arm64-cpu.ts';
import { systemCounter } from './clock.ts';

const EL1H = 0x3c5;
const USR_T32 = 0x6800_0030;
const HCR_RW_ROUTED = 0x8000_0038n;
const HCR_AARCH32_ROUTED = 0x38n;
const SVC = 0x1d3;
const IRQ = 0x1d2;
const CODE = 0x1000;

it('changes what a paused guest goes on as, to AArch32 state and back', () => {
  const cpu = new Arm64Cpu(2 ** 20, systemCounter(62_500_000), 3);
  cpu.register('HCR_EL2').write(HCR_RW_ROUTED);
  // B .; the guest's memory is the host's.
  cpu.host.words[CODE / 4] = 0x1400_0000;
  cpu.setGuestPc(BigInt(CODE));
  cpu.setGuestPstate(EL1H);
  cpu.register('SP_EL1').write(0x80n);
  cpu.setX(13, 13n);
  expect(cpu.enter(10)).toBe('budget');
  cpu.setGuestPstate(USR_T32);
  expect([cpu.guestPc(), cpu.guestPstate(), cpu.x(13)]).toEqual([BigInt(CODE), USR_T32, 13n]);
  cpu.setGuestPstate(EL1H);
  expect([cpu.guestPc(), cpu.guestPstate(), cpu.register('SP_EL1').read()]).toEqual([BigInt(CODE), EL1H, 0x80n]);
  expect(cpu.enter(20)).toBe('budget');
  expect(cpu.icount).toBe(20);
});

it('has X registers as AArch64 would see them while a guest is paused in a mode with banks', () => {
  const cpu = new Arm64Cpu(2 ** 20, systemCounter(62_500_000), 2);
  cpu.register('HCR_EL2').write(HCR_AARCH32_ROUTED);
  // B .; the guest's memory is the host's.
  cpu.host.words[CODE / 4] = 0xeaff_fffe;
  cpu.setGuestPc(BigInt(CODE));
  cpu.setGuestPstate(SVC);
  for (let n = 0; n < 31; n++) cpu.setX(n, 0xaaaa_0000_0000n | BigInt(n));
  const registers = (): bigint[] => Array.from({ length: 31 }, (_, n) => cpu.x(n));
  const before = registers();
  expect(cpu.enter(10)).toBe('budget');
  expect(registers()).toEqual(before);
  expect(cpu.cpu.x(13)).toBe(0xaaaa_0000_0013n);
  // SP_svc and SP_usr.
  cpu.setX(19, 0x77n);
  cpu.setX(13, 0x99n);
  cpu.setGuestPstate(IRQ);
  expect([cpu.x(19), cpu.x(13), cpu.x(17)]).toEqual([0x77n, 0x99n, 0xaaaa_0000_0011n]);
});
