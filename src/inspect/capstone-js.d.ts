/** What is used of @alexaltea/capstone-js 5, which has no types of its own. */
declare module '@alexaltea/capstone-js' {
  interface Instruction {
    readonly size: number;
    readonly mnemonic: string;
    readonly op_str: string;
  }
  interface Decoder {
    /** @throws where the bytes are no instruction */
    disasm(bytes: readonly number[], address: bigint, max?: number): Instruction[];
  }
  interface Capstone {
    readonly Capstone: new (arch: number, mode: number) => Decoder;
    readonly ARCH_ARM64: number;
    readonly ARCH_ARM: number;
    readonly MODE_LITTLE_ENDIAN: number;
    readonly MODE_ARM: number;
    readonly MODE_THUMB: number;
    readonly MODE_V8: number;
  }
  const load: () => Promise<Capstone>;
  export default load;
}
