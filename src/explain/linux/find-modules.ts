import { bits, signExtend } from '../../base/bits.ts';

/** Functions of Linux that begin with the list of modules (kernel/module/main.c, kallsyms.c; before 5.19 kernel/module.c). */
export const LIST_USERS = [
  'print_modules',
  'find_module_all',
  'module_get_kallsym',
  'lookup_module_symbol_name',
] as const;
/** The list itself, where variables have names. */
export const LIST_NAME = 'modules';

/**
 * Addresses that A64 code computes or reads from by ADRP and what follows: variables that it uses. Arm ARM DDI 0487, C6.2.14 (ADRP),
 * C6.2.5 (ADD, immediate), C6.2.192 (LDR, immediate).
 * @param code of a function, as it lies in memory at `pc`
 */
export function addressesIn(code: Uint8Array, pc: bigint): bigint[] {
  const view = new DataView(code.buffer, code.byteOffset, code.byteLength);
  /** By register: what ADRP put there. */
  const pages = new Map<number, bigint>();
  const found = new Set<bigint>();
  for (let at = 0; at + 4 <= code.length; at += 4) {
    const opcode = view.getUint32(at, true);
    const [rd, rn] = [bits(opcode, 4, 0), bits(opcode, 9, 5)];
    const page = pages.get(rn);
    if ((opcode & 0x9f00_0000) >>> 0 === 0x9000_0000) {
      const immediate = signExtend((bits(opcode, 23, 5) << 2) | bits(opcode, 30, 29), 21);
      const from = pc + BigInt(at);
      pages.set(rd, BigInt.asUintN(64, from - (from & 0xfffn) + BigInt(immediate) * 0x1000n));
    } else if ((opcode & 0xffc0_0000) >>> 0 === 0x9100_0000 && page !== undefined) {
      found.add(page + BigInt(bits(opcode, 21, 10)));
    } else if ((opcode & 0xffc0_0000) >>> 0 === 0xf940_0000 && page !== undefined) {
      found.add(page + 8n * BigInt(bits(opcode, 21, 10)));
    }
  }
  return [...found];
}
