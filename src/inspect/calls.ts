import type { ObservedInstruction } from '../core/engine/observation.ts';

/** BL, BLR; BL, BLX of AArch32, whatever their condition. Arm ARM DDI 0487, C4.1; DDI 0406C, A5.5, A5.2.12, A6.3.4. */
export function isCall({ isa, opcode }: Pick<ObservedInstruction, 'isa' | 'opcode'>): boolean {
  switch (isa) {
    case 'a64':
      return opcode >>> 26 === 0b100101 || (opcode & 0xffff_fc1f) >>> 0 === 0xd63f_0000;
    case 'a32':
      return ((opcode >>> 24) & 0xf) === 0xb || opcode >>> 25 === 0b1111101 || (opcode & 0x0fff_fff0) === 0x012f_ff30;
    default:
      return opcode <= 0xffff ? (opcode & 0xff87) === 0x4780 : (opcode & 0xf800_c000) >>> 0 === 0xf000_c000;
  }
}

/**
 * ERET; in AArch32 RFE, LDM with the SPSR, and SUBS PC, LR with what is like it, whatever their condition. Arm ARM DDI 0487, C6.2.117;
 * DDI 0406C, B9.3.5, B9.3.13, B9.3.19, B9.3.20.
 */
export function isExceptionReturn({ isa, opcode }: Pick<ObservedInstruction, 'isa' | 'opcode'>): boolean {
  switch (isa) {
    case 'a64':
      return opcode === 0xd69f_03e0;
    case 'a32':
      if (opcode >>> 28 === 0xf) return (opcode & 0x0e50_0000) === 0x0810_0000;
      return (opcode & 0x0e50_8000) === 0x0850_8000 || writesPcWithFlags(opcode);
    default: {
      const isRfe = [0xe810_c000, 0xe990_c000].includes((opcode & 0xffd0_ffff) >>> 0);
      return isRfe || (opcode & 0xffff_ff00) >>> 0 === 0xf3de_8f00;
    }
  }
}

/** Data processing of A32 with S and Rd of 15, but for what only compares, multiplies or transfers. DDI 0406C, A5.2. */
const writesPcWithFlags = (opcode: number): boolean =>
  (opcode & 0x0c10_f000) === 0x0010_f000 &&
  (opcode & 0x0180_0000) !== 0x0100_0000 &&
  (opcode & 0x0200_0090) !== 0x0000_0090;
