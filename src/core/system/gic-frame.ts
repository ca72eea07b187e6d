import type { PeState } from '../state/pe-state.ts';
import type { GicVirtualInterface } from './gic-virtual-interface.ts';

/** What the memory-mapped registers of GICv2 are views of: the CPU's cells, and the interface that acts on them. */
export interface GicFrame {
  readonly cpu: PeState;
  readonly gic: GicVirtualInterface;
}
