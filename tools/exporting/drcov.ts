import type { CodeImage } from '../../src/explain/code-images.ts';
import type { ExecutedRun } from '../../src/explain/executed-code.ts';
import type { Pieces } from './export-source.ts';

/** What of an image was executed. */
export interface CoveredImage {
  readonly image: CodeImage;
  /** In ascending order, without overlaps. */
  readonly runs: readonly ExecutedRun[];
}

/** A block's size has 16 bits, a module's number too; what is larger is several blocks. */
const SIZE_MAX = 0xfffc;
const MODULES_MAX = 0xffff;
const OFFSET_MAX = 0xffff_ffffn;
const BLOCK_BYTES = 8;
/** Blocks of a piece. */
const PIECE_BLOCKS = 1 << 13;

const hex = (value: bigint, digits: number): string => `0x${value.toString(16).padStart(digits, '0')}`;
/** A name may not part columns. */
const pathOf = ({ name }: CodeImage): string => name.replace(/[,\r\n]/g, '_');

/**
 * Coverage as DynamoRIO's drcov logs it, version 2: a table of modules, and of each block its offset in a module, its size and the
 * module's number, in binary. Lighthouse, Binary Ninja's, Ghidra's and Cutter's plug-ins read it. (DynamoRIO, ext/drcovlib; modules'
 * addresses are those at which the guest had them.)
 */
export function* drcov(covered: readonly CoveredImage[], flavor: string): Pieces {
  const modules = covered.slice(0, MODULES_MAX);
  yield `DRCOV VERSION: 2\nDRCOV FLAVOR: ${flavor}\n`;
  yield `Module Table: version 2, count ${modules.length}\nColumns: id, base, end, entry, path\n`;
  for (const [id, { image }] of modules.entries()) {
    const [base, end] = [image.from, image.to].map((at) => hex(BigInt.asUintN(64, at + image.slide), 16));
    yield `${id}, ${base}, ${end}, ${hex(0n, 16)}, ${pathOf(image)}\n`;
  }
  const blocks = [...blocksOf(modules)];
  yield `BB Table: ${blocks.length} bbs\n`;
  for (let from = 0; from < blocks.length; from += PIECE_BLOCKS) {
    const piece = blocks.slice(from, from + PIECE_BLOCKS);
    const bytes = Buffer.alloc(BLOCK_BYTES * piece.length);
    for (const [n, { offset, size, id }] of piece.entries()) {
      bytes.writeUInt32LE(offset, BLOCK_BYTES * n);
      bytes.writeUInt16LE(size, BLOCK_BYTES * n + 4);
      bytes.writeUInt16LE(id, BLOCK_BYTES * n + 6);
    }
    yield bytes;
  }
}

/** What was executed in one piece, however often, is one block. */
function* blocksOf(modules: readonly CoveredImage[]): Generator<{ offset: number; size: number; id: number }> {
  for (const [id, { image, runs }] of modules.entries()) {
    for (let n = 0; n < runs.length; ) {
      const from = (runs[n] as ExecutedRun).from;
      let { to } = runs[n++] as ExecutedRun;
      while (runs[n]?.from === to) ({ to } = runs[n++] as ExecutedRun);
      for (let at = from; at < to && at - image.from <= OFFSET_MAX; at += BigInt(SIZE_MAX)) {
        const size = to - at < BigInt(SIZE_MAX) ? Number(to - at) : SIZE_MAX;
        yield { offset: Number(at - image.from), size, id };
      }
    }
  }
}
