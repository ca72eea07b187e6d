import { Par } from '../../core/fields/translation.ts';
import { emulateAarch32Access } from '../arm-common/aarch32/emulate.ts';
import type { Outcome, Trap } from '../arm-common/trap.ts';
import type { Armv7Host } from './hyp.ts';

/** PAR in the 64-bit format: F, and its address bits (Arm ARM DDI 0406, B4.1.112). */
const PAR_ADDRESS = 0xff_ffff_f000n;

/** The intermediate physical address of an instruction of the guest's, by its own translation. */
function translate({ cpu }: Armv7Host, va: number, unprivileged: boolean): number | undefined {
  const par = cpu.register('PAR');
  const guests = par.read();
  cpu.addressTranslate(unprivileged ? 'ATS1CUR' : 'ATS1CPR', va);
  const result = par.read();
  par.write(guests);
  return (result & BigInt(Par.f)) !== 0n ? undefined : Number(result & PAR_ADDRESS) + (va & 0xfff);
}

/** A data abort at a device whose syndrome does not describe the access. */
export const emulateAccess = (h: Armv7Host, trap: Trap): Outcome =>
  emulateAarch32Access(h, trap, {
    r: (n) => h.cpu.r(n),
    setR: (n, value) => h.cpu.setR(n, value),
    d: (n) => h.cpu.d(n),
    setD: (n, value) => h.cpu.setD(n, value),
    cpsr: h.hyp.spsr.low(),
    far: h.hyp.hdfar.low(),
    translate: (va, unprivileged) => translate(h, va, unprivileged),
  });
