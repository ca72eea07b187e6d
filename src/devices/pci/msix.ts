import { assert } from '../../base/assert.ts';
import { flag, list, u32 } from '../../base/fields.ts';
import type { Capability } from './config-space.ts';

const CAPABILITY_ID = 0x11;
const ENTRY_BYTES = 16;
/** Vector Control (PCI 3.0, 6.8.2.9). */
const ENTRY_MASKED = 1;
/** Message Control (6.8.2.3). */
const CONTROL = { functionMask: 1 << 14, enable: 1 << 15 } as const;
/** Where the pending bits are in the BAR, behind the table. */
const PBA_AT = 0x1000;
/** Bytes of the BAR with table and pending bits. */
export const MSIX_BAR_BYTES = 0x2000;

/** A write of 32 bits that a function makes to interrupt. */
export type MessagePort = (address: bigint, data: number) => void;

/** Everything that a table holds, but for Message Control, which is in the configuration space. */
export type MsixState = {
  /** Four words a vector: address, its upper half, data, Vector Control. */
  table: number[];
  pending: boolean[];
};

/** What a saved state may hold. */
export const msixFields = (vectors: number) => ({ table: list(u32, 4 * vectors), pending: list(flag, vectors) });
/** What is wrong with one, and where. */
export function msixProblem({ table }: MsixState): readonly ['table', string] | undefined {
  const wrong = table.findIndex((word, i) => word !== storable(i, word));
  return wrong < 0 ? undefined : ['table', `word ${wrong} has bits that nobody can write`];
}
/** Addresses are of words; of Vector Control there is the mask alone. */
const storable = (word: number, value: number): number =>
  word % 4 === 0 ? (value & ~3) >>> 0 : word % 4 === 3 ? value & ENTRY_MASKED : value;

/** The capability of a table in a BAR (PCI 3.0, 6.8.2). */
export function msixCapability(vectors: number, bar: number): Capability {
  const body = new Uint8Array(10);
  const view = new DataView(body.buffer);
  view.setUint16(0, vectors - 1, true);
  view.setUint32(2, bar, true);
  view.setUint32(6, PBA_AT | bar, true);
  const writable = new Uint8Array(10);
  new DataView(writable.buffer).setUint16(0, CONTROL.enable | CONTROL.functionMask, true);
  return { name: 'MSI-X', id: CAPABILITY_ID, body, writable };
}

/** A function's MSI-X: its table, and what waits to be sent (PCI 3.0, 6.8). */
export class Msix {
  readonly vectors: number;
  /** Saved by the function. */
  readonly state: MsixState;
  readonly #control: () => number;
  readonly #send: MessagePort;

  /** @param control Message Control, as it is now */
  constructor(vectors: number, control: () => number, send: MessagePort) {
    assert(ENTRY_BYTES * vectors <= PBA_AT, 'the table ends before the pending bits');
    this.vectors = vectors;
    this.#control = control;
    this.#send = send;
    this.state = {
      table: Array.from({ length: 4 * vectors }, (_, word) => (word % 4 === 3 ? ENTRY_MASKED : 0)),
      pending: Array.from({ length: vectors }, () => false),
    };
  }

  get isEnabled(): boolean {
    return (this.#control() & CONTROL.enable) !== 0;
  }
  #isMasked(vector: number): boolean {
    return (this.#control() & CONTROL.functionMask) !== 0 || (this.#word(vector, 3) & ENTRY_MASKED) !== 0;
  }
  #word(vector: number, word: number): number {
    return this.state.table[4 * vector + word] as number;
  }

  /** Sends a vector's message, or has it wait until that is allowed. */
  signal(vector: number): void {
    if (!this.isEnabled || vector >= this.vectors) return;
    if (this.#isMasked(vector)) this.state.pending[vector] = true;
    else this.#deliver(vector);
  }
  #deliver(vector: number): void {
    this.state.pending[vector] = false;
    const { address, data } = this.message(vector);
    this.#send(address, data);
  }
  /** What a vector's message is. */
  message(vector: number): { readonly address: bigint; readonly data: number } {
    const address = (BigInt(this.#word(vector, 1)) << 32n) | BigInt(this.#word(vector, 0));
    return { address, data: this.#word(vector, 2) };
  }
  /** Sends what has waited and may go now: table or Message Control was written. */
  changed(): void {
    if (!this.isEnabled) return;
    for (let vector = 0; vector < this.vectors; vector++)
      if (this.state.pending[vector] && !this.#isMasked(vector)) this.#deliver(vector);
  }

  /** By 4 bytes, aligned (6.8.2: other accesses are undefined, here all ones and ignored). */
  read(offset: number, size: number): number {
    if (size !== 4 || offset % 4 !== 0) return 0xffff_ffff;
    if (offset < PBA_AT) return this.state.table[offset / 4] ?? 0;
    const first = 8 * (offset - PBA_AT);
    let word = 0;
    for (let bit = 0; bit < 32; bit++) if (this.state.pending[first + bit]) word |= 1 << bit;
    return word >>> 0;
  }
  write(offset: number, size: number, value: number): void {
    if (size !== 4 || offset % 4 !== 0 || offset >= ENTRY_BYTES * this.vectors) return;
    const word = offset / 4;
    this.state.table[word] = storable(word, value);
    this.changed();
  }
  nameAt(offset: number): string {
    return offset < PBA_AT ? `MSI-X table${Math.floor(offset / ENTRY_BYTES)}` : 'MSI-X PBA';
  }
}
