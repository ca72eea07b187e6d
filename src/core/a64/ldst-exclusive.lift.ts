import type { Lifters } from '../decode/lift.ts';
import type { Builder, Flow } from '../ir/builder.ts';
import { AccessFlags } from '../ir/ops.ts';
import type { I64 } from '../ir/types.ts';
import { inByteOrder, load, store } from '../lifting/data-access.ts';
import { setMonitor, storeExclusive } from '../lifting/exclusive-monitor.ts';
import type { ldstExclusive } from './ldst-exclusive.table.ts';
import { base, stored } from './memory.ts';

// Guest memory is sequentially consistent: acquire and release ask for nothing more. Ordered accesses and exclusive loads must be aligned.
const { aligned } = AccessFlags;

type One = { readonly n: number; readonly t: number };
type Two = One & { readonly z: number; readonly u: number };
type Status = { readonly s: number };

/** The status, 0 (stored) or 1, goes to Ws. */
function storeStatus(ir: Builder, s: number, bytes: number, address: I64, attempt: () => void): Flow {
  ir.setW(s, storeExclusive(ir, bytes, address, attempt));
  return 'next';
}

function loadOne(ir: Builder, f: One, log2: number): Flow {
  const address = base(ir, f.n);
  const value = load(ir, log2, address, aligned);
  setMonitor(ir, 1 << log2, address);
  ir.setReg(f.t, value);
  return 'next';
}

function storeOne(ir: Builder, f: One & Status, log2: number): Flow {
  const address = base(ir, f.n);
  const value = stored(ir, log2, f.t);
  return storeStatus(ir, f.s, 1 << log2, address, () => store(ir, log2, address, value, 0));
}

/** A pair is one access, aligned to all of its size. */
function loadTwo(ir: Builder, f: Two): Flow {
  const address = base(ir, f.n);
  if (f.z) {
    const [first, second] = ir.loadPair64(address, aligned);
    setMonitor(ir, 16, address);
    ir.setX(f.t, inByteOrder(ir, first));
    ir.setX(f.u, inByteOrder(ir, second));
  } else {
    const [first, second] = ir.loadPair32(address, aligned);
    setMonitor(ir, 8, address);
    ir.setW(f.t, inByteOrder(ir, first));
    ir.setW(f.u, inByteOrder(ir, second));
  }
  return 'next';
}

function storeTwo(ir: Builder, f: Two & Status): Flow {
  const address = base(ir, f.n);
  if (f.z) {
    const [first, second] = [inByteOrder(ir, ir.x(f.t)), inByteOrder(ir, ir.x(f.u))];
    return storeStatus(ir, f.s, 16, address, () => ir.storePair64(address, first, second));
  }
  const [first, second] = [inByteOrder(ir, ir.w(f.t)), inByteOrder(ir, ir.w(f.u))];
  return storeStatus(ir, f.s, 8, address, () => ir.storePair32(address, first, second));
}

function loadOrdered(ir: Builder, f: One, log2: number): Flow {
  ir.setReg(f.t, load(ir, log2, base(ir, f.n), aligned));
  return 'next';
}

function storeOrdered(ir: Builder, f: One, log2: number): Flow {
  store(ir, log2, base(ir, f.n), stored(ir, log2, f.t), aligned);
  return 'next';
}

export const ldstExclusiveLift = {
  STXRB: (ir, f) => storeOne(ir, f, 0),
  STLXRB: (ir, f) => storeOne(ir, f, 0),
  LDXRB: (ir, f) => loadOne(ir, f, 0),
  LDAXRB: (ir, f) => loadOne(ir, f, 0),
  STXRH: (ir, f) => storeOne(ir, f, 1),
  STLXRH: (ir, f) => storeOne(ir, f, 1),
  LDXRH: (ir, f) => loadOne(ir, f, 1),
  LDAXRH: (ir, f) => loadOne(ir, f, 1),
  STXR: (ir, f) => storeOne(ir, f, 2 + f.z),
  STLXR: (ir, f) => storeOne(ir, f, 2 + f.z),
  LDXR: (ir, f) => loadOne(ir, f, 2 + f.z),
  LDAXR: (ir, f) => loadOne(ir, f, 2 + f.z),
  STXP: storeTwo,
  STLXP: storeTwo,
  LDXP: loadTwo,
  LDAXP: loadTwo,
  STLRB: (ir, f) => storeOrdered(ir, f, 0),
  LDARB: (ir, f) => loadOrdered(ir, f, 0),
  STLRH: (ir, f) => storeOrdered(ir, f, 1),
  LDARH: (ir, f) => loadOrdered(ir, f, 1),
  STLR: (ir, f) => storeOrdered(ir, f, 2 + f.z),
  LDAR: (ir, f) => loadOrdered(ir, f, 2 + f.z),
} satisfies Lifters<typeof ldstExclusive>;
