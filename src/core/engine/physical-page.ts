import { PAGE_BYTES } from '../../base/page.ts';
import type { InstructionReader } from '../decode/front-end.ts';
import type { Cpu } from '../system/cpu.ts';

/** A page of the emulated physical memory, as instructions are read from it: little-endian, T32 by halfwords (DDI 0406C, A3.3.2). */
export class PhysicalPage implements InstructionReader {
  readonly #u16: Uint16Array;
  readonly #u32: Uint32Array;
  /** Linear address of the page. */
  first = 0;
  /** The halfword behind the page, where an instruction reaches there. */
  beyond = -1;

  constructor(cpu: Cpu) {
    this.#u16 = new Uint16Array(cpu.memory.buffer);
    this.#u32 = cpu.u32;
  }
  word(offset: number): number {
    return this.#u32[(this.first + offset) >>> 2] as number;
  }
  half(offset: number): number {
    return offset < PAGE_BYTES ? (this.#u16[(this.first + offset) >>> 1] as number) : this.beyond;
  }
}
