import { bit, bits } from '../../base/bits.ts';
import { KvmClass, kvmClassName } from './exit-names.ts';
import { cp64Encoding, cpEncoding, sysregEncoding, sysregName } from './sysreg-names.ts';

/** What an exit's syndrome says, in words; what it does not say is left out. */
export interface Syndrome {
  /** Of an abort or a trapped register access. */
  readonly access?: 'read' | 'write' | 'fetch' | 'cache maintenance';
  /** Bytes. */
  readonly size?: number;
  /** The guest's register that is loaded or stored. */
  readonly transfer?: string;
  /** Of an abort: its kind, and the level of the table walk. */
  readonly fault?: string;
  /** The system or coprocessor register. */
  readonly register?: string;
  readonly instruction?: 'wfi' | 'wfe';
  readonly immediate?: number;
}

/** A fault status code (Arm ARM DDI 0487, ESR_ELx, ISS encoding for an exception from a Data Abort, DFSC). */
function faultText(code: number): string {
  const kind = ['address size fault', 'translation fault', 'access flag fault', 'permission fault'][code >> 2];
  if (kind !== undefined) return `${kind}, level ${code & 3}`;
  if (code >> 2 === 0b0101) return `external abort on a table walk, level ${code & 3}`;
  return OTHER_FAULTS[code] ?? `fault status 0x${code.toString(16)}`;
}
const OTHER_FAULTS: Readonly<Record<number, string>> = {
  16: 'external abort',
  33: 'alignment fault',
  48: 'TLB conflict',
  49: 'unsupported atomic update',
  53: 'unsupported exclusive or atomic access',
};

/** General-purpose registers as the assembler of the guest's host architecture names them. */
const transfer = (number: number, isWide: boolean, isArmv7: boolean): string => {
  if (isArmv7) return `r${number}`;
  return `${isWide ? 'x' : 'w'}${number === 31 ? 'zr' : number}`;
};

/**
 * Decodes an exit's syndrome (Arm ARM DDI 0487, ESR_EL2; DDI 0406, HSR, which has the same form).
 * @param isArmv7 the hypervisor's processor has no AArch64
 */
export function syndromeOf(kvmClass: number, esr: number, isArmv7: boolean): Syndrome {
  switch (kvmClass) {
    case KvmClass.IABT_LOW:
      return { access: 'fetch', fault: faultText(bits(esr, 5, 0)) };
    case KvmClass.DABT_LOW: {
      const isMaintenance = bit(esr, 8) === 1;
      const access = isMaintenance ? 'cache maintenance' : bit(esr, 6) === 1 ? 'write' : 'read';
      const hasTransfer = bit(esr, 24) === 1;
      return {
        access,
        ...(hasTransfer
          ? { size: 1 << bits(esr, 23, 22), transfer: transfer(bits(esr, 20, 16), bit(esr, 15) === 1, isArmv7) }
          : {}),
        fault: faultText(bits(esr, 5, 0)),
      };
    }
    case KvmClass.SYS64: {
      const encoding = sysregEncoding(
        bits(esr, 21, 20),
        bits(esr, 16, 14),
        bits(esr, 13, 10),
        bits(esr, 4, 1),
        bits(esr, 19, 17),
      );
      return registerAccess(esr, sysregName(encoding), transfer(bits(esr, 9, 5), true, isArmv7));
    }
    case KvmClass.CP15_32:
    case KvmClass.CP14_MR: {
      const coprocessor = kvmClass === KvmClass.CP15_32 ? 15 : 14;
      const encoding = cpEncoding(
        coprocessor,
        bits(esr, 16, 14),
        bits(esr, 13, 10),
        bits(esr, 4, 1),
        bits(esr, 19, 17),
      );
      return registerAccess(esr, sysregName(encoding), `r${bits(esr, 9, 5)}`);
    }
    case KvmClass.CP15_64:
    case KvmClass.CP14_64: {
      const coprocessor = kvmClass === KvmClass.CP15_64 ? 15 : 14;
      const encoding = cp64Encoding(coprocessor, bits(esr, 19, 16), bits(esr, 4, 1));
      return registerAccess(esr, sysregName(encoding), `r${bits(esr, 9, 5)},r${bits(esr, 14, 10)}`);
    }
    case KvmClass.WFx:
      return { instruction: bit(esr, 0) === 1 ? 'wfe' : 'wfi' };
    default:
      return /^(HVC|SMC|SVC)/.test(kvmClassName(kvmClass)) ? { immediate: bits(esr, 15, 0) } : {};
  }
}

const registerAccess = (esr: number, register: string, transferred: string): Syndrome => ({
  access: bit(esr, 0) === 1 ? 'read' : 'write',
  register,
  transfer: transferred,
});
