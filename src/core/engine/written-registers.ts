import type { InstructionReader } from '../decode/front-end.ts';
import type { TranslationConfig } from '../ir/config.ts';
import { Op } from '../ir/ops.ts';
import * as cells from '../state/cells.ts';
import { ExitReason } from '../state/codes.ts';
import type { PeState } from '../state/pe-state.ts';
import type { Architecture } from './ports.ts';

/** AL, and what is not conditional: the condition field of A32. Arm ARM DDI 0406C, A5.1. */
const COND_ALWAYS = 14;
/** Instructions of a configuration that are remembered. */
const KNOWN_MAX = 1 << 16;
const SP = 31;

/** What an instruction writes whatever it finds: bits 0 to 31 for X0 to X30 (R0 to R14) and SP, and NZCV. */
export interface Written {
  readonly general: number;
  readonly flags: boolean;
  /** V0 to V31: what it may write, of which it may only read some. */
  readonly vectors: number;
}
const NOTHING: Written = { general: 0, flags: false, vectors: 0 };

/**
 * Tells which registers instructions write, by what their lifters emit. Of a conditional instruction of AArch32 that is not known
 * before it is executed: nothing then.
 */
export class WrittenRegisters {
  readonly #cpu: PeState;
  readonly #arch: Architecture;
  readonly #known = new Map<number, Map<number, Written>>();

  constructor(cpu: PeState, arch: Architecture) {
    this.#cpu = cpu;
    this.#arch = arch;
  }

  /** Of the instruction that the CPU is about to execute. */
  of(opcode: number): Written {
    if (this.#cpu.configStale) return NOTHING;
    const config = this.#arch.refresh();
    let known = this.#known.get(config.id);
    if (!known) this.#known.set(config.id, (known = new Map()));
    let written = known.get(opcode);
    if (!written) {
      if (known.size === KNOWN_MAX) known.clear();
      known.set(opcode, (written = this.#lift(opcode, config)));
    }
    return written;
  }

  #lift(opcode: number, config: TranslationConfig): Written {
    if (config.thumb ? config.it !== 0 : config.aarch32 && opcode >>> 28 < COND_ALWAYS) return NOTHING;
    const ir = this.#arch.frontEnd(config).builder(config);
    ir.begin(config.thumb ? 1 : 0);
    if (this.#arch.frontEnd(config).lift(ir, readerOf(opcode)) === 'next') ir.exitAfter(ExitReason.lookup);
    let general = 0;
    let flags = false;
    let vectors = 0;
    for (const { op, imm } of ir.nodes) {
      // Helpers are given the addresses of registers as constants.
      const isWrite = op >= Op.setCell8 && op <= Op.setCell128;
      if ((isWrite || op === Op.const32) && imm >= cells.V && imm < cells.PC_BASE)
        vectors |= 1 << ((imm - cells.V) >>> 4);
      if (!isWrite) continue;
      if (imm >= cells.X && imm <= cells.X + 8 * SP) general |= 1 << ((imm - cells.X) >>> 3);
      flags ||= imm === cells.FLAGS_KIND;
    }
    return { general: general >>> 0, flags, vectors: vectors >>> 0 };
  }
}

/** An instruction alone; a T32 instruction of 32 bits has its first halfword above. */
const readerOf = (opcode: number): InstructionReader => ({
  word: () => opcode,
  half: (offset) => (offset < 2 && opcode > 0xffff ? opcode >>> 16 : opcode & 0xffff),
});
