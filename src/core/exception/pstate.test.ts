import { describe, expect, it } from 'vitest';
import * as cells from '../state/cells.ts';
import { FlagsKind, FlagsOver } from '../state/codes.ts';
import { PeState } from '../state/pe-state.ts';
import { readNzcv, selectLevel, writeNzcv } from './pstate.ts';

const counter = { frequency: 1, countAt: () => 0n, icountAt: () => Infinity };
const newCpu = () => new PeState(65536, counter);

/** NZCV of x + y + carry, from the Arm ARM's AddWithCarry. */
function addWithCarry(width: number, x: bigint, y: bigint, carry: bigint): number {
  const unsigned = x + y + carry;
  const signed = BigInt.asIntN(width, x) + BigInt.asIntN(width, y) + carry;
  const result = BigInt.asUintN(width, unsigned);
  const n = result >> BigInt(width - 1);
  return (
    ((n ? 0x8000_0000 : 0) |
      (result === 0n ? 0x4000_0000 : 0) |
      (unsigned !== result ? 0x2000_0000 : 0) |
      (BigInt.asIntN(width, result) !== signed ? 0x1000_0000 : 0)) >>>
    0
  );
}

describe('NZCV from the lazy cells', () => {
  const edges = [
    0n,
    1n,
    0x7fff_ffffn,
    0x8000_0000n,
    0xffff_ffffn,
    0x1_0000_0000n,
    (1n << 63n) - 1n,
    1n << 63n,
    (1n << 64n) - 1n,
  ];
  it('is that of AddWithCarry for sums and differences of both widths', () => {
    const cpu = newCpu();
    for (const [kind, width, isSub] of [
      [FlagsKind.add32, 32, false],
      [FlagsKind.add64, 64, false],
      [FlagsKind.sub32, 32, true],
      [FlagsKind.sub64, 64, true],
    ] as const)
      for (const left of edges)
        for (const right of edges) {
          const [a, b] = [BigInt.asUintN(width, left), BigInt.asUintN(width, right)];
          cpu.set32(cells.FLAGS_KIND, kind);
          cpu.set64(cells.FLAGS_A, a);
          cpu.set64(cells.FLAGS_B, b);
          const expected = isSub
            ? addWithCarry(width, a, BigInt.asUintN(width, ~b), 1n)
            : addWithCarry(width, a, b, 0n);
          expect(readNzcv(cpu), `${kind} ${a} ${b}`).toBe(expected);
        }
  });
  it('is N and Z of a logical result', () => {
    const cpu = newCpu();
    cpu.set32(cells.FLAGS_KIND, FlagsKind.logic64);
    cpu.set64(cells.FLAGS_A, 1n << 63n);
    expect(readNzcv(cpu)).toBe(0x8000_0000);
    cpu.set32(cells.FLAGS_KIND, FlagsKind.logic32);
    expect(readNzcv(cpu)).toBe(0x4000_0000);
  });
  it('has what AArch32 set since instead: N and Z, or C too', () => {
    const cpu = newCpu();
    // C and V of 0x80000000 - 1.
    cpu.set32(cells.FLAGS_KIND, FlagsKind.sub32 | FlagsOver.nz);
    cpu.set64(cells.FLAGS_A, 0x8000_0000n);
    cpu.set64(cells.FLAGS_B, 1n);
    cpu.set32(cells.FLAGS_NZ, 0x8000_0001);
    cpu.set32(cells.FLAGS_C, 0);
    expect(readNzcv(cpu)).toBe(0xb000_0000);
    cpu.set32(cells.FLAGS_NZ, 0);
    expect(readNzcv(cpu)).toBe(0x7000_0000);
    cpu.set32(cells.FLAGS_KIND, FlagsKind.sub32 | FlagsOver.nz | FlagsOver.c);
    expect(readNzcv(cpu)).toBe(0x5000_0000);
  });
  it('is what was written', () => {
    const cpu = newCpu();
    writeNzcv(cpu, 0xa123_4567);
    expect(readNzcv(cpu)).toBe(0xa000_0000);
  });
});

describe('stack pointers', () => {
  it('are banked by level, SP_EL0 where PSTATE.SP is 0', () => {
    const cpu = newCpu();
    cpu.set32(cells.CURRENT_EL, 1);
    cpu.set32(cells.SPSEL, 1);
    cpu.set64(cells.SP, 0x1111n);
    cpu.set64(cells.SP_EL, 0x0n);
    cpu.set64(cells.SP_EL + 16, 0x2222n);
    selectLevel(cpu, 2, 1);
    expect(cpu.get64(cells.SP)).toBe(0x2222n);
    expect(cpu.get64(cells.SP_EL + 8)).toBe(0x1111n);
    selectLevel(cpu, 2, 0);
    expect(cpu.get64(cells.SP)).toBe(0n);
    cpu.set64(cells.SP, 0x3333n);
    selectLevel(cpu, 0, 0);
    expect(cpu.get64(cells.SP)).toBe(0x3333n);
    selectLevel(cpu, 1, 1);
    expect(cpu.get64(cells.SP)).toBe(0x1111n);
    expect(cpu.get64(cells.SP_EL)).toBe(0x3333n);
  });
});
