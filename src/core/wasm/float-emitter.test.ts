import { expect, test } from 'vitest';
import { Prng } from '../../base/prng.ts';
import { instantiateHelpers } from '../helpers/instantiate.ts';
import type { Builder } from '../ir/builder.ts';
import type { I32, I64 } from '../ir/types.ts';
import * as cells from '../state/cells.ts';
import { ExitReason } from '../state/codes.ts';
import { blockAt, EmittedCode } from './emission.fixture.ts';

const pairs = ['Add', 'Sub', 'Mul', 'Div'] as const;
const RMODE_AT = 22;
const [FZ, DN, IXC] = [1 << 24, 1 << 25, 1 << 4];
const ROUNDS = 3000;

const memory = new WebAssembly.Memory({ initial: cells.HOST_MEMORY / 65536 });
const flags = new DataView(memory.buffer);
const helpers = instantiateHelpers(memory) as unknown as Record<
  string,
  (...args: (bigint | number)[]) => bigint | number
>;
const prng = new Prng(7n);

const below = (bound: number): number => Number(prng.next64() % BigInt(bound));

/** Numbers near each other, of special exponents, and any; the same of singles in the low half. */
function operand(bits: 32 | 64): bigint {
  const [fraction, bias] = bits === 64 ? [52n, 1023] : [23n, 127];
  const exponents = [0, 1, 2, 3, bias - 1, bias, bias + 1, bias + 2, 2 * bias - 1, 2 * bias, 2 * bias + 1];
  const kind = below(6);
  const exponent =
    kind === 5 ? bias + below(8) : kind === 0 ? below(2 * bias + 2) : (exponents[below(exponents.length)] as number);
  const random = prng.next64();
  const significand =
    kind === 1
      ? 0n
      : kind > 3
        ? random & ~((1n << (fraction - 9n)) - 1n)
        : kind === 2
          ? random & ~0xffffn & ((1n << fraction) - 1n)
          : random;
  const magnitude = (BigInt(exponent) << fraction) | (significand & ((1n << fraction) - 1n));
  return (BigInt(below(2)) << BigInt(bits - 1)) | magnitude;
}

/** Emits the call of operands in X1 to X3 under FPCR; the result goes to X0. */
function emitted(name: string, bits: 32 | 64, operands: number, constants: readonly number[]): EmittedCode {
  const code = new EmittedCode();
  code.install([
    blockAt(0, (ir: Builder) => {
      const args = [1, 2, 3].slice(0, operands).map((n): I32 | I64 => (bits === 64 ? ir.x(n) : ir.w(n)));
      const result = ir.call(
        name as 'f64Add',
        ...([...args, ...constants.map((n) => ir.i32(n)), ir.cell32(cells.FPCR)] as never[]),
      );
      ir.setX(0, (result.type === 'i64' ? result : ir.extendU(result as never)) as never);
      ir.exitAfter(ExitReason.reconsider);
    }),
  ]);
  return code;
}

test.each(
  ([32, 64] as const).flatMap((bits) => [
    ...pairs.map((op) => [`f${bits}${op}`, bits, 2, []] as const),
    [`f${bits}MulAdd`, bits, 3, []] as const,
    ...[0, 1].map((signalling) => [`f${bits}Compare`, bits, 2, [signalling]] as const),
  ]),
)('%s gives what its helper gives, with the same flags', (name, bits, operands, constants) => {
  const code = emitted(name, bits, operands, constants);
  const narrow = (value: bigint): bigint | number => (bits === 64 ? value : Number(value));
  for (let round = 0; round < ROUNDS; round++) {
    const args = Array.from({ length: operands }, () => operand(bits));
    const mostly = below(3) !== 0;
    const fpcr = mostly ? 0 : (below(4) << RMODE_AT) | (below(2) * FZ) | (below(2) * DN);
    const fpsr = below(2) === 0 ? 0 : IXC;
    for (const [i, value] of args.entries()) code.cpu.setX(1 + i, value);
    code.cpu.set32(cells.FPCR, fpcr);
    code.cpu.set32(cells.FPSR, fpsr);
    code.run(1);
    flags.setUint32(cells.FPSR, fpsr, true);
    const wanted = (helpers[name] as (...args: unknown[]) => bigint | number)(...args.map(narrow), ...constants, fpcr);
    const resultBits = typeof wanted === 'bigint' ? 64 : 32;
    const found = [BigInt.asUintN(resultBits, code.x(0)), code.cpu.get32(cells.FPSR)];
    const at = `${args.map((value) => value.toString(16))} FPCR ${fpcr.toString(16)} FPSR ${fpsr}`;
    expect([at, ...found]).toEqual([at, BigInt.asUintN(resultBits, BigInt(wanted)), flags.getUint32(cells.FPSR, true)]);
  }
});
