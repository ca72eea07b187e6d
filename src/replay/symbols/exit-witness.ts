import { bit, bits } from '../../base/bits.ts';
import type { TapeEvent } from '../../trace/events/index.ts';

type VmExit = Extract<TapeEvent, { kind: 'vm-exit' }>;

/** What an exit tells of the instruction that caused it. */
export interface Witness {
  /** Where that instruction lies. */
  readonly pc: bigint;
  readonly fits: (instruction: number) => boolean;
}

/** Arm ARM DDI 0487, D13.2.37: ESR_ELx.EC. */
const EC = { wfx: 0x01, hvc: 0x16, sysreg: 0x18, dataAbort: 0x24 } as const;
const HVC_BYTES = 4n;

/** What the syndrome of an AArch64 guest's exit says of the instruction; undefined where it says nothing. */
export function witnessOf({ kvmClass, esr, pc }: VmExit): Witness | undefined {
  switch (kvmClass) {
    case EC.wfx:
      return { pc, fits: (i) => i === 0xd503_205f || i === 0xd503_207f };
    case EC.hvc:
      // The preferred return address is the one behind.
      return { pc: pc - HVC_BYTES, fits: (i) => (i & 0xffe0_001f) >>> 0 === 0xd400_0002 };
    case EC.sysreg: {
      // ISS: Op0, Op2, Op1, CRn, Rt, CRm, direction (1 is a read).
      const operands = [bits(esr, 21, 20), bits(esr, 16, 14), bits(esr, 13, 10), bits(esr, 4, 1), bits(esr, 19, 17)];
      const [op0 = 0, op1 = 0, crn = 0, crm = 0, op2 = 0] = operands;
      const expected =
        0xd500_0000 | (bit(esr, 0) << 21) | (op0 << 19) | (op1 << 16) | (crn << 12) | (crm << 8) | (op2 << 5);
      return { pc, fits: (i) => i >>> 0 === (expected | bits(esr, 9, 5)) >>> 0 };
    }
    case EC.dataAbort: {
      // Only with ISV does the syndrome describe the transfer.
      if (bit(esr, 24) === 0) return undefined;
      const size = bits(esr, 23, 22);
      const rt = bits(esr, 20, 16);
      const isWrite = bit(esr, 6) === 1;
      return { pc, fits: (i) => bits(i, 31, 30) === size && bits(i, 4, 0) === rt && isTransfer(i, isWrite) };
    }
    default:
      return undefined;
  }
}

/** A load or store of one general-purpose register. */
function isTransfer(instruction: number, isWrite: boolean): boolean {
  // Register forms: bits 29:27 are 111, V is 0, bit 25 is 0 or, with an unsigned offset, bits 25:24 are 01; opc 0 stores.
  if (bits(instruction, 29, 26) === 0b1110 && bit(instruction, 25) === 0)
    return (bits(instruction, 23, 22) === 0) === isWrite;
  // Exclusives, acquire and release: bits 29:24 are 001000; L loads.
  return bits(instruction, 29, 24) === 0b00_1000 && (bit(instruction, 22) === 0) === isWrite;
}

/** Steps in which a kernel is moved: KASLR's are 2 MiB, and an image's text_offset is a multiple of 64 KiB at least. */
const STEP_BYTES = 0x1_0000;
/** So many places are looked at, of so many exits; so many must agree, and so many times as many as do not. */
const WITNESSES_MAX = 64;
const EXITS_MAX = 50_000;
const AGREEING_MIN = 4;
const AGREEING_TO_OTHERS = 4;
const KERNEL_ADDRESSES = 1n << 63n;

/**
 * Virtual addresses at which an AArch64 kernel's image was executed, from a run's exits alone: there, the instructions at their PCs
 * are what the syndromes say. A kernel that moves itself (KASLR) leaves no other trace on a tape.
 */
export function imageBases(image: Uint8Array, exits: Iterable<VmExit>): bigint[] {
  const witnesses = new Map<bigint, Witness>();
  let seen = 0;
  for (const exit of exits) {
    // Firmware may have made many before.
    if (exit.pc < KERNEL_ADDRESSES) continue;
    if (++seen > EXITS_MAX) break;
    const witness = witnessOf(exit);
    if (witness) witnesses.set(witness.pc, witness);
    if (witnesses.size >= WITNESSES_MAX) break;
  }
  const view = new DataView(image.buffer, image.byteOffset, image.byteLength);
  const votes = new Map<bigint, { yes: number; no: number }>();
  for (const { pc, fits } of witnesses.values()) {
    for (let at = Number(pc % BigInt(STEP_BYTES)); at + 4 <= image.length; at += STEP_BYTES) {
      const base = pc - BigInt(at);
      const vote = votes.get(base) ?? { yes: 0, no: 0 };
      if (fits(view.getUint32(at, true))) vote.yes++;
      else vote.no++;
      votes.set(base, vote);
    }
  }
  return [...votes]
    .filter(([, { yes, no }]) => yes >= AGREEING_MIN && yes >= AGREEING_TO_OTHERS * no)
    .map(([base]) => base);
}
