import { beforeEach, describe, expect, it } from 'vitest';
import { must } from '../../base/assert.ts';
import * as cells from '../state/cells.ts';
import { instantiateHelpers } from './instantiate.ts';

const [d, n, m] = [cells.V, cells.V + 16, cells.V + 32] as const;
const memory = new WebAssembly.Memory({ initial: cells.HOST_MEMORY / 65536 });
const view = new DataView(memory.buffer);
const QC = 1 << 27;
const SIZE_64 = 3;
let steps: Record<string, (...args: number[]) => void>;

beforeEach(() => {
  steps = instantiateHelpers(memory) as unknown as typeof steps;
  view.setUint32(cells.FPSR, 0, true);
});
const run = (name: string, ...args: number[]): void => must(steps[name], name)(...args);
const saturated = (): boolean => view.getUint32(cells.FPSR, true) === QC;
function shift64(name: string, value: bigint, by: number): bigint {
  view.setBigUint64(n, BigInt.asUintN(64, value), true);
  view.setInt8(m, by);
  run(name, d, n, m, SIZE_64, 8);
  return view.getBigInt64(d, true);
}

describe('shifts by register at the ends of their range', () => {
  const most = (1n << 63n) - 1n;
  it.each([
    ['sshl', -1n, 64, 0n, false],
    ['sshl', -1n, -128, -1n, false],
    ['ushl', -1n, -64, 0n, false],
    ['srshl', -1n, -64, 0n, false],
    ['urshl', -1n, -64, 1n, false],
    ['urshl', -1n, -65, 0n, false],
    ['srshl', most, -1, 1n << 62n, false],
    ['sqshl', 1n, 63, most, true],
    ['sqshl', -1n, 63, -(1n << 63n), false],
    ['sqshl', 0n, 127, 0n, false],
    ['sqshl', -2n, 63, -(1n << 63n), true],
    ['uqshl', 1n, 63, -(1n << 63n), false],
    ['uqshl', 2n, 63, -1n, true],
    ['uqrshl', 3n, -1, 2n, false],
    ['sqrshl', -3n, -1, -1n, false],
  ])('%s of %d by %d', (name, value, by, want, qc) => {
    expect(shift64(name, value, by)).toBe(want);
    expect(saturated()).toBe(qc);
  });
});

describe('polynomial products', () => {
  /** By the definition, one bit at a time. */
  function product(a: bigint, b: bigint): bigint {
    let sum = 0n;
    for (let bit = 0n; bit < 64n; bit++) if ((b >> bit) & 1n) sum ^= a << bit;
    return sum;
  }
  it.each([
    [0xffff_ffff_ffff_ffffn, 0xffff_ffff_ffff_ffffn],
    [0x8000_0000_0000_0001n, 0x8000_0000_0000_0003n],
    [0x9e37_79b9_7f4a_7c15n, 0xc2b2_ae3d_27d4_eb4fn],
  ])('pmull64 of %x and %x', (a, b) => {
    view.setBigUint64(n, a, true);
    view.setBigUint64(m, b, true);
    run('pmull64', d, n, m);
    expect(view.getBigUint64(d, true) | (view.getBigUint64(d + 8, true) << 64n)).toBe(product(a, b));
  });
  it('pmull8 and pmul8 of every first byte with some second ones', () => {
    for (let a = 0; a < 256; a++) {
      for (let i = 0; i < 16; i++) {
        view.setUint8(n + i, a);
        view.setUint8(m + i, 17 * i);
      }
      run('pmull8', d, n, m);
      for (let i = 0; i < 8; i++)
        expect(BigInt(view.getUint16(d + 2 * i, true))).toBe(product(BigInt(a), BigInt(17 * i)));
      run('pmul8', n, n, m, 16);
      for (let i = 0; i < 16; i++)
        expect(BigInt(view.getUint8(n + i))).toBe(product(BigInt(a), BigInt(17 * i)) & 0xffn);
    }
  });
});
