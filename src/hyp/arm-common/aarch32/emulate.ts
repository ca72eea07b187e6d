// aarch32/: guests in AArch32 state, under either hypervisor: conditions, traps, exceptions, accesses without a syndrome.

import { AbortIss } from '../../../core/fields/esr.ts';
import { Cpsr, Mode } from '../../../core/fields/psr.ts';
import { extendLoad } from '../data-abort.ts';
import { type AccessPart, makeAccesses, type Translated } from '../emulate.ts';
import type { ArmHypervisor, InjectedFault } from '../hypervisor.ts';
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
  /** Goes on at an address, in an instruction set. */
  jump(address: number, thumb: boolean): void;
  /** The intermediate physical address of an instruction or of data. */
  translate(va: number, unprivileged: boolean, write: boolean): Translated;
}

const isUser = ({ cpsr }: Aarch32Guest): boolean => (cpsr & Cpsr.m) === Mode.usr;

interface Fetched {
  readonly word: number;
  readonly bytes: 2 | 4;
}

/** The guest's instruction, read as its own fetch would, which is little-endian always; undefined where it lies in no guest memory. */
function fetch(h: ArmHypervisor, guest: Aarch32Guest, pc: number): Fetched | undefined {
  const unit = (at: number, bytes: 2 | 4): number | undefined => {
    const found = guest.translate(at >>> 0, isUser(guest), false);
    const memory = 'ipa' in found ? h.ports.memory.view(found.ipa, bytes) : undefined;
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

function decode(guest: Aarch32Guest, { word, bytes }: Fetched, pc: number): LoadStore | undefined {
  const { cpsr } = guest;
  const operands: Operands = {
    r: (n) => (n === PC ? readPc(guest, pc) : guest.r(n)),
    carry: (cpsr & Cpsr.c) !== 0,
    bigEndian: (cpsr & Cpsr.e) !== 0,
  };
  return (cpsr & Cpsr.t) === 0 ? decodeA32(word, operands) : decodeT32(word, bytes === 4, operands);
}

const PC = 15;
const readPc = ({ cpsr }: Aarch32Guest, pc: number): number => (((cpsr & Cpsr.t) === 0 ? pc + 8 : pc + 4) & ~3) >>> 0;

/**
 * A data abort at a device in AArch32 state whose syndrome does not describe the access: decodes the instruction and makes
 * its accesses one by one. What no device takes ends in an external abort, as it might on hardware.
 */
export function emulateAarch32Access(h: ArmHypervisor, trap: Trap, guest: Aarch32Guest): Outcome {
  const pc = Number(trap.pc);
  const fetched = fetch(h, guest, pc);
  const plan = fetched && decode(guest, fetched, pc);
  const fault = plan ? carryOut(h, trap, guest, plan, fetched.bytes) : {};
  if (fault !== null) h.inject.abort('data', { ...fault, wnr: (trap.iss & AbortIss.wnr) !== 0 });
  return HANDLED;
}

function carryOut(
  h: ArmHypervisor,
  trap: Trap,
  guest: Aarch32Guest,
  plan: LoadStore,
  bytes: 2 | 4,
): InjectedFault | null {
  const stored = (n: number): number => (n === PC ? readPc(guest, Number(trap.pc)) : guest.r(n));
  let target: number | null = null;
  const parts = plan.transfers.map(
    (t): AccessPart => ({
      offset: t.offset,
      size: t.size,
      rt: t.reg,
      value: () => (t.register === 'r' ? BigInt(stored(t.reg)) : guest.d(t.reg) >> BigInt(8 * t.at)),
      fill: (loaded) => {
        if (t.register === 'r' && t.reg === PC) target = Number(loaded);
        else fill(guest, t, loaded);
      },
    }),
  );
  const { load, address, writeBack } = plan;
  const at = {
    bits: 32,
    far: trap.far,
    translate: (va: bigint, write: boolean) => guest.translate(Number(va), isUser(guest), write),
  } as const;
  const fault = makeAccesses(h, trap, at, { load, address: BigInt(address), parts });
  if (fault !== null) return fault;
  // What is loaded into the base stays, which is UNPREDICTABLE: as the CPU has it.
  const isLoaded = load && plan.transfers.some((t) => t.register === 'r' && t.reg === writeBack?.reg);
  if (writeBack && !isLoaded) guest.setR(writeBack.reg, writeBack.value);
  h.skip(bytes);
  // Bit 0 selects the instruction set (BXWritePC).
  if (target !== null) guest.jump((target & ~1) >>> 0, (target & 1) !== 0);
  return null;
}

function fill(guest: Aarch32Guest, t: Transfer, loaded: bigint): void {
  if (t.register === 'r') {
    guest.setR(t.reg, extendLoad(Number(loaded), 0, t.size, t.signExtend, 4)[0]);
    return;
  }
  const mask = (1n << BigInt(8 * t.size)) - 1n;
  for (let at = t.at; at < (t.copied ? 8 : t.at + t.size); at += t.size) {
    const to = BigInt(8 * at);
    guest.setD(t.reg, (guest.d(t.reg) & ~(mask << to)) | (loaded << to));
  }
}
