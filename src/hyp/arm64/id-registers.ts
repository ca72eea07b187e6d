import { bits64 } from '../../base/bits.ts';

/** What the guest may see of an ID register: the fields, each with the most it may say. All other fields read as zero. */
interface IdField {
  readonly at: number;
  readonly most: number;
  /** A field whose 0xf means "not there" (D17.1.3). */
  readonly signed?: true;
}

/** Fields shown as they are. */
const shown = (...at: readonly number[]): IdField[] => at.map((field) => ({ at: field, most: 15 }));
const all = shown(0, 4, 8, 12, 16, 20, 24, 28);

/**
 * bhyve's masks (sys/arm64/vmm/vmm.c, vmm_arch_regs_masks), where nothing else is said. bhyve hides AArch32; here programs may use it
 * as far as the CPU has it, and its registers are shown but for the Virtualization Extensions.
 */
export const idFields: { readonly [name: string]: readonly IdField[] } = {
  ID_PFR0_EL1: all,
  ID_PFR1_EL1: shown(0, 4, 8, 16, 20, 24, 28),
  ID_DFR0_EL1: all,
  ID_MMFR0_EL1: all,
  ID_MMFR1_EL1: all,
  ID_MMFR2_EL1: all,
  ID_MMFR3_EL1: all,
  ID_ISAR0_EL1: all,
  ID_ISAR1_EL1: all,
  ID_ISAR2_EL1: all,
  ID_ISAR3_EL1: all,
  ID_ISAR4_EL1: all,
  ID_ISAR5_EL1: all,
  ID_MMFR4_EL1: all,
  MVFR0_EL1: all,
  MVFR1_EL1: all,
  MVFR2_EL1: all,
  ID_AA64PFR0_EL1: [
    { at: 0, most: 2 }, // EL0: AArch32 too
    { at: 4, most: 2 }, // EL1: that AArch32 is there
    // EL2 and EL3 are not the guest's; bhyve shows them, where ID_PFR1 is hidden.
    { at: 16, most: 1, signed: true }, // FP
    { at: 20, most: 1, signed: true }, // AdvSIMD
    // bhyve says 0 here and yet gives the guest the GIC's system registers: the guest may know of them.
    { at: 24, most: 1 },
  ],
  ID_AA64DFR0_EL1: [
    { at: 0, most: 8 }, // DebugVer
    { at: 8, most: 3, signed: true }, // PMUVer: 0xf is one of its maker's own
    { at: 12, most: 15 }, // BRPs
    { at: 20, most: 15 }, // WRPs
    { at: 28, most: 15 }, // CTX_CMPs
  ],
  ID_AA64ISAR0_EL1: [
    { at: 4, most: 2 }, // AES
    { at: 8, most: 1 }, // SHA1
    { at: 12, most: 2 }, // SHA2
    { at: 16, most: 1 }, // CRC32
    { at: 20, most: 2 }, // Atomic
    { at: 28, most: 1 }, // RDM
    { at: 32, most: 1 }, // SHA3
    { at: 56, most: 2 }, // TLB
  ],
  ID_AA64MMFR0_EL1: [
    { at: 0, most: 4 }, // PARange: 44 bits
    { at: 4, most: 2 }, // ASIDBits
    { at: 8, most: 1 }, // BigEnd
    { at: 12, most: 1 }, // SNSMem
    { at: 16, most: 1 }, // BigEndEL0
    { at: 20, most: 1 }, // TGran16
    { at: 24, most: 0, signed: true }, // TGran64
    { at: 28, most: 0, signed: true }, // TGran4
  ],
  ID_AA64MMFR1_EL1: [
    { at: 0, most: 1 }, // HAFDBS
    { at: 20, most: 2 }, // PAN
    { at: 24, most: 1 }, // SpecSEI
  ],
};

/** The guest's view of an ID register whose value on the host is `host`. */
export function guestIdRegister(name: string, host: bigint): bigint {
  let value = 0n;
  for (const { at, most, signed } of idFields[name] ?? []) {
    const field = Number(bits64(host, at + 3, at));
    const shown = signed && field >= 8 ? field : Math.min(field, most);
    value |= BigInt(shown) << BigInt(at);
  }
  return value;
}
