import { expect, it } from 'vitest';
import { Armv7Cpu } from './armv7-cpu.ts';
import { systemCounter } from './clock.ts';

const USR = 0x1d0;
const FIQ = 0x1d1;
const SVC = 0x1d3;
const T = 1 << 5;
const RAM = 0x1000;
const HCR_AMO_IMO_FMO = 0x38n;

const make = (): Armv7Cpu => new Armv7Cpu(2 ** 20, systemCounter(62_500_000));

it("has the guest's registers by their mode, and by their banks", () => {
  const cpu = make();
  cpu.setGuestPstate(SVC);
  cpu.setR(8, 8);
  cpu.setR(13, 13);
  cpu.setGuestPstate(FIQ);
  cpu.setR(8, 88);
  cpu.setR(14, 0xffff_ffff);
  expect([cpu.r(7), cpu.r(8), cpu.r(14), cpu.r(15)]).toEqual([0, 88, 0xffff_ffff, 0]);
  const banked = ['R8_usr', 'R8_fiq', 'SP_svc', 'LR_fiq', 'SP_usr'].map((name) => cpu.register(name).read());
  expect(banked).toEqual([8n, 88n, 13n, 0xffff_ffffn, 0n]);
});

it('has the same while the guest is paused, and changes what it goes on as', () => {
  const cpu = make();
  cpu.register('HCR').write(HCR_AMO_IMO_FMO);
  // B .; the guest's memory is the host's.
  cpu.host.words[RAM / 4] = 0xeaff_fffe;
  cpu.setGuestPc(BigInt(RAM));
  cpu.setGuestPstate(FIQ);
  cpu.setR(8, 88);
  cpu.setR(13, 7);
  expect(cpu.enter(10)).toBe('budget');
  expect([cpu.guestPc(), cpu.guestPstate(), cpu.r(8), cpu.register('SP_fiq').read()]).toEqual([
    BigInt(RAM),
    FIQ,
    88,
    7n,
  ]);
  cpu.setGuestPstate(USR | T);
  expect([cpu.guestPc(), cpu.guestPstate(), cpu.r(8), cpu.register('R8_fiq').read()]).toEqual([
    BigInt(RAM),
    USR | T,
    0,
    88n,
  ]);
});

it('tells of its state without changing it', () => {
  const cpu = make();
  const state = cpu.save();
  expect(cpu.save()).toEqual(state);
  cpu.setD(31, 1n);
  expect(cpu.save()).not.toEqual(state);
});
