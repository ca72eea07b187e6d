// aarch32/: guests in AArch32 state, under either hypervisor: conditions, traps, exceptions, accesses without a syndrome.

import { fromHalves } from '../../../base/bits.ts';
import { AbortIss } from '../../../core/fields/esr.ts';
import { Cpsr, Mode } from '../../../core/fields/psr.ts';
import { extendLoad } from '../data-abort.ts';
import { type AccessPart, makeAccesses } from '../emulate.ts';
import type { ArmHypervisor } from '../hypervisor.ts';
import { HANDLED, type Outcome, type Trap } from '../trap.ts';
import { decodeA32 } from './a32-load-store.ts';
import type { LoadStore, Operands, Transfer } from './load-store.ts';
import { decodeT32, isWide } from './t32-load-store.ts';

/** A guest in AArch32 state, with the registers of its mode. */
export interface Aarch32Guest {
  /** R0..R14, unsigned. */
  r(n: number): number;
  setR(n: number, value: number): void;
  d(n: number): bigint;
  setD(n: number, value: bigint): void;
  readonly cpsr: number;
  /** The faulting address of the data abort. */
  readonly far: number;
  /** The intermediate physical address at which an instruction is fetched; undefined where its translation faults. */
  translate(va: number, unprivileged: boolean): number | undefined;
}

interface Fetched {
  readonly word: number;
  readonly bytes: 2 | 4;
}

/** The guest's instruction, read as its own fetch would, which is little-endian always; undefined where it lies in no guest memory. */
function fetch(h: ArmHypervisor, guest: Aarch32Guest, pc: number): Fetched | undefined {
  const unit = (at: number, bytes: 2 | 4): number | undefined => {
    const ipa = guest.translate(at >>> 0, (guest.cpsr & Cpsr.m) === Mode.usr);
    const memory = ipa === undefined ? undefined : h.ports.memory.view(ipa, bytes);
    if (!memory) return undefined;
    const view = new DataView(memory.buffer, memory.byteOffset, bytes);
    return bytes === 2 ? view.getUint16(0, true) : view.getUint32(0, true);
  };
  if ((guest.cpsr & Cpsr.t) === 0) {
    const word = unit(pc, 4);
    return word === undefined ? undefined : { word, bytes: 4 };
  }
  const first = unit(pc, 2);
  if (first === undefined || !isWide(first)) return first === undefined ? undefined : { word: first, bytes: 2 };
  const second = unit(pc + 2, 2);
  return second === undefined ? undefined : { word: ((first << 16) | second) >>> 0, bytes: 4 };
}

function decode(guest: Aarch32Guest, { word, bytes }: Fetched): LoadStore | undefined {
  const { cpsr } = guest;
  const operands: Operands = {
    r: (n) => guest.r(n),
    carry: (cpsr & Cpsr.c) !== 0,
    bigEndian: (cpsr & Cpsr.e) !== 0,
  };
  return (cpsr & Cpsr.t) === 0 ? decodeA32(word, operands) : decodeT32(word, bytes === 4, operands);
}

/**
 * A data abort at a device in AArch32 state whose syndrome does not describe the access: decodes the instruction and makes
 * its accesses one by one. What no device takes ends in an external abort, as it might on hardware.
 */
export function emulateAarch32Access(h: ArmHypervisor, trap: Trap, guest: Aarch32Guest): Outcome {
  const fetched = fetch(h, guest, Number(trap.pc));
  const plan = fetched && decode(guest, fetched);
  if (plan && carryOut(h, trap, guest, plan)) h.skip(fetched.bytes);
  else h.inject.abort('data', undefined, (trap.iss & AbortIss.wnr) !== 0);
  return HANDLED;
}

function carryOut(h: ArmHypervisor, trap: Trap, guest: Aarch32Guest, plan: LoadStore): boolean {
  const parts = plan.transfers.map((t): AccessPart => {
    const value = (): bigint => (t.register === 'r' ? BigInt(guest.r(t.reg)) : guest.d(t.reg) >> BigInt(32 * t.half));
    return { offset: t.offset, size: t.size, rt: t.reg, value, fill: (loaded) => fill(guest, t, loaded) };
  });
  const { load, address, writeBack } = plan;
  if (!makeAccesses(h, trap, BigInt(guest.far), { load, address: BigInt(address), parts })) return false;
  if (writeBack) guest.setR(writeBack.reg, writeBack.value);
  return true;
}

function fill(guest: Aarch32Guest, t: Transfer, loaded: bigint): void {
  const low = Number(loaded);
  if (t.register === 'r') {
    guest.setR(t.reg, extendLoad(low, 0, t.size, t.signExtend, 4)[0]);
    return;
  }
  const other = Number((guest.d(t.reg) >> (t.half === 0 ? 32n : 0n)) & 0xffff_ffffn);
  guest.setD(t.reg, t.half === 0 ? fromHalves(low, other) : fromHalves(other, low));
}
