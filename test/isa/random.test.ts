// Random code of AArch32 at EL0, UNPREDICTABLE and UNDEFINED instructions included: however it is cut and translated, it
// computes the same.

import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { PAGE_BYTES } from '../../src/base/page.ts';
import { plainText } from '../../src/base/plain.ts';
import { Prng } from '../../src/base/prng.ts';
import { saveCpu } from '../../src/core/snapshot.ts';
import * as cells from '../../src/core/state/cells.ts';
import { PagedPlatform } from '../../tools/conformance/paged-platform.ts';
import { defaultWindow, layout } from '../../tools/conformance/vector.ts';

const PROGRAMS = 200;
const UNITS = 64;
const INSTRUCTIONS = 60;
const UDF_A32 = 0xe7fd_def1;
const UDF_T32 = 0xdef1_def1;
const IT = 0xbf00;

/** Runs in pieces of so many instructions, where a block is evaluated so often before it is translated. */
interface Way {
  readonly piece: number;
  readonly evaluations: number;
}
const ways: readonly Way[] = [
  { piece: INSTRUCTIONS, evaluations: 0 },
  { piece: INSTRUCTIONS, evaluations: Number.POSITIVE_INFINITY },
  { piece: INSTRUCTIONS, evaluations: 1 },
  { piece: 1, evaluations: 0 },
  { piece: 3, evaluations: 0 },
];

interface Program {
  readonly thumb: boolean;
  readonly code: readonly number[];
  readonly at: number;
  readonly registers: readonly number[];
  readonly cpsr: number;
}

/** Registers mostly point into the window; the code lies about the end of a page. */
function programOf(random: Prng, thumb: boolean): Program {
  const below = (limit: number): number => Number(random.next64() % BigInt(limit));
  const word = (): number => below(2 ** 32);
  const conditional = (): number => ((word() & 0x0fff_ffff) | ((below(3) ? 0xe : below(15)) << 28)) >>> 0;
  const half = (): number => (below(8) ? word() & 0xffff : IT | (word() & 0xff));
  const register = (): number =>
    [layout.window + 4 * below(1024), layout.window + 4 * below(1024), word()][below(3)] ?? 0;
  return {
    thumb,
    code: Array.from({ length: UNITS }, thumb ? half : conditional),
    at: layout.codePage + 0xf80 + 4 * below(32),
    registers: Array.from({ length: 15 }, register),
    cpsr: word() & 0xf80f_0000,
  };
}

const initialWindow = defaultWindow();

function outcomeOf(platform: PagedPlatform, { thumb, code, at, registers, cpsr }: Program, { piece }: Way) {
  const { cpu } = platform;
  const codePages = cells.HOST_MEMORY + platform.codePagesAt;
  cpu.u32.fill(thumb ? UDF_T32 : UDF_A32, codePages >>> 2, (codePages >>> 2) + 1024 * layout.codePages);
  const place = (codePages + at - layout.codePage) / (thumb ? 2 : 4);
  (thumb ? new Uint16Array(cpu.memory.buffer) : cpu.u32).set(code, place);
  for (let page = 0; page < layout.codePages; page++)
    platform.engine.code.invalidate(platform.codePagesAt / PAGE_BYTES + page);
  const window = cpu.u8.subarray(cells.HOST_MEMORY + platform.windowAt).subarray(0, layout.windowBytes);
  window.set(initialWindow);
  cpu.u8.fill(0, cells.V, cells.V + 512);
  for (const cell of [cells.FPCR, cells.FPSR]) cpu.set32(cell, 0);
  for (const [n, value] of registers.entries()) cpu.set64(cells.X + 8 * n, BigInt(value));
  platform.begin32(at, thumb, cpsr);
  const start = cpu.icount;
  let { reason } = platform.run(piece);
  for (let left = INSTRUCTIONS - piece; reason === 'none' && left > 0; left -= piece)
    ({ reason } = platform.run(piece));
  const { icount: _icount, ...saved } = saveCpu(cpu);
  const state = createHash('sha1').update(plainText(saved)).update(window).digest('hex');
  return { reason, count: cpu.icount - start, pc: cpu.pc, state };
}

describe.each([
  ['a32', false],
  ['t32', true],
] as const)('%s', (_name, thumb) => {
  it('computes the same in every way', () => {
    const platforms = ways.map((way) => {
      const platform = new PagedPlatform();
      platform.engine.bounds.evaluations = way.evaluations;
      return platform;
    });
    const random = new Prng(32n);
    let executed = 0;
    for (let i = 0; i < PROGRAMS; i++) {
      const program = programOf(random, thumb);
      const [first, ...others] = ways.map((way, w) => outcomeOf(platforms[w] as PagedPlatform, program, way));
      // WFI stops the engine before the count.
      if (others.some((o) => o.reason === 'none')) continue;
      for (const [w, other] of others.entries()) expect([i, w + 1, other]).toEqual([i, w + 1, first]);
      executed += first?.count ?? 0;
    }
    expect(executed).toBeGreaterThan(2 * PROGRAMS);
  });
});
