import { expect, it } from 'vitest';
import { Arm64Cpu } from './arm64-cpu.ts';
import { systemCounter } from './clock.ts';

const EL1H = 0x3c5;
const USR_T32 = 0x6800_0030;
const HCR_RW_ROUTED = 0x8000_0038n;
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
