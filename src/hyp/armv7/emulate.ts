import { Cpsr } from '../../core/fields/psr.ts';
import { Par } from '../../core/fields/translation.ts';
import { emulateAarch32Access } from '../arm-common/aarch32/emulate.ts';
import type { Translated } from '../arm-common/emulate.ts';
import type { Outcome, Trap } from '../arm-common/trap.ts';
import type { Armv7Host } from './hyp.ts';

/** PAR in the 64-bit format: its address bits; where it tells of a fault, its status (Arm ARM DDI 0406, B4.1.112). */
const PAR_ADDRESS = 0xff_ffff_f000n;
const PAR_STATUS_SHIFT = 1n;

/** The intermediate physical address of an instruction or of data of the guest's, by its own translation. */
function translate({ cpu }: Armv7Host, va: number, unprivileged: boolean, write: boolean): Translated {
  const par = cpu.register('PAR');
  const guests = par.read();
  cpu.addressTranslate(`ATS1C${unprivileged ? 'U' : 'P'}${write ? 'W' : 'R'}`, va);
  const result = par.read();
  par.write(guests);
  if ((result & BigInt(Par.f)) !== 0n) return { status: Number((result >> PAR_STATUS_SHIFT) & 0x3fn) };
  return { ipa: Number(result & PAR_ADDRESS) + (va & 0xfff) };
}

function jump({ hyp }: Armv7Host, address: number, thumb: boolean): void {
  hyp.elr.writeHalves(address, 0);
  hyp.spsr.writeHalves(((hyp.spsr.low() & ~Cpsr.t) | (thumb ? Cpsr.t : 0)) >>> 0, 0);
}

/** A data abort at a device whose syndrome does not describe the access. */
export const emulateAccess = (h: Armv7Host, trap: Trap): Outcome =>
  emulateAarch32Access(h, trap, {
    r: (n) => h.cpu.r(n),
    setR: (n, value) => h.cpu.setR(n, value),
    d: (n) => h.cpu.d(n),
    setD: (n, value) => h.cpu.setD(n, value),
    cpsr: h.hyp.spsr.low(),
    jump: (address, thumb) => jump(h, address, thumb),
    translate: (va, unprivileged, write) => translate(h, va, unprivileged, write),
  });
