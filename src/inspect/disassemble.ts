import { hex } from '../base/bits.ts';
import { awake } from '../host/awake.ts';

/** Instruction sets by the Arm ARM's names. */
export type InstructionSet = 'A64' | 'A32' | 'T32';

/** Of the next instruction. */
export const instructionSetOf = (view: { readonly isThumb: boolean; readonly isAarch32: boolean }): InstructionSet =>
  view.isThumb ? 'T32' : view.isAarch32 ? 'A32' : 'A64';

/** Tells instructions in the assembler's words. */
export interface Disassembler {
  /**
   * The instruction that the bytes begin with, as `mnemonic operands`; undefined where they are none that it knows.
   * @param pc what branches count from
   */
  text(bytes: Uint8Array, pc: bigint, set: InstructionSet): string | undefined;
}

/** What to do where there is no disassembler, for messages. */
export const DISASSEMBLER_ADVICE = 'npm install @alexaltea/capstone-js shows instructions in words';

const BYTES_MAX = 4;
/** Its first halfword says that an instruction of T32 has another. Arm ARM DDI 0406C, A6.1. */
const isWide = (halfword: number): boolean => halfword >>> 11 >= 0b11101;

/** Bytes of the instruction that these begin with: 4, or in T32 also 2. */
export const instructionBytes = (bytes: Uint8Array, set: InstructionSet): number =>
  set === 'T32' && !isWide((bytes[0] ?? 0) | ((bytes[1] ?? 0) << 8)) ? 2 : BYTES_MAX;

/** An instruction as its encoding: T32's halfwords in their order. */
export function encodingText(bytes: Uint8Array, set: InstructionSet): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (set !== 'T32') return hex(view.getUint32(0, true), 8);
  const first = hex(view.getUint16(0, true), 4);
  return bytes.length < BYTES_MAX ? first : first + view.getUint16(2, true).toString(16).padStart(4, '0');
}

/** An instruction as observers of instructions are given it. */
export interface EncodedInstruction {
  readonly pc: bigint;
  /** A T32 instruction of 16 bits is a number of 16 bits, one of 32 bits has its first halfword above: DDI 0406C, A6.1. */
  readonly opcode: number;
  readonly isa: 'a64' | 'a32' | 't32';
}
const SETS = { a64: 'A64', a32: 'A32', t32: 'T32' } as const satisfies Record<
  EncodedInstruction['isa'],
  InstructionSet
>;

/** The instruction in the assembler's words, or its encoding. */
export function instructionText(
  { pc, opcode, isa }: EncodedInstruction,
  disassembler: Disassembler | undefined,
): string {
  const bytes = Buffer.alloc(isa === 't32' && opcode <= 0xffff ? 2 : 4);
  if (bytes.length === 2) bytes.writeUInt16LE(opcode);
  else if (isa === 't32') {
    bytes.writeUInt16LE(opcode >>> 16, 0);
    bytes.writeUInt16LE(opcode & 0xffff, 2);
  } else bytes.writeUInt32LE(opcode);
  return disassembler?.text(bytes, pc, SETS[isa]) ?? encodingText(bytes, SETS[isa]);
}

/** The disassembler Capstone, where its package is installed; undefined where it is not. */
export async function openDisassembler(): Promise<Disassembler | undefined> {
  let load: typeof import('@alexaltea/capstone-js').default;
  try {
    ({ default: load } = await import('@alexaltea/capstone-js'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    return undefined;
  }
  const cs = await awake(load());
  const decoders = {
    A64: new cs.Capstone(cs.ARCH_ARM64, cs.MODE_LITTLE_ENDIAN),
    A32: new cs.Capstone(cs.ARCH_ARM, cs.MODE_ARM | cs.MODE_V8),
    T32: new cs.Capstone(cs.ARCH_ARM, cs.MODE_THUMB | cs.MODE_V8),
  };
  return {
    text: (bytes, pc, set) => {
      try {
        const [instruction] = decoders[set].disasm([...bytes.subarray(0, BYTES_MAX)], pc, 1);
        return instruction && `${instruction.mnemonic} ${instruction.op_str}`.trimEnd();
      } catch {
        // It throws texts of its own for what is no instruction.
        return undefined;
      }
    },
  };
}
