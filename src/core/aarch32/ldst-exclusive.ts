import { Sctlr } from '../fields/sctlr.ts';
import type { Flow } from '../ir/builder.ts';
import type { Builder32 } from '../ir/builder32.ts';
import { AccessFlags } from '../ir/ops.ts';
import type { I32 } from '../ir/types.ts';
import { inByteOrder, load, store } from '../lifting/data-access.ts';
import { setMonitor, storeExclusive } from '../lifting/exclusive-monitor.ts';

// Exclusive accesses are aligned to all of their size, whatever SCTLR.A says. Arm ARM DDI 0406C, A3.2.1 and A3.4.
const { aligned } = AccessFlags;

type Exclusive = { readonly t: number };
type Dual = Exclusive & { readonly u: number };

/** LDREX, LDREXH, LDREXB */
export function loadExclusive(ir: Builder32, { t }: Exclusive, log2: 0 | 1 | 2, from: I32): Flow {
  const address = ir.address(from);
  const value = load(ir, log2, address, aligned) as I32;
  setMonitor(ir, 1 << log2, address);
  ir.setR(t, value);
  return 'next';
}

/** LDREXD: the word at the lower address first. */
export function loadExclusiveDual(ir: Builder32, { t, u }: Dual, from: I32): Flow {
  const address = ir.address(from);
  const [first, second] = ir.loadPair32(address, aligned);
  setMonitor(ir, 8, address);
  ir.setR(t, inByteOrder(ir, first));
  ir.setR(u, inByteOrder(ir, second));
  return 'next';
}

/** STREX, STREXH, STREXB: Rd is 0 where it stored, else 1. */
export function storeExclusiveOne(
  ir: Builder32,
  f: Exclusive & { readonly d: number },
  log2: 0 | 1 | 2,
  to: I32,
): Flow {
  const address = ir.address(to);
  const value = ir.r(f.t);
  ir.setR(
    f.d,
    storeExclusive(ir, 1 << log2, address, () => store(ir, log2, address, value, 0)),
  );
  return 'next';
}

/** STREXD */
export function storeExclusiveDual(ir: Builder32, f: Dual & { readonly d: number }, to: I32): Flow {
  const address = ir.address(to);
  const [first, second] = [inByteOrder(ir, ir.r(f.t)), inByteOrder(ir, ir.r(f.u))];
  ir.setR(
    f.d,
    storeExclusive(ir, 8, address, () => ir.storePair32(address, first, second)),
  );
  return 'next';
}

/** SWP and SWPB: a load and a store, where SCTLR.SW enables them. Arm ARM DDI 0406C, A8.8.229 and B4.1.130. */
export function swap(ir: Builder32, f: Exclusive & { readonly n: number; readonly m: number }, log2: 0 | 2): Flow {
  if (!(ir.config.sctlr & Sctlr.sw)) return ir.undefined();
  const address = ir.address(ir.r(f.n));
  const loaded = load(ir, log2, address, aligned) as I32;
  store(ir, log2, address, ir.r(f.m), aligned);
  ir.setR(f.t, loaded);
  return 'next';
}
