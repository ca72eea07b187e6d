import { describe, expect, it } from 'vitest';
import { withMemory } from './memory.ts';
import { type DeviceTree, encodeProperty, type FdtNode, node, type PropertyValue } from './tree.ts';

const RAM = { base: 0x4000_0000, size: 0x2000_0000 };

const memory = (name: string, reg: readonly number[]): FdtNode => node(name, { device_type: 'memory', reg });
const treeOf = (
  children: readonly FdtNode[],
  cells: { readonly [name: string]: PropertyValue } = { '#address-cells': 2, '#size-cells': 2 },
): DeviceTree => ({ reservations: [], bootCpu: 0, root: node('', cells, [node('cpus', {}), ...children]) });
const result = (tree: DeviceTree, ram = RAM) => {
  const { tree: made, note } = withMemory(tree, ram, 'F');
  const memories = made.root.children.filter(({ name }) => name.startsWith('memory'));
  return { note, memories: memories.map(({ name, properties }) => [name, properties.get('reg')]) };
};
const OURS = [['memory@40000000', encodeProperty([0, 0x4000_0000, 0, 0x2000_0000])]];

describe('a given tree', () => {
  it.each([
    ['without memory', [], 'F: it has no memory; '],
    ['with empty memory', [memory('memory', [0, 0, 0, 0])], 'F: it has no memory; '],
    [
      'with memory elsewhere',
      [memory('memory@80000000', [0, 0x8000_0000, 0, 0x2000_0000])],
      'F: its memory is 512 MiB at 0x80000000; ',
    ],
    [
      'with less memory, and more',
      [memory('memory@40000000', [0, 0x4000_0000, 0, 0x1000_0000]), memory('memory@50000000', [0, 0x5000_0000, 1, 0])],
      'F: its memory is 256 MiB at 0x40000000, 4096 MiB at 0x50000000; ',
    ],
  ])('%s is given the machine’s, and that is said', (_what, memories, note) => {
    expect(result(treeOf(memories))).toEqual({
      note: `${note}the guest is given the machine's, 512 MiB at 0x40000000`,
      memories: OURS,
    });
  });

  it("with the machine's memory stays as it is", () => {
    const tree = treeOf([memory('memory', [0, 0x4000_0000, 0, 0x2000_0000])]);
    expect(withMemory(tree, RAM, 'F')).toEqual({ tree });
  });

  it('is written in its own cells', () => {
    const one = treeOf([], { '#address-cells': 1, '#size-cells': 1 });
    expect(result(one).memories).toEqual([['memory@40000000', encodeProperty([0x4000_0000, 0x2000_0000])]]);
    expect(result(treeOf([], {})).memories).toEqual([
      ['memory@40000000', encodeProperty([0, 0x4000_0000, 0x2000_0000])],
    ]);
  });

  it.each([
    [{ '#address-cells': 0 }, RAM, /#address-cells of \/ is none of 1 to 4/],
    [{ '#address-cells': 1, '#size-cells': 'x' }, RAM, /#size-cells of \/ is none of 1 to 4/],
    [{ '#address-cells': 1, '#size-cells': 1 }, { base: 0x4000_0000, size: 2 ** 33 }, /cannot say 8192 MiB/],
  ])('whose cells are %j is refused where they cannot do', (cells, ram, why) => {
    expect(() => withMemory(treeOf([], cells), ram, 'F')).toThrow(why);
  });

  it('keeps everything else, whatever the memory nodes hold', () => {
    const odd = node('memory@0', { reg: Uint8Array.of(1, 2, 3) });
    const { tree } = withMemory(treeOf([odd, node('memory-controller@0', {})]), RAM, 'F');
    expect(tree.root.children.map(({ name }) => name)).toEqual(['cpus', 'memory-controller@0', 'memory@40000000']);
  });
});
