import { PAGE_BYTES } from '../../base/page.ts';
import type { StoredModule } from './kept-modules.ts';
import type { Extent } from './regions.ts';

/**
 * A region of a module: good where the same page holds the same code (DDI 0487, B2.4.4, asks for less), in a machine that has the store's
 * places.
 */
export interface StoredRegion {
  readonly of: StoredModule;
  readonly slot: number;
  readonly cells: readonly number[];
  readonly extents: readonly Extent[];
  /** The bytes of its blocks, one after the other. */
  readonly code: Uint8Array;
}

/** How many bytes a block has in its page; what a T32 instruction has of the next one is in the configuration. */
export const codeBytes = ({ from, to }: Pick<Extent, 'from' | 'to'>): number => Math.min(to, PAGE_BYTES) - from;

/** The bytes of blocks in a page. */
export function codeOf(extents: readonly Extent[], page: Uint8Array): Uint8Array {
  const code = new Uint8Array(extents.reduce((sum, extent) => sum + codeBytes(extent), 0));
  let at = 0;
  for (const extent of extents) {
    code.set(page.subarray(extent.from, extent.from + codeBytes(extent)), at);
    at += codeBytes(extent);
  }
  return code;
}

/** Whether the page holds that code. */
export function isOf({ extents, code }: StoredRegion, page: Uint8Array): boolean {
  let at = 0;
  for (const extent of extents) {
    const end = extent.from + codeBytes(extent);
    for (let offset = extent.from; offset < end; offset++, at++) if (page[offset] !== code[at]) return false;
  }
  return true;
}
