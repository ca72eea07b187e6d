// dependence/: what an instruction's results follow from, by the IR that its lifter emits.

import type { InstructionReader } from '../decode/front-end.ts';
import type { Architecture } from '../engine/ports.ts';
import type { TranslationConfig } from '../ir/config.ts';
import { Op } from '../ir/ops.ts';
import type { Node } from '../ir/types.ts';
import { ExitReason } from '../state/codes.ts';
import { type Targets, targetsOf } from './targets.ts';

/** An instruction's IR by itself. */
export interface LiftedInstruction {
  readonly nodes: readonly Node[];
  readonly indexOf: ReadonlyMap<Node, number>;
  /** Whether it ends in an exception return. */
  readonly isReturn: boolean;
  readonly touchesMemory: boolean;
  /** Whether it may be one that translates an address: it calls the run time. */
  readonly translates: boolean;
  /** What it may write, whatever it finds there. */
  readonly targets: Targets;
}

/** An instruction that is to be lifted, as whoever observes instructions is given it. */
export interface EncodedAt {
  readonly opcode: number;
  /** Offset in its page. */
  readonly offset: number;
  readonly config: TranslationConfig;
}

/** Instructions of a configuration that are remembered. */
const KNOWN_MAX = 1 << 14;
const PAGE_OFFSETS = 4096;

/** Lifts instructions one by one, and remembers them. */
export class InstructionLifter {
  readonly #arch: Pick<Architecture, 'frontEnd'>;
  readonly #known = new WeakMap<TranslationConfig, Map<number, LiftedInstruction>>();

  constructor(arch: Pick<Architecture, 'frontEnd'>) {
    this.#arch = arch;
  }

  of({ opcode, offset, config }: EncodedAt): LiftedInstruction {
    let known = this.#known.get(config);
    if (known === undefined) this.#known.set(config, (known = new Map()));
    const key = opcode * PAGE_OFFSETS + offset;
    let lifted = known.get(key);
    if (lifted === undefined) {
      if (known.size === KNOWN_MAX) known.clear();
      known.set(key, (lifted = this.#lift(opcode, offset, config)));
    }
    return lifted;
  }

  #lift(opcode: number, offset: number, config: TranslationConfig): LiftedInstruction {
    const frontEnd = this.#arch.frontEnd(config);
    const ir = frontEnd.builder(config);
    ir.begin(config.thumb ? offset | 1 : offset);
    if (frontEnd.lift(ir, readerOf(opcode, offset)) === 'next') ir.exitAfter(ExitReason.lookup);
    const { nodes } = ir;
    return {
      nodes,
      indexOf: new Map(nodes.map((node, i) => [node, i])),
      isReturn: nodes.some(({ op, imm }) => op === Op.exitAt && imm === ExitReason.eret),
      touchesMemory: nodes.some(({ op }) => op === Op.load || op === Op.store),
      translates: nodes.some(({ op }) => op === Op.runtime),
      targets: targetsOf(nodes),
    };
  }
}

/** An instruction alone; a T32 instruction of 32 bits has its first halfword above: Arm ARM DDI 0406C, A6.1. */
const readerOf = (opcode: number, start: number): InstructionReader => ({
  word: () => opcode,
  half: (offset) => (offset === start && opcode > 0xffff ? opcode >>> 16 : opcode & 0xffff),
});
