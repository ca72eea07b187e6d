import type { Lifters32 } from '../decode/lift.ts';
import type { Flow } from '../ir/builder.ts';
import type { Builder32 } from '../ir/builder32.ts';
import { AccessFlags } from '../ir/ops.ts';
import type { I32, Int, Value } from '../ir/types.ts';
import { load, store } from '../lifting/data-access.ts';
import { V } from '../state/cells.ts';
import { loadCells, plus, storeCells } from './simd-memory.ts';
import type { vfpLoadStore } from './vfp-load-store.table.ts';
import { readD, singleOf, writeD } from './vfp-operands.ts';

// All are aligned by 4 bytes, whatever SCTLR.A says. Arm ARM DDI 0406C, A3.2.1.
const { wordAligned } = AccessFlags;

type Registers = { readonly n: number; readonly d: number; readonly z: number; readonly i: number };
type Multiple = Registers & { readonly w: number };

function addressOf(ir: Builder32, f: Registers & { readonly u: number }): I32 {
  const offset = f.u ? 4 * f.i : -4 * f.i;
  return f.n === 15 ? ir.pcAligned(offset) : plus(ir, ir.r(f.n), offset);
}

/** The bytes transferred and where their first register lies. No registers, too many or those beyond the last, all UNPREDICTABLE, are UNDEFINED. */
function runOf(f: Registers): { readonly cell: number; readonly bytes: number } | null {
  const first = f.z ? f.d : singleOf(f.d);
  // An odd number of words with D registers is FLDMX or FSTMX: the last word is left out.
  const count = f.z ? f.i >> 1 : f.i;
  if (count === 0 || (f.z && count > 16) || first + count > 32) return null;
  return f.z ? { cell: V + 8 * first, bytes: 8 * count } : { cell: V + 4 * first, bytes: 4 * count };
}

function multiple(ir: Builder32, f: Multiple, move: typeof loadCells, below: boolean): Flow {
  const run = runOf(f);
  if (run === null) return ir.undefined();
  const base = ir.r(f.n);
  const moved = plus(ir, base, below ? -4 * f.i : 4 * f.i);
  move(ir, below ? moved : base, run.cell, run.bytes, f.z ? 3 : 2, wordAligned);
  if (f.w) ir.setR(f.n, moved);
  return 'next';
}

export const vfpLoadStoreLift = {
  VSTR: (ir, f) => {
    store(ir, f.z ? 3 : 2, ir.address(addressOf(ir, f)), readD(ir, f), wordAligned);
    return 'next';
  },
  VLDR: (ir, f) => {
    const value: Value<Int> = load(ir, f.z ? 3 : 2, ir.address(addressOf(ir, f)), wordAligned);
    writeD(ir, f, value);
    return 'next';
  },
  VSTM: (ir, f) => multiple(ir, f, storeCells, false),
  VLDM: (ir, f) => multiple(ir, f, loadCells, false),
  VSTM_below: (ir, f) => multiple(ir, { ...f, w: 1 }, storeCells, true),
  VLDM_below: (ir, f) => multiple(ir, { ...f, w: 1 }, loadCells, true),
} satisfies Lifters32<typeof vfpLoadStore>;
