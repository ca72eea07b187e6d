import type { Flow } from '../ir/builder.ts';
import type { Builder32 } from '../ir/builder32.ts';
import type { I32 } from '../ir/types.ts';
import { load, ordinary, store } from '../lifting/data-access.ts';
import { loadWords, storeWords } from './memory.ts';

/** Where an access goes, and what its base register becomes. */
export interface Place {
  readonly address: I32;
  readonly n: number;
  readonly writeBack: I32 | null;
}

/** P, U and W: before the access or after it, up or down, with the base register written. Arm ARM DDI 0406C, A8.5. */
export interface Indexing {
  readonly n: number;
  readonly p: number;
  readonly u: number;
  readonly w: number;
}

/** [Rn, #offset], where R15 is Align(PC, 4). */
export function offsetPlace(ir: Builder32, n: number, offset: number): Place {
  return { address: based(ir, n, offset), n, writeBack: null };
}

function based(ir: Builder32, n: number, offset: number): I32 {
  if (n === 15) return ir.pcAligned(offset);
  return offset === 0 ? ir.r(n) : ir.add(ir.r(n), ir.i32(offset));
}

/** [Rn, #±imm], [Rn, #±imm]! or [Rn], #±imm */
export function immediatePlace(ir: Builder32, f: Indexing, imm: number): Place {
  const moved = based(ir, f.n, f.u ? imm : -imm);
  return indexed(f, f.p ? moved : based(ir, f.n, 0), moved);
}

/** The same with an index in a register, shifted already. */
export function registerPlace(ir: Builder32, f: Indexing, index: I32): Place {
  const start = ir.r(f.n);
  const moved = f.u ? ir.add(start, index) : ir.sub(start, index);
  return indexed(f, f.p ? moved : start, moved);
}

const indexed = ({ n, p, w }: Indexing, address: I32, moved: I32): Place => ({
  address,
  n,
  writeBack: !p || w ? moved : null,
});

/** After all accesses. What is loaded into the base register, which is UNPREDICTABLE, wins: it is written later. */
function writeBack(ir: Builder32, place: Place): void {
  if (place.writeBack !== null) ir.setR(place.n, place.writeBack);
}

/** What an access loads: 1 << log2 bytes, sign- or zero-extended. */
export interface Kind {
  readonly log2: 0 | 1 | 2;
  readonly signed: boolean;
}
export const word: Kind = { log2: 2, signed: false };
export const half: Kind = { log2: 1, signed: false };
export const byte: Kind = { log2: 0, signed: false };
export const signedHalf: Kind = { log2: 1, signed: true };
export const signedByte: Kind = { log2: 0, signed: true };

/** LDR and its kin. A word loaded into R15 is a jump. */
export function loadRegister(
  ir: Builder32,
  t: number,
  place: Place,
  { log2, signed }: Kind,
  flags = ordinary(ir),
): Flow {
  const loaded = load(ir, log2, ir.address(place.address), flags) as I32;
  writeBack(ir, place);
  if (t === 15 && log2 === 2) return ir.loadWritePc(loaded);
  ir.setR(t, signed ? ir.signExtend(loaded, log2 === 0 ? 8 : 16) : loaded);
  return 'next';
}

/** STR and its kin. */
export function storeRegister(ir: Builder32, t: number, place: Place, { log2 }: Kind, flags = ordinary(ir)): Flow {
  store(ir, log2, ir.address(place.address), ir.r(t), flags);
  writeBack(ir, place);
  return 'next';
}

/** LDRD */
export function loadDual(ir: Builder32, t: number, u: number, place: Place): Flow {
  const [first, second] = loadWords(ir, place.address, 2) as [I32, I32];
  writeBack(ir, place);
  ir.setR(t, first);
  ir.setR(u, second);
  return 'next';
}

/** STRD */
export function storeDual(ir: Builder32, t: number, u: number, place: Place): Flow {
  storeWords(ir, place.address, [ir.r(t), ir.r(u)]);
  writeBack(ir, place);
  return 'next';
}
