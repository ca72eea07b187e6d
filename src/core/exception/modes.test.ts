import { describe, expect, it } from 'vitest';
import { Mode } from '../fields/psr.ts';
import * as cells from '../state/cells.ts';
import { PeState } from '../state/pe-state.ts';
import { leaveAarch32, levelOfMode, registerCell, selectMode, viewCell, viewOf } from './modes.ts';

const counter = { frequency: 1, countAt: () => 0n, icountAt: () => Infinity };

/** In user mode; X registers hold their numbers, so that a bank's content tells where it came from. */
function userCpu(): PeState {
  const cpu = new PeState(65536, counter);
  for (let n = 0; n < 31; n++) cpu.setX(n, BigInt(n));
  selectMode(cpu, Mode.usr);
  return cpu;
}
const registers = (cpu: PeState): number[] => Array.from({ length: 15 }, (_, n) => cpu.get32(cells.X + 8 * n));

/** Where each mode's R8 to R14 are in the view of AArch64. Arm ARM DDI 0487, D1.20.1. */
const views: readonly [keyof typeof Mode, readonly number[]][] = [
  ['usr', [8, 9, 10, 11, 12, 13, 14]],
  ['sys', [8, 9, 10, 11, 12, 13, 14]],
  ['hyp', [8, 9, 10, 11, 12, 15, 14]],
  ['irq', [8, 9, 10, 11, 12, 17, 16]],
  ['svc', [8, 9, 10, 11, 12, 19, 18]],
  ['abt', [8, 9, 10, 11, 12, 21, 20]],
  ['und', [8, 9, 10, 11, 12, 23, 22]],
  ['fiq', [24, 25, 26, 27, 28, 29, 30]],
];

describe('the registers of a mode', () => {
  it.each(views)('%s', (name, view) => {
    const cpu = userCpu();
    selectMode(cpu, Mode[name]);
    expect(registers(cpu).slice(8)).toEqual(view);
    expect(registers(cpu).slice(0, 8)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(view.map((_, i) => viewOf(Mode[name], 8 + i))).toEqual(view);
  });
  it('survive any way through the modes', () => {
    const cpu = userCpu();
    for (const [from] of views)
      for (const [to, view] of views) {
        selectMode(cpu, Mode[from]);
        selectMode(cpu, Mode[to]);
        expect(registers(cpu).slice(8), `${from} to ${to}`).toEqual(view);
      }
    leaveAarch32(cpu);
    expect(Array.from({ length: 31 }, (_, n) => cpu.x(n))).toEqual(Array.from({ length: 31 }, (_, n) => BigInt(n)));
    expect(cpu.get32(cells.AARCH32_MODE)).toBe(0);
  });
  it('are found from any other mode', () => {
    const cpu = userCpu();
    for (const [from] of views) {
      selectMode(cpu, Mode[from]);
      for (const [of, view] of views)
        for (const [i, n] of view.entries())
          expect(cpu.get32(registerCell(cpu, Mode[of], 8 + i)), `${of} from ${from}`).toBe(n);
    }
  });
  it('are where AArch64 would see them, whatever mode is current', () => {
    const cpu = userCpu();
    for (const [from] of views) {
      selectMode(cpu, Mode[from]);
      for (let n = 0; n < 31; n++) expect(cpu.get32(viewCell(cpu, n)), `X${n} from ${from}`).toBe(n);
    }
  });
  it('are written where they are', () => {
    const cpu = userCpu();
    selectMode(cpu, Mode.svc);
    cpu.set32(cells.X + 8 * 13, 0x1300);
    cpu.set32(registerCell(cpu, Mode.usr, 13), 0x1000);
    selectMode(cpu, Mode.usr);
    expect(registers(cpu)[13]).toBe(0x1000);
    selectMode(cpu, Mode.svc);
    expect(registers(cpu)[13]).toBe(0x1300);
  });
  it('leave the upper halves of X registers alone', () => {
    const cpu = userCpu();
    cpu.setX(19, 0xaaaa_0000_0013n);
    selectMode(cpu, Mode.svc);
    cpu.set32(cells.X + 8 * 13, 0x77);
    leaveAarch32(cpu);
    expect(cpu.x(19)).toBe(0xaaaa_0000_0077n);
  });
});

describe('the level of a mode', () => {
  it.each([
    ['usr', 0],
    ['sys', 1],
    ['fiq', 1],
    ['hyp', 2],
  ] as const)('%s is EL%i', (name, level) => {
    const cpu = userCpu();
    selectMode(cpu, Mode[name]);
    expect(cpu.el).toBe(level);
  });
  it('is none for Monitor mode and what is reserved', () => {
    expect([0x16, 0x14, 0x1e].map(levelOfMode)).toEqual([-1, -1, -1]);
  });
});
