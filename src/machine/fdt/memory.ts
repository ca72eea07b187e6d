import { hex } from '../../base/bits.ts';
import { Failure } from '../../base/failure.ts';
import type { Range } from '../boards/board.ts';
import { type DeviceTree, encodeProperty, type FdtNode, node } from './tree.ts';

/** Cells of an address and of a size; Devicetree Specification v0.4, 2.3.5 has these defaults. */
const CELLS_DEFAULT = { address: 2, size: 1 } as const;
const CELLS_MAX = 4;
const CELL = 2n ** 32n;

interface Cells {
  readonly address: number;
  readonly size: number;
}

/** /memory nodes are children of the root (Devicetree Specification v0.4, 3.4). */
const isMemory = ({ name }: FdtNode): boolean => name === 'memory' || name.startsWith('memory@');

function cellsOf(root: FdtNode, name: string, where: string, otherwise: number): number {
  const value = root.properties.get(name);
  if (value === undefined) return otherwise;
  const cells = value.length === 4 ? new DataView(value.buffer, value.byteOffset).getUint32(0) : 0;
  if (cells < 1 || cells > CELLS_MAX)
    throw new Failure(
      `${where}: damaged device tree: ${name} of / is none of 1 to ${CELLS_MAX}; check it with dtc -I dtb`,
    );
  return cells;
}
const cellsOfRoot = (root: FdtNode, where: string): Cells => ({
  address: cellsOf(root, '#address-cells', where, CELLS_DEFAULT.address),
  size: cellsOf(root, '#size-cells', where, CELLS_DEFAULT.size),
});

function number(bytes: Uint8Array): bigint {
  return bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
}
function cellList(value: number, cells: number): number[] {
  return Array.from({ length: cells }, (_, i) => Number((BigInt(value) >> BigInt(32 * (cells - 1 - i))) % CELL));
}

/** The ranges of one `reg`, without empty ones; what is left over at its end is no range. */
function rangesOf(reg: Uint8Array, { address, size }: Cells): { readonly base: bigint; readonly size: bigint }[] {
  const [addressBytes, bytes] = [4 * address, 4 * (address + size)];
  const ranges = Array.from({ length: Math.floor(reg.length / bytes) }, (_, i) => {
    const range = reg.subarray(i * bytes, (i + 1) * bytes);
    return { base: number(range.subarray(0, addressBytes)), size: number(range.subarray(addressBytes)) };
  });
  return ranges.filter((range) => range.size !== 0n);
}

const sizeText = (bytes: bigint): string => (bytes % 2n ** 20n === 0n ? `${bytes / 2n ** 20n} MiB` : `${bytes} bytes`);

/**
 * A tree with the machine's RAM as its only memory, as the well-known `virt` machine's loader has it, which replaces the /memory of
 * a given tree; and what was done in words, where something was.
 * @param where what the tree is called in messages
 * @throws Failure where the tree has no numbers that could say where RAM is
 */
export function withMemory(
  tree: DeviceTree,
  ram: Range,
  where: string,
): { readonly tree: DeviceTree; readonly note?: string } {
  const { root } = tree;
  const cells = cellsOfRoot(root, where);
  const ranges = root.children
    .filter(isMemory)
    .flatMap(({ properties }) => rangesOf(properties.get('reg') ?? new Uint8Array(0), cells));
  const [only] = ranges;
  if (ranges.length === 1 && only?.base === BigInt(ram.base) && only.size === BigInt(ram.size)) return { tree };
  if (ram.base + ram.size > 2 ** (32 * cells.address) || ram.size >= 2 ** (32 * cells.size))
    throw new Failure(
      `${where}: its #address-cells and #size-cells cannot say ${sizeText(BigInt(ram.size))} at ${hex(ram.base)}; give less --memory, or 2 and 2 there`,
    );
  const reg = encodeProperty([...cellList(ram.base, cells.address), ...cellList(ram.size, cells.size)]);
  const memory = node(`memory@${ram.base.toString(16)}`, { device_type: 'memory', reg });
  const children = [...root.children.filter((child) => !isMemory(child)), memory];
  const ours = `${sizeText(BigInt(ram.size))} at ${hex(ram.base)}`;
  const theirs = ranges.map((range) => `${sizeText(range.size)} at ${hex(range.base)}`).join(', ');
  const note = `${where}: ${theirs === '' ? 'it has no memory' : `its memory is ${theirs}`}; the guest is given the machine's, ${ours}`;
  return { tree: { ...tree, root: { ...root, children } }, note };
}
