// What is told of blocks of code adds up to the instructions that were executed, whatever blocks there are.
import { expect, it } from 'vitest';
import type { ObservedBlock } from '../../src/core/engine/observed-code.ts';
import { machine64, UNMAPPED, VECTORS } from './machine64.fixture.ts';

const NOP = 0xd503_201f;
const ADD_X0_1 = 0x9100_0400;
const SUBS_X4_X4_1 = 0xf100_0484;
const B_NE_BACK_2 = 0x54ff_ffc1;
const LDR_X1_X0 = 0xf940_0001;
const SVC = 0xd400_0001;
const LOOP = 0x1400_0000;
const CODE = 0x8000;

type Setting = Parameters<typeof machine64>[0];
const ways = [0, 1, 4, Number.POSITIVE_INFINITY].flatMap((evaluations) =>
  [1, 3, 64].map((instructionsABlock) => ({ evaluations, instructionsABlock })),
);

/** How often each instruction was executed, by its address, and the exceptions on the way. */
function counted(setting: Setting, counts: number, way: (typeof ways)[number], piece = counts) {
  const m = machine64(setting);
  Object.assign(m.engine.bounds, way);
  const executed = new Map<number, number>();
  const exceptions: string[] = [];
  let at: { block: ObservedBlock; page: number; icount: number } | undefined;
  const settle = (icount: number): void => {
    if (at === undefined) return;
    const { block, page, icount: from } = at;
    expect(icount - from).toBeLessThanOrEqual(block.offsets.length);
    for (const offset of block.offsets.slice(0, icount - from))
      executed.set(page + offset, (executed.get(page + offset) ?? 0) + 1);
  };
  m.engine.observed.byBlocks({
    entered: (number, icount, pageLo, pageHi) => {
      expect([icount, pageHi]).toEqual([m.cpu.icount, 0]);
      settle(icount);
      const block = m.engine.observed.blocks.get(number) as ObservedBlock;
      expect(BigInt(pageLo + (block.offsets[0] as number))).toBe(m.cpu.pc);
      at = { block, page: pageLo, icount };
    },
    exception: ({ exception, pc, icount }) => exceptions.push(`${icount} ${exception.kind} at ${pc.toString(16)}`),
  });
  for (let done = 0; done < counts; done += piece) m.run(Math.min(piece, counts - done));
  settle(m.cpu.icount);
  m.engine.observed.byBlocks(null);
  m.run(100);
  expect([...executed.values()].reduce((sum, n) => sum + n, 0)).toBe(counts);
  return { executed: Object.fromEntries([...executed].sort(([a], [b]) => a - b)), exceptions };
}

it.each(ways)('a loop: %o', (way) => {
  const setting = { code: [ADD_X0_1, NOP, SUBS_X4_X4_1, B_NE_BACK_2, LOOP], x: { 4: 20 } };
  const executed = { [CODE]: 1, [CODE + 4]: 20, [CODE + 8]: 20, [CODE + 12]: 20, [CODE + 16]: 9 };
  expect(counted(setting, 70, way)).toEqual({ executed, exceptions: [] });
  expect(counted(setting, 70, way, 3)).toEqual({ executed, exceptions: [] });
});

it.each(ways)('what is left in its midst: %o', (way) => {
  const setting = { code: [NOP, SVC, LDR_X1_X0, NOP], el: 0 as const, x: { 0: UNMAPPED } };
  const vector = VECTORS + 0x400;
  const executed = { [CODE]: 1, [CODE + 4]: 1, [vector]: 2 };
  expect(counted(setting, 4, way)).toEqual({ executed, exceptions: ['1 sync at 8004'] });
  const faulting = counted({ code: [NOP, NOP, LDR_X1_X0, NOP], x: { 0: UNMAPPED } }, 4, way);
  const own = VECTORS + 0x200;
  expect(faulting).toEqual({
    executed: { [CODE]: 1, [CODE + 4]: 1, [own]: 2 },
    exceptions: ['2 sync at 8008'],
  });
});

it('begins anew with other numbers when all code is dropped, and is told so', () => {
  const m = machine64({ code: [ADD_X0_1, NOP, SUBS_X4_X4_1, B_NE_BACK_2, LOOP], x: { 4: 2000 } });
  let [entered, renumbered] = [0, 0];
  m.engine.observed.byBlocks({ entered: () => void entered++, renumbered: () => void renumbered++ });
  m.run(1000);
  const before = m.engine.observed.blocks.next;
  expect(before).toBeGreaterThan(0);
  m.engine.code.flush();
  m.engine.observed.dropped();
  expect(m.engine.observed.blocks.next).toBe(0);
  m.run(1000);
  expect(m.engine.observed.blocks.get(0)?.page).toBe(CODE);
  expect([entered > 500, renumbered]).toEqual([true, 1]);
});
