import { describe, expect, it } from 'vitest';
import { compareOps, intOps, unaryOps } from '../ir/ops.ts';
import { type Int, Node } from '../ir/types.ts';
import { valueTypes } from '../wasm/opcodes.ts';
import { evaluatePure } from './evaluate-pure.ts';

interface Operation {
  readonly name: string;
  readonly op: number;
  readonly operands: readonly Int[];
  readonly result: Int;
}
const both = (name: string, [op32, op64]: readonly [number, number], count: number, result?: Int): Operation[] =>
  [['i32', op32] as const, ['i64', op64] as const].map(([type, op]) => ({
    name: `${type}.${name}`,
    op,
    operands: new Array<Int>(count).fill(type),
    result: result ?? type,
  }));
const operations: readonly Operation[] = [
  ...Object.entries(intOps).flatMap(([name, ops]) => both(name, ops, 2)),
  ...Object.entries(compareOps).flatMap(([name, ops]) => both(name, ops, 2, 'i32')),
  ...Object.entries(unaryOps).flatMap(([name, ops]) => both(name, ops, 1)),
  ...both('eqz', [0x45, 0x50], 1, 'i32'),
  { name: 'i32.wrap_i64', op: 0xa7, operands: ['i64'], result: 'i32' },
  { name: 'i64.extend_i32_s', op: 0xac, operands: ['i32'], result: 'i64' },
  { name: 'i64.extend_i32_u', op: 0xad, operands: ['i32'], result: 'i64' },
  { name: 'i64.extend32_s', op: 0xc4, operands: ['i64'], result: 'i64' },
];

/** The operation as WebAssembly does it; undefined where it traps. */
function hostOperation({ op, operands, result }: Operation): (...args: bigint[]) => bigint | undefined {
  const types = operands.map((t) => valueTypes[t]);
  const body = [0, ...operands.flatMap((_, i) => [0x20, i]), op, 0x0b];
  const bytes = Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...[1, types.length + 5, 1, 0x60, types.length, ...types, 1, valueTypes[result]],
    ...[3, 2, 1, 0, 7, 5, 1, 1, 0x66, 0, 0],
    ...[10, body.length + 2, 1, body.length, ...body],
  ]);
  const { f } = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports as {
    f: (...args: (bigint | number)[]) => bigint | number;
  };
  return (...args) => {
    try {
      return BigInt(f(...args.map((a, i) => (operands[i] === 'i64' ? a : Number(BigInt.asIntN(32, a))))));
    } catch {
      return undefined;
    }
  };
}

const operand = (type: Int, value: bigint): Node => {
  const node = new Node(0, type, null, null, null, 0, 0, 0);
  node.lo = Number(BigInt.asIntN(32, value));
  if (type === 'i64') node.hi = Number(BigInt.asIntN(32, value >> 32n));
  return node;
};
const numberIn = ({ lo, hi }: Node, type: Int): bigint =>
  type === 'i32' ? BigInt(lo) : (BigInt(hi) << 32n) | BigInt(lo >>> 0);

const corners = [
  0n,
  1n,
  2n,
  31n,
  32n,
  33n,
  63n,
  64n,
  0x7fn,
  0x80n,
  0x8000n,
  0x7fff_ffffn,
  0x8000_0000n,
  0xffff_ffffn,
].flatMap((n) => [n, -n, n << 32n, (n << 32n) - 1n, 0x1234_5678_9abc_def1n ^ n]);

describe('an evaluated operation gives what WebAssembly gives', () => {
  it.each(operations)('$name', (operation) => {
    const host = hostOperation(operation);
    const [type, second] = operation.operands;
    for (const a of corners) {
      for (const b of second === undefined ? [0n] : corners) {
        const want = host(a, b);
        const node = new Node(
          operation.op,
          operation.result,
          operand(type as Int, a),
          operand(second ?? 'i32', b),
          null,
          0,
          0,
          0,
        );
        expect(evaluatePure(node)).toBe(true);
        if (want !== undefined) expect([a, b, numberIn(node, operation.result)]).toEqual([a, b, want]);
      }
    }
  });
});
