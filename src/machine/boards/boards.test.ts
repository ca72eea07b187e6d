import { expect, test } from 'vitest';
import { Failure } from '../../base/failure.ts';
import { limits } from '../../base/limits.ts';
import { type Board, type DevicePlace, intidsOf, type Range, ramOf, virtioSlots } from './board.ts';
import { boardByName, boardNames } from './index.ts';

const devices = (board: Board): DevicePlace[] => [
  board.pl011,
  ...(board.otherPl011s ?? []),
  board.pl031,
  ...(board.sp804?.places ?? []),
];
const ranges = (board: Board): Range[] => [
  board.gic.distributor,
  ...(board.gic.redistributor
    ? [{ base: board.gic.redistributor.base, size: board.gic.redistributor.size * limits.vcpusMax }]
    : []),
  ...(board.gic.cpuInterface ? [board.gic.cpuInterface] : []),
  ...devices(board),
  ...(board.virtioMmio ? [{ base: board.virtioMmio.base, size: board.virtioMmio.size * board.virtioMmio.slots }] : []),
  ...(board.pci ? [board.pci.ecam, board.pci.memory, board.pci.io] : []),
  ...(board.vexpress ? [board.vexpress.sysregs] : []),
  { base: board.ramBase, size: board.ramBytesMax ?? limits.ramBytesMax },
  ...(board.highRamBase === undefined ? [] : [{ base: board.highRamBase, size: limits.ramBytesMax }]),
];

test.each(boardNames)('%s: no two ranges overlap, whatever RAM and vCPUs', (name) => {
  const sorted = ranges(boardByName(name)).sort((a, b) => a.base - b.base);
  sorted.slice(1).forEach((range, i) => {
    const before = sorted[i] ?? range;
    expect(range.base).toBeGreaterThanOrEqual(before.base + before.size);
  });
});

test.each(boardNames)('%s: interrupts are distinct SPIs and PPIs', (name) => {
  const board = boardByName(name);
  const { pci } = board;
  const messages = Array.from({ length: pci?.messages.count ?? 0 }, (_, n) => (pci?.messages.first ?? 0) + n);
  const spis = [...[...devices(board), ...virtioSlots(board)].map((d) => d.intid), ...(pci?.intids ?? []), ...messages];
  const ppis = Object.values(board.timerIntids);
  expect(new Set([...spis, ...ppis]).size).toBe(spis.length + ppis.length);
  for (const intid of spis) expect(intid >= 32 && intid < intidsOf(board)).toBe(true);
  for (const intid of ppis) expect(intid >= 16 && intid < 32).toBe(true);
});

test.each(boardNames)('%s: each kind of machine has an interrupt controller', (name) => {
  const { cpuCompatible, gic } = boardByName(name);
  expect(Object.keys(cpuCompatible).length).toBeGreaterThan(0);
  if (cpuCompatible['cortex-a15']) expect(gic.cpuInterface).toBeDefined();
  if (cpuCompatible['cortex-a57']) expect(gic.redistributor).toBeDefined();
});

test("RAM that does not fit below PCI's window is above it, all of it", () => {
  const bhyve = boardByName('bhyve');
  expect(ramOf(bhyve, 0x2000_0000)).toEqual({ base: 0x8000_0000, size: 0x2000_0000 });
  expect(ramOf(bhyve, 0x2000_1000)).toEqual({ base: 0x1_0000_0000, size: 0x2000_1000 });
  expect(ramOf(boardByName('virt'), 0x8000_0000).base).toBe(0x4000_0000);
});

test('an unknown board is refused with the known ones', () => {
  expect(() => boardByName('vax')).toThrow(Failure);
  expect(() => boardByName('vax')).toThrow(/no such board; there are virt, bhyve, fvp-a15, fvp-a15-bvm, fvp-base$/);
});
