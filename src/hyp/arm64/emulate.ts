import { ipa as toIpa } from '../../base/brands.ts';
import type { AccessSize } from '../../devices/bus/mmio-bus.ts';
import { mmioRead, mmioWrite } from '../../trace/events/index.ts';
import { extendLoad, swapBytes } from '../arm-common/data-abort.ts';
import type { Arm64Hypervisor } from './hypervisor.ts';
import { decodeLoadStore, type LoadStore, type Transfer } from './load-store.ts';
import { HANDLED, type Trap } from './trap.ts';

const PAGE = 4096;
/** PAR_EL1.F, and its address bits. */
const PAR_FAULT = 1n;
const PAR_ADDRESS = 0xffff_ffff_f000n;
const PSTATE_AARCH32 = 0x10;
/** DCZID_EL0.BS of a Cortex-A57 is 4: blocks of 16 words. */
const ZVA_BYTES = 64;

/** The guest's instruction at `pc`, read as the guest's own fetch would; undefined where it lies in no guest memory. */
function fetch(h: Arm64Hypervisor, pc: bigint, el0: boolean): number | undefined {
  const par = h.cpu.register('PAR_EL1');
  const guests = par.read();
  h.cpu.addressTranslate(el0 ? 'S1E0R' : 'S1E1R', pc);
  const result = par.read();
  par.write(guests);
  if ((result & PAR_FAULT) !== 0n) return undefined;
  const bytes = h.ports.memory.map(Number((result & PAR_ADDRESS) | (pc & 0xfffn)), 4);
  return bytes && new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);
}

/** SP of the guest's mode, or a general-purpose register. */
function baseRegister(h: Arm64Hypervisor, n: number): { read(): bigint; write(value: bigint): void } {
  if (n !== 31) return { read: () => h.cpu.x(n), write: (value) => h.cpu.setX(n, value) };
  return h.cpu.register((h.el2.spsr.low() & 0xf) === 5 ? 'SP_EL1' : 'SP_EL0');
}

/**
 * A data abort at a device whose syndrome does not describe the access (ISV 0): decodes the instruction and makes
 * its accesses one by one. What no device takes ends in an external abort, as it might on hardware.
 */
export function emulateAccess(h: Arm64Hypervisor, trap: Trap): typeof HANDLED {
  const wnr = (trap.iss & (1 << 6)) !== 0;
  const pstate = h.el2.spsr.low();
  const word = (pstate & PSTATE_AARCH32) === 0 ? fetch(h, trap.pc, (pstate & 0xc) === 0) : undefined;
  const plan = word === undefined ? undefined : decodeLoadStore(word, (n) => h.cpu.x(n), ZVA_BYTES);
  if (!plan || !carryOut(h, trap, plan)) {
    h.inject.abort('data', undefined, wnr);
    return HANDLED;
  }
  h.el2.skip();
  return HANDLED;
}

/** False, with no register changed, where an access meets no device. */
function carryOut(h: Arm64Hypervisor, trap: Trap, plan: LoadStore): boolean {
  const isZva = plan.alignedTo !== undefined;
  const base = isZva ? null : baseRegister(h, plan.base);
  const start = base ? base.read() : 0n;
  let from = BigInt.asUintN(64, start + plan.offset);
  if (plan.alignedTo) from -= from % BigInt(plan.alignedTo);
  // The fault may be at a later part of the access than its first, but in the same page, or it would be at no device.
  const offset = Number(BigInt.asIntN(64, from - h.el2.far.read()));
  const at = trap.ipa + offset;
  const last = plan.transfers.at(-1);
  if (!last || Math.floor(at / PAGE) !== Math.floor((at + last.offset + last.size - 1) / PAGE)) return false;
  if (Math.floor(at / PAGE) !== Math.floor(trap.ipa / PAGE)) return false;
  const loaded: bigint[] = [];
  for (const t of plan.transfers) {
    const ipa = toIpa(BigInt(at + t.offset));
    if (!h.ports.bus.find(ipa, t.size)) return false;
    if (plan.load) loaded.push(read(h, trap, t, ipa));
    else write(h, trap, t, ipa);
  }
  plan.transfers.forEach((t, i) => {
    if (plan.load) fill(h, t, loaded[i] as bigint);
  });
  if (base && plan.writeBack !== null) base.write(BigInt.asUintN(64, start + plan.writeBack));
  return true;
}

const ordered = (h: Arm64Hypervisor, value: bigint, size: AccessSize): bigint =>
  h.bigEndian() ? swapBytes(value, size) : value;

function read(h: Arm64Hypervisor, trap: Trap, t: Transfer, ipa: ReturnType<typeof toIpa>): bigint {
  const value = h.ports.bus.read(ipa, t.size) ?? 0n;
  const { vcpu, pc } = trap;
  h.ports.events.emit(mmioRead, { at: h.icount(), vcpu, pc, ipa, size: t.size, value, rt: t.reg });
  return ordered(h, value, t.size);
}

function write(h: Arm64Hypervisor, trap: Trap, t: Transfer, ipa: ReturnType<typeof toIpa>): void {
  const whole = t.register === 'x' ? h.cpu.x(t.reg) : h.cpu.v(t.reg, t.half);
  const value = ordered(h, BigInt.asUintN(8 * t.size, whole), t.size);
  const { vcpu, pc } = trap;
  h.ports.events.emit(mmioWrite, { at: h.icount(), vcpu, pc, ipa, size: t.size, value, rt: t.reg });
  h.ports.bus.write(ipa, t.size, value);
}

function fill(h: Arm64Hypervisor, t: Transfer, value: bigint): void {
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
