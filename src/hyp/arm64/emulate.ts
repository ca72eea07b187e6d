import { high32, low32 } from '../../base/bits.ts';
import { AbortIss } from '../../core/fields/esr.ts';
import { Pstate } from '../../core/fields/psr.ts';
import { Par } from '../../core/fields/translation.ts';
import { isAarch32 } from '../arm-common/aarch32/condition.ts';
import { emulateAarch32Access } from '../arm-common/aarch32/emulate.ts';
import { extendLoad } from '../arm-common/data-abort.ts';
import { type AccessPart, makeAccesses, type Translated } from '../arm-common/emulate.ts';
import type { InjectedFault } from '../arm-common/hypervisor.ts';
import { HANDLED, type Outcome, type Trap } from '../arm-common/trap.ts';
import { aarch32Guest } from './aarch32.ts';
import type { LoadStore, Transfer, VectorTransfer } from './access-plan.ts';
import type { Arm64Host } from './el2.ts';
import { decodeLoadStore } from './load-store.ts';

/** PAR_EL1's address bits; where it tells of a fault, its status. */
const PAR_ADDRESS = 0xffff_ffff_f000n;
const PAR_STATUS_SHIFT = 1n;
/** DCZID_EL0.BS of a Cortex-A57 is 4: blocks of 16 words. */
const ZVA_BYTES = 64;

/** The intermediate physical address of an instruction or of data of the guest's, by its own translation. */
function translate(h: Arm64Host, va: bigint, el0: boolean, write = false): Translated {
  const par = h.cpu.register('PAR_EL1');
  const guests = par.read();
  h.cpu.addressTranslate(`S1E${el0 ? 0 : 1}${write ? 'W' : 'R'}`, va);
  const result = par.read();
  par.write(guests);
  if ((result & BigInt(Par.f)) !== 0n) return { status: Number((result >> PAR_STATUS_SHIFT) & 0x3fn) };
  return { ipa: Number((result & PAR_ADDRESS) | (va & 0xfffn)) };
}

/** The guest's instruction at `pc`, read as the guest's own fetch would; undefined where it lies in no guest memory. */
function fetch(h: Arm64Host, pc: bigint, el0: boolean): number | undefined {
  const found = translate(h, pc, el0);
  const bytes = 'ipa' in found ? h.ports.memory.view(found.ipa, 4) : undefined;
  return bytes && new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);
}

/** SP of the guest's mode, or a general-purpose register. */
function baseRegister(h: Arm64Host, n: number): { read(): bigint; write(value: bigint): void } {
  if (n !== 31) return { read: () => h.cpu.x(n), write: (value) => h.cpu.setX(n, value) };
  return h.cpu.register((h.el2.spsr.low() & 0xf) === 5 ? 'SP_EL1' : 'SP_EL0');
}

/** A data abort at a device whose syndrome does not describe the access (ISV 0). */
export function emulateAccess(h: Arm64Host, trap: Trap): Outcome {
  const pstate = h.el2.spsr.low();
  if (isAarch32(pstate))
    return emulateAarch32Access(
      h,
      trap,
      aarch32Guest(h, (va, el0, write) => translate(h, BigInt(va), el0, write)),
    );
  const el0 = (pstate & Pstate.el) === 0;
  const word = fetch(h, trap.pc, el0);
  const plan =
    word === undefined
      ? undefined
      : decodeLoadStore(word, {
          x: (n) => h.cpu.x(n),
          xsp: (n) => baseRegister(h, n).read(),
          pc: trap.pc,
          zvaBytes: ZVA_BYTES,
        });
  const fault = plan ? carryOut(h, trap, plan, el0) : {};
  if (fault === null) h.skip();
  else h.inject.abort('data', { ...fault, wnr: (trap.iss & AbortIss.wnr) !== 0 });
  return HANDLED;
}

function carryOut(h: Arm64Host, trap: Trap, plan: LoadStore, el0: boolean): InjectedFault | null {
  const { load, address, writeBack } = plan;
  const parts = plan.transfers.map(
    (t): AccessPart => ({
      offset: t.offset,
      size: t.size,
      rt: t.reg,
      value: () => (t.register === 'x' ? h.cpu.x(t.reg) : h.cpu.v(t.reg, half(t.at)) >> shift(t.at)),
      fill: (loaded) => fill(h, t, loaded),
    }),
  );
  const { far } = trap;
  const at = { bits: 64, far, translate: (va: bigint, write: boolean) => translate(h, va, el0, write) } as const;
  const fault = makeAccesses(h, trap, at, { load, address, parts });
  if (fault === null && writeBack !== null) baseRegister(h, writeBack.reg).write(writeBack.value);
  return fault;
}

/** Where byte `at` of a vector register is. */
const half = (at: number): 0 | 1 => (at < 8 ? 0 : 1);
const shift = (at: number): bigint => BigInt(8 * (at % 8));

function fill(h: Arm64Host, t: Transfer, value: bigint): void {
  if (t.register === 'v') {
    fillVector(h, t, value);
    return;
  }
  h.cpu.setXHalves(t.reg, ...extendLoad(low32(value), high32(value), t.size, t.signExtend, t.registerBytes));
}

function fillVector({ cpu }: Arm64Host, { reg, size, at, whole, copies }: VectorTransfer, value: bigint): void {
  if (whole) for (const part of [0, 1] as const) cpu.setV(reg, part, 0n);
  const mask = (1n << BigInt(8 * size)) - 1n;
  for (let to = at; to < at + (copies ?? size); to += size) {
    const kept = cpu.v(reg, half(to)) & ~(mask << shift(to));
    cpu.setV(reg, half(to), kept | (value << shift(to)));
  }
}
