// Each instruction of some stretches of the demo guests, at EL1 and EL0, in every mode: what its IR says that its results follow from is
// enough to compute them, whatever else is changed.
import { describe, expect, it } from 'vitest';
import { Execution, type MemoryAccess } from '../../src/core/dependence/execution.ts';
import { InstructionLifter } from '../../src/core/dependence/lifted.ts';
import { Slice } from '../../src/core/dependence/slice.ts';
import { FLAG, PC, readRegisterByte } from '../../src/core/dependence/state-bytes.ts';
import { Writes } from '../../src/core/dependence/writes.ts';
import type { ObservedInstruction } from '../../src/core/engine/observation.ts';
import * as cells from '../../src/core/state/cells.ts';
import type { CellReader } from '../../src/core/state/pe-state.ts';
import { sys, systemCellNames } from '../../src/core/state/system-cells.ts';
import { Timeline } from '../../src/timeline/timeline.ts';
import { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import { Noise } from '../core/perturbation.fixture.ts';
import { flip } from './flip.fixture.ts';

const range = (from: number, count: number): number[] => Array.from({ length: count }, (_, n) => from + n);
/** What is made random: general and vector registers, flags, and system registers that decide no translation. */
const harmless = [
  'TPIDR_EL0',
  'TPIDRRO_EL0',
  'TPIDR_EL1',
  'ELR_EL1',
  'SPSR_EL1',
  'ESR_EL1',
  'FAR_EL1',
  'PAR_EL1',
] as const;
const banks = ['SPSR_abt', 'SPSR_und', 'SPSR_irq', 'SPSR_fiq', 'IFSR32_EL2'] as const;
const state = [
  ...range(cells.X, 31 * 8),
  ...range(cells.V, 512),
  ...range(cells.SP_EL, 16),
  ...Object.values(FLAG),
  ...[...harmless, ...banks].flatMap((name) => range(sys[name], 8)),
];
/** Lines that follow from other state, and of the step at hand. */
const hidden = /^(PHYSICAL|VIRTUAL)_LINES$|^HOST_|^STEPPED$/;
/** All that is looked at. */
const registers = [
  ...state,
  ...range(cells.DAIF, 4),
  ...range(cells.CPSR_Q, 12),
  ...systemCellNames.filter((n) => !hidden.test(n)).flatMap((n) => range(sys[n], 8)),
];
const STATE_BYTES = cells.CPU_STATE_BYTES;

class Kept implements CellReader {
  readonly bytes: Uint8Array;
  readonly #words: Uint32Array;
  constructor(u8: Uint8Array) {
    this.bytes = u8.slice(0, STATE_BYTES);
    this.#words = new Uint32Array(this.bytes.buffer);
  }
  get32(cell: number): number {
    return this.#words[cell >>> 2] as number;
  }
}

describe.each([
  ['demo-arm64', [0, 29_900, 34_300, 1_034_600, 24_287_500]],
  ['demo-arm64-max', [29_900]],
  ['demo-armv7', [0, 24_000, 36_500, 41_000, 1_041_000]],
  ['demo-armv7-cortex-a57', [24_000, 36_500, 1_041_000]],
] as const)('%s', (name, starts) => {
  const t = new Timeline(TapeReader.open(`traces/golden/v3/${name}.tape`));
  const { cpu, architecture, engine } = t.machine.cpu;
  const lifter = new InstructionLifter(architecture);
  const noise = new Noise(0x1234_5677);
  const COUNT = 500;
  let tried = 0;

  /** What is tried out is none of the tape's events. */
  function unheard<T>(what: () => T): T {
    const { observer } = cpu.system;
    const heard = { ...observer };
    for (const name of Object.keys(heard)) Reflect.deleteProperty(observer, name);
    try {
      return what();
    } finally {
      Object.assign(observer, heard);
    }
  }
  /** The guest as it was, and on for one instruction; null where it does not retire by itself. */
  function once(before: Kept, icount: number, counts: ReadonlySet<number> | null): Kept | null {
    cpu.u8.set(before.bytes);
    cpu.icount = icount;
    cpu.stall.exceptions = 0;
    cpu.pending = null;
    if (counts !== null) for (const one of state) if (!counts.has(one)) flip(cpu, one, noise.below(256));
    cpu.system.stateRestored();
    engine.resumed();
    const stop = engine.run(icount + 1);
    return (stop === 'count' || stop === 'wfi') && cpu.icount === icount + 1 ? new Kept(cpu.u8) : null;
  }

  it.each(starts)('from %d on', (start) => {
    t.seek(start);
    const wrong: string[] = [];
    for (let n = 0; n < COUNT; n++) {
      const { icount } = t.machine;
      if (cpu.el < 2 && cpu.get32(cells.INTERRUPT_PENDING) === 0) wrong.push(...unheard(() => tryOut(icount)));
      t.session.run(icount + 1);
    }
    expect(wrong.slice(0, 12)).toEqual([]);
  });
  it('most of them could be tried', () => {
    expect(tried).toBeGreaterThan((starts.length * COUNT) / 3);
  });

  function tryOut(icount: number): string[] {
    const before = new Kept(cpu.u8);
    let seen: { execution: Execution; accesses: readonly MemoryAccess[]; at: string } | undefined;
    let isTaken = false;
    let stored: { pa: number; bytes: Uint8Array }[] = [];
    const saw = ({ opcode, pc, isa }: ObservedInstruction): void => {
      if (seen !== undefined || cpu.configStale) return;
      const offset = Number(pc & 0xfffn);
      const lifted = lifter.of({ opcode, offset, config: architecture.refresh() });
      const execution = new Execution(lifted, before, pc, offset);
      const accesses = execution.accesses((lo, hi, access) => architecture.mmu.probe(lo, hi, access));
      seen = { execution, accesses, at: `${icount} ${isa} ${opcode.toString(16)}` };
      // What it stores is as it was for the next time.
      const pieces = accesses.flatMap((access) => access.pieces).filter(({ pa }) => pa >= 0 && pa < memory.length);
      stored = pieces.map(({ pa, bytes }) => ({ pa, bytes: memory.slice(pa, pa + bytes) }));
    };
    const memory = cpu.u8.subarray(cells.HOST_MEMORY);
    engine.observe({
      before: saw,
      exception: () => {
        isTaken = true;
      },
    });
    const after = once(before, icount, null);
    engine.observe(null);
    if (seen === undefined || after === null || isTaken) return restore(before, icount, stored);
    const { execution, accesses, at } = seen;
    // What devices get they must not get twice.
    if (accesses.flatMap(({ pieces }) => pieces).some(({ pa }) => pa < 0 || pa >= memory.length))
      return restore(before, icount, stored);
    const certain = execution.lifted.isReturn ? new Set<number>() : new Writes(execution).certain();
    const outputs = registers.filter(
      (one) => one < PC && (readRegisterByte(before, one) !== readRegisterByte(after, one) || certain.has(one)),
    );
    if (execution.lifted.isReturn) return restore(before, icount, stored);
    const wrong: string[] = [];
    for (const wanted of Map.groupBy(new Set(outputs), (one) => one >>> 3).values()) {
      const slice = new Slice(execution, accesses);
      const unknown = wanted.filter((one) => !slice.ofRegister(one));
      if (unknown.length > 0) wrong.push(`${at}: ${unknown.map((one) => one.toString(16))} not known`);
      for (const access of accesses) slice.ofAddress(access);
      const counts = new Set(slice.finish().registers.flatMap((kind) => [...kind.keys()]));
      const other = once(before, icount, counts);
      for (const { pa, bytes } of stored) memory.set(bytes, pa);
      tried++;
      const differs = other && wanted.filter((one) => readRegisterByte(other, one) !== readRegisterByte(after, one));
      if (differs === null) wrong.push(`${at}: does not retire`);
      else if (differs.length > 0) wrong.push(`${at}: ${differs.map((one) => one.toString(16))} differ`);
    }
    return restore(before, icount, stored, wrong);
  }
  function restore(
    before: Kept,
    icount: number,
    stored: readonly { pa: number; bytes: Uint8Array }[],
    wrong: string[] = [],
  ): string[] {
    for (const { pa, bytes } of stored) cpu.u8.set(bytes, cells.HOST_MEMORY + pa);
    cpu.u8.set(before.bytes);
    cpu.icount = icount;
    cpu.pending = null;
    cpu.system.stateRestored();
    engine.resumed();
    return wrong;
  }
});
