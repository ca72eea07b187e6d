import { must } from '../../base/assert.ts';
import type { HelperName, helpers } from '../helpers/signatures.ts';

// What the helpers (helpers/as) read and write beside their arguments: vector registers and temporaries, by address. Which operands of
// AES and SHA are read is in Arm ARM DDI 0487, shared/functions/crypto.

/** Bytes of the state. */
export interface CellBytes {
  readonly at: number;
  readonly bytes: number;
}

/** A source of a helper's result. */
export interface HelperSource extends CellBytes {
  /** Result lanes of so many bytes are each made of the source's lane of that number, of so many; absent: of all of it. */
  readonly lanes?: { readonly to: number; readonly from: number };
}

/** What a call accesses. */
export interface HelperAccess {
  /** Where its result goes; absent where it gives that. */
  readonly to?: CellBytes;
  readonly from: readonly HelperSource[];
}

/** With the values of the arguments that are no data: addresses, lane sizes, strides, operations. */
type Accesses = (args: readonly number[]) => HelperAccess;

const VECTOR_BYTES = 16;
const arg = (args: readonly number[], n: number): number => must(args[n], `argument ${n} of a helper`);
const whole = (at: number, bytes = VECTOR_BYTES): HelperSource => ({ at, bytes });
const lanewise = (at: number, bytes: number, from: number, to = from): HelperSource => ({
  at,
  bytes,
  lanes: { to, from },
});

/** (op, d, n, m, stride, bytes): lane by lane, or with one element of m for all. */
const vector3 =
  (lane: number): Accesses =>
  (args) => {
    const [d, n, m, stride, bytes] = [1, 2, 3, 4, 5].map((i) => arg(args, i)) as [
      number,
      number,
      number,
      number,
      number,
    ];
    return { to: { at: d, bytes }, from: [lanewise(n, bytes, lane), element(m, stride, bytes, lane)] };
  };
const element = (m: number, stride: number, bytes: number, lane: number): HelperSource =>
  stride === 0 ? whole(m, lane) : lanewise(m, bytes, lane);
/** (op, d, n, detail, bytes) */
const vector2 =
  (lane: number): Accesses =>
  (args) => ({
    to: { at: arg(args, 1), bytes: arg(args, 4) },
    from: [lanewise(arg(args, 2), arg(args, 4), lane)],
  });
/** (d, n, m, stride, negate, bytes): d is the addend. */
const mulAdd =
  (lane: number): Accesses =>
  (args) => {
    const [d, n, m, stride, , bytes] = [0, 1, 2, 3, 4, 5].map((i) => arg(args, i)) as [
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    return {
      to: { at: d, bytes },
      from: [lanewise(d, bytes, lane), lanewise(n, bytes, lane), element(m, stride, bytes, lane)],
    };
  };
/** (op, d, n, m, bytes): neighbours. */
const pairwise: Accesses = (args) => ({
  to: { at: arg(args, 1), bytes: arg(args, 4) },
  from: [whole(arg(args, 2), arg(args, 4)), whole(arg(args, 3), arg(args, 4))],
});
/** (d, n): lanes of one width to those of another. */
const converted =
  (to: number, from: number): Accesses =>
  (args) => {
    const [d, n] = [arg(args, 0), arg(args, 1)];
    const count = VECTOR_BYTES / Math.max(to, from);
    return { to: { at: d, bytes: count * to }, from: [lanewise(n, count * from, from, to)] };
  };
/** (d, n, m, log2 of a lane's bytes, bytes) */
const laneByLane: Accesses = (args) => {
  const [bytes, lane] = [arg(args, 4), 1 << arg(args, 3)];
  return {
    to: { at: arg(args, 0), bytes },
    from: [lanewise(arg(args, 1), bytes, lane), lanewise(arg(args, 2), bytes, lane)],
  };
};
/** (d, operands…): the destination may be an operand too. */
const registers =
  (options: { readonly d: boolean; readonly operands: readonly number[] }): Accesses =>
  (args) => ({
    to: whole(arg(args, 0)),
    from: [
      ...(options.d ? [whole(arg(args, 0))] : []),
      ...options.operands.map((bytes, i) => whole(arg(args, i + 1), bytes)),
    ],
  });
const dAndTwo = registers({ d: true, operands: [16, 16] });
const dAndOne = registers({ d: true, operands: [16] });

type Working = {
  [Name in HelperName]: (typeof helpers)[Name] extends { readonly result: 'none' } ? Name : never;
}[HelperName];

/** Of those that work in place. */
const inPlace: { readonly [Name in Working]: Accesses } = {
  f32Vector3: vector3(4),
  f64Vector3: vector3(8),
  f32Vector2: vector2(4),
  f64Vector2: vector2(8),
  f32VectorMulAdd: mulAdd(4),
  f64VectorMulAdd: mulAdd(8),
  f32Pairwise: pairwise,
  f64Pairwise: pairwise,
  f32VectorFromF16: converted(4, 2),
  f64VectorFromF32: converted(8, 4),
  f32VectorToF16: converted(2, 4),
  f64VectorToF32: converted(4, 8),
  sshl: laneByLane,
  ushl: laneByLane,
  srshl: laneByLane,
  urshl: laneByLane,
  sqshl: laneByLane,
  uqshl: laneByLane,
  sqrshl: laneByLane,
  uqrshl: laneByLane,
  pmul8: (args) => {
    const bytes = arg(args, 3);
    return {
      to: { at: arg(args, 0), bytes },
      from: [lanewise(arg(args, 1), bytes, 1), lanewise(arg(args, 2), bytes, 1)],
    };
  },
  pmull8: (args) => ({
    to: whole(arg(args, 0)),
    from: [lanewise(arg(args, 1), 8, 1, 2), lanewise(arg(args, 2), 8, 1, 2)],
  }),
  pmull64: registers({ d: false, operands: [8, 8] }),
  aese: dAndOne,
  aesd: dAndOne,
  aesmc: registers({ d: false, operands: [16] }),
  aesimc: registers({ d: false, operands: [16] }),
  sha1c: registers({ d: true, operands: [4, 16] }),
  sha1p: registers({ d: true, operands: [4, 16] }),
  sha1m: registers({ d: true, operands: [4, 16] }),
  sha1su0: dAndTwo,
  sha1su1: dAndOne,
  sha256h: dAndTwo,
  sha256h2: dAndTwo,
  sha256su0: dAndOne,
  sha256su1: dAndTwo,
};

/** (op, n): of four lanes. */
const reduced: Accesses = (args) => ({ from: [whole(arg(args, 1))] });
const NOTHING: HelperAccess = { from: [] };

/** What a call of a helper accesses, by the values of its arguments: 0 stands for those that are data. */
export function helperAccess(name: HelperName, args: readonly number[]): HelperAccess {
  if (name in inPlace) return inPlace[name as Working](args);
  return name === 'f32Reduce' ? reduced(args) : NOTHING;
}

/** Whether a helper may set cumulative bits of FPSR. */
export const mayRaise = (name: HelperName): boolean => /^f[0-9]|^[su]q/.test(name);
