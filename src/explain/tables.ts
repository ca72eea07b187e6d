import { Aarch32Call } from '../core/aarch32/runtime.ts';
import type { Execution } from '../core/dependence/execution.ts';
import { Op, RuntimeCall } from '../core/ir/ops.ts';
import type { Node } from '../core/ir/types.ts';
import * as cells from '../core/state/cells.ts';
import type { CellReader } from '../core/state/pe-state.ts';
import { sys } from '../core/state/system-cells.ts';
import { coprocessorRows } from '../core/system/cp15/index.ts';
import { systemOperations } from '../core/system/index.ts';
import { TableWalk } from '../inspect/translate.ts';
import type { Machine } from '../machine/machine.ts';

/** A descriptor of stage 1 that a translation went by. */
export interface Descriptor {
  /** Guest-physical. */
  readonly pa: number;
  readonly bytes: 4 | 8;
  readonly value: bigint;
}

/** Looks at the guest's translation tables as they are. */
export class Tables {
  readonly #machine: Machine;
  readonly #walk: TableWalk;

  constructor(machine: Machine) {
    this.#machine = machine;
    this.#walk = new TableWalk(machine.cpu.cpu);
  }
  /** The descriptors by which a virtual address is translated, from the first level down; none while stage 1 is off. */
  of(va: bigint): readonly Descriptor[] {
    return this.#walk.describe(va).steps.flatMap(({ stage, at, bytes, descriptor }) => {
      const segment = this.#machine.vm.memory.segments.find((s) => at >= s.pa && at < s.pa + s.bytes);
      if (stage !== 1 || segment === undefined) return [];
      return [{ pa: segment.ipa + (at - segment.pa), bytes, value: descriptor }];
    });
  }
}

const CALL_SHIFT = 16;
/** AT, or one of ATS1CPR and its like, which write an address to the run time. */
function isTranslation({ op, imm: call, imm2: operand }: Node): boolean {
  if (op !== Op.runtime) return false;
  if (call === RuntimeCall.systemOperation) return systemOperations[operand]?.name.startsWith('AT ') === true;
  if (call !== RuntimeCall.aarch32 || operand >>> CALL_SHIFT !== Aarch32Call.writeRegister) return false;
  return coprocessorRows[operand & 0xffff]?.name.startsWith('ATS1') === true;
}
/** The address that an instruction translates; undefined where it is none of these. */
export function translatedAddress(execution: Execution): bigint | undefined {
  const { nodes } = execution.lifted;
  if (!nodes.some(isTranslation)) return undefined;
  const given = nodes.findLast(({ op, imm }) => op >= Op.setCell8 && op <= Op.setCell128 && imm === cells.ARG_VALUE);
  return given?.a ? execution.valueOf(given.a) : undefined;
}

const TABLE_MASK = 0xffff_ffff_f000n;
/** A first table has 16 KiB at most: DDI 0406C, B3.5.1. */
const TABLE_BYTES = 0x4000n;
/** The register of TTBR0 and TTBR1 that a walk began at. */
export function baseOf([first]: readonly Descriptor[], state: CellReader): number | undefined {
  if (first === undefined) return undefined;
  return [sys.TTBR0_EL1, sys.TTBR1_EL1].find((at) => {
    const base = ((BigInt(state.get32(at + 4)) << 32n) | BigInt(state.get32(at))) & TABLE_MASK & ~0x3fffn;
    const offset = BigInt(first.pa) - base;
    return offset >= 0n && offset < TABLE_BYTES;
  });
}
