import { AbortIss } from '../../core/fields/esr.ts';
import { Pstate } from '../../core/fields/psr.ts';
import { Par } from '../../core/fields/translation.ts';
import { isAarch32 } from '../arm-common/aarch32/condition.ts';
import { emulateAarch32Access } from '../arm-common/aarch32/emulate.ts';
import { extendLoad } from '../arm-common/data-abort.ts';
import { type AccessPart, makeAccesses } from '../arm-common/emulate.ts';
import { HANDLED, type Outcome, type Trap } from '../arm-common/trap.ts';
import { aarch32Guest } from './aarch32.ts';
import type { Arm64Host } from './el2.ts';
import { decodeLoadStore, type LoadStore, type Transfer } from './load-store.ts';

/** PAR_EL1.F, and its address bits. */
const PAR_ADDRESS = 0xffff_ffff_f000n;
/** DCZID_EL0.BS of a Cortex-A57 is 4: blocks of 16 words. */
const ZVA_BYTES = 64;

/** The intermediate physical address of an instruction of the guest's, by its own translation. */
function translate(h: Arm64Host, va: bigint, el0: boolean): number | undefined {
  const par = h.cpu.register('PAR_EL1');
  const guests = par.read();
  h.cpu.addressTranslate(el0 ? 'S1E0R' : 'S1E1R', va);
  const result = par.read();
  par.write(guests);
  return (result & BigInt(Par.f)) !== 0n ? undefined : Number((result & PAR_ADDRESS) | (va & 0xfffn));
}

/** The guest's instruction at `pc`, read as the guest's own fetch would; undefined where it lies in no guest memory. */
function fetch(h: Arm64Host, pc: bigint, el0: boolean): number | undefined {
  const ipa = translate(h, pc, el0);
  const bytes = ipa === undefined ? undefined : h.ports.memory.view(ipa, 4);
  return bytes && new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);
}

/** SP of the guest's mode, or a general-purpose register. */
function baseRegister(h: Arm64Host, n: number): { read(): bigint; write(value: bigint): void } {
  if (n !== 31) return { read: () => h.cpu.x(n), write: (value) => h.cpu.setX(n, value) };
  return h.cpu.register((h.el2.spsr.low() & 0xf) === 5 ? 'SP_EL1' : 'SP_EL0');
}

/**
 * A data abort at a device whose syndrome does not describe the access (ISV 0): decodes the instruction and makes
 * its accesses one by one. What no device takes ends in an external abort, as it might on hardware.
 */
export function emulateAccess(h: Arm64Host, trap: Trap): Outcome {
  const pstate = h.el2.spsr.low();
  if (isAarch32(pstate))
    return emulateAarch32Access(
      h,
      trap,
      aarch32Guest(h, (va, el0) => translate(h, BigInt(va), el0)),
    );
  const word = fetch(h, trap.pc, (pstate & Pstate.el) === 0);
  const plan = word === undefined ? undefined : decodeLoadStore(word, (n) => h.cpu.x(n), ZVA_BYTES);
  if (plan && carryOut(h, trap, plan)) h.skip();
  else h.inject.abort('data', undefined, (trap.iss & AbortIss.wnr) !== 0);
  return HANDLED;
}

function carryOut(h: Arm64Host, trap: Trap, plan: LoadStore): boolean {
  const base = plan.alignedTo === undefined ? baseRegister(h, plan.base) : null;
  const start = base ? base.read() : 0n;
  let address = BigInt.asUintN(64, start + plan.offset);
  if (plan.alignedTo) address -= address % BigInt(plan.alignedTo);
  const parts = plan.transfers.map((t): AccessPart => {
    const value = (): bigint => (t.register === 'x' ? h.cpu.x(t.reg) : h.cpu.v(t.reg, t.half));
    return { offset: t.offset, size: t.size, rt: t.reg, value, fill: (loaded) => fill(h, t, loaded) };
  });
  if (!makeAccesses(h, trap, h.el2.far().read(), { load: plan.load, address, parts })) return false;
  if (base && plan.writeBack !== null) base.write(BigInt.asUintN(64, start + plan.writeBack));
  return true;
}

function fill(h: Arm64Host, t: Transfer, value: bigint): void {
  if (t.register === 'v') {
    h.cpu.setV(t.reg, t.half, value);
    // A narrower load clears the rest of the register; a second half comes after the first.
    if (t.half === 0) h.cpu.setV(t.reg, 1, 0n);
    return;
  }
  const low = Number(value & 0xffff_ffffn);
  const high = Number(value >> 32n);
  h.cpu.setXHalves(t.reg, ...extendLoad(low, high, t.size, t.signExtend, t.registerBytes));
}
