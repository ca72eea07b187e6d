import type { Board, Range } from '../boards/board.ts';
import { cells64, type FdtNode, node, reg64 } from './tree.ts';

/** Spaces of a PCI address's first cell (IEEE 1275 PCI bus binding, 2.2.1.1). */
const PCI_SPACE = { io: 0x0100_0000, memory: 0x0200_0000 } as const;
const PCI_PINS = 4;
/** Device numbers lie in these bits of a function's address. */
const PCI_DEVICE_SHIFT = 11;
const RIDS = 0x1_0000;
/**
 * Linux bindings: pci/host-generic-pci.yaml, pci/pci-msi.txt; what is in it is bhyve's (usr.sbin/bhyve/aarch64/fdt.c), but for the unit
 * address, which is that of its registers, and for coherence, which it does not mention.
 */
export function pciNodes({ pci }: Board, gic: number, spi: (intid: number) => readonly number[]): FdtNode[] {
  if (!pci) return [];
  const { ecam, memory, io, intids } = pci;
  const range = (space: number, { base, size }: Range): number[] => [space, ...cells64(base), ...reg64(base, size)];
  const map = Array.from({ length: PCI_PINS * PCI_PINS }, (_, n) => {
    const [device, pin] = [Math.floor(n / PCI_PINS), n % PCI_PINS];
    const intid = intids[(pin + device) % PCI_PINS] as number;
    return [device << PCI_DEVICE_SHIFT, 0, 0, pin + 1, gic, 0, 0, ...spi(intid)];
  });
  return [
    node(`pcie@${ecam.base.toString(16)}`, {
      compatible: 'pci-host-ecam-generic',
      device_type: 'pci',
      '#address-cells': 3,
      '#size-cells': 2,
      'bus-range': [0, 1],
      reg: reg64(ecam.base, ecam.size),
      ranges: [...range(PCI_SPACE.io, io), ...range(PCI_SPACE.memory, memory)],
      'dma-coherent': true,
      'msi-map': [0, gic, 0, RIDS],
      'msi-parent': gic,
      '#interrupt-cells': 1,
      'interrupt-map-mask': [(PCI_PINS - 1) << PCI_DEVICE_SHIFT, 0, 0, 7],
      'interrupt-map': map.flat(),
    }),
  ];
}
