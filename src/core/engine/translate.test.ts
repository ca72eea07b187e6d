import { describe, expect, it } from 'vitest';
import type { FrontEnd } from '../decode/front-end.ts';
import { Builder } from '../ir/builder.ts';
import type { TranslationConfig } from '../ir/config.ts';
import { ExitReason } from '../state/codes.ts';
import { blockAt, EmittedCode } from '../wasm/emission.fixture.ts';
import { liftBlock, NODES_A_BLOCK, TranslationBounds } from './translate.ts';

const config = {
  el: 1,
  sctlr: 0,
  single: false,
  it: 0,
  straddle: -1,
  fpexc: false,
  observed: 'nothing',
} as TranslationConfig;
/** More than any instruction has. */
const NODES_AN_INSTRUCTION = 300;

/** Adds to X0, so many times in each instruction. */
const frontEnd: FrontEnd = {
  builder: () => new Builder(config),
  canStart: () => true,
  lift: (ir) => {
    ir.next = ir.offset + 4;
    for (let n = 0; n < NODES_AN_INSTRUCTION; n++) ir.setX(0, ir.add(ir.x(0), ir.x(1)));
    return 'next';
  },
};
const nothing = { word: () => 0, half: () => 0 };

describe('a block', () => {
  it('ends with so many nodes, however few its instructions are', () => {
    const { nodes, offsets } = liftBlock(frontEnd, new Builder(config), new TranslationBounds(), nothing, 0);
    expect(nodes.length).toBeGreaterThanOrEqual(NODES_A_BLOCK);
    expect(nodes.length).toBeLessThan(NODES_A_BLOCK + 2 * NODES_AN_INSTRUCTION);
    expect(offsets.length).toBe(Math.ceil(NODES_A_BLOCK / NODES_AN_INSTRUCTION));
  });

  it('of one expression as deep as it may be can be emitted', () => {
    const code = new EmittedCode();
    const deep = NODES_A_BLOCK + NODES_AN_INSTRUCTION;
    code.install([
      blockAt(0, (ir) => {
        for (let n = 0; n < deep; n++) ir.setX(0, ir.add(ir.x(0), ir.x(1)));
        ir.exitAfter(ExitReason.reconsider);
      }),
    ]);
    code.cpu.setX(1, 3n);
    code.run(1);
    expect(code.x(0)).toBe(3n * BigInt(deep));
  });
});
