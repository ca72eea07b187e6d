// fwcfg/: QEMU's firmware configuration device, by which firmware learns of its machine.

import { integer, record, u32 } from '../../base/fields.ts';
import type { PlainMap } from '../../base/plain.ts';
import { copyState, putState, type Stateful } from '../../base/stateful.ts';
import type { AccessSize, MmioDevice } from '../bus/mmio-bus.ts';
import type { DmaPort } from '../bus/ports.ts';

/** Registers (QEMU docs/specs/fw_cfg.rst, "Register locations", Arm): all are big-endian, but for the data, which has no order. */
const Register = { data: 0x00, selector: 0x08, dma: 0x10 } as const;
const SIZE = 0x18;
/** What the DMA register reads as: "QEMU CFG". */
const DMA_SIGNATURE = 0x51454d5520434647n;

/** Bits of a request's control word. */
const Control = { error: 1 << 0, read: 1 << 1, skip: 1 << 2, select: 1 << 3, write: 1 << 4 } as const;
const REQUEST_BYTES = 16;
/** Zeros that follow an item's end are written so many at a time. */
const PIECE_BYTES = 64 * 1024;
const NOTHING = new Uint8Array(0);

interface FwCfgState {
  selector: number;
  /** Of the next byte in the item. */
  offset: number;
  /** The upper half of the next request's address. */
  dmaHigh: number;
}

const swapped = (value: bigint, size: AccessSize): bigint => {
  let out = 0n;
  for (let i = 0; i < size; i++) out = (out << 8n) | ((value >> BigInt(8 * i)) & 0xffn);
  return out;
};

/** fw_cfg by MMIO, with DMA. It only tells: no item can be written. */
export class FwCfg implements MmioDevice, Stateful {
  readonly name = 'fw-cfg';
  readonly version = 1;
  readonly size = SIZE;
  readonly reachesMemory = true;
  readonly #items: ReadonlyMap<number, Uint8Array>;
  readonly #dma: DmaPort;
  readonly #state: FwCfgState = { selector: 0, offset: 0, dmaHigh: 0 };

  /** @param items by selector */
  constructor(items: ReadonlyMap<number, Uint8Array>, dma: DmaPort) {
    this.#items = items;
    this.#dma = dma;
  }

  registerName(offset: number): string {
    return offset < Register.selector ? 'data' : offset < Register.dma ? 'selector' : 'dma';
  }

  read(offset: number, size: AccessSize): bigint {
    if (offset >= Register.dma) {
      const from = BigInt(8 * (offset - Register.dma));
      return swapped((DMA_SIGNATURE >> (64n - BigInt(8 * size) - from)) & ((1n << BigInt(8 * size)) - 1n), size);
    }
    // The bytes of a wide read are in memory's order.
    return offset >= Register.selector ? 0n : this.#take(size).reduceRight((v, byte) => (v << 8n) | BigInt(byte), 0n);
  }

  write(offset: number, size: AccessSize, value: bigint): void {
    const state = this.#state;
    const ordered = swapped(value, size);
    if (offset === Register.selector && size === 2) this.#select(Number(ordered));
    else if (offset === Register.dma && size === 8) this.#request(ordered);
    else if (offset === Register.dma && size === 4) state.dmaHigh = Number(ordered);
    else if (offset === Register.dma + 4 && size === 4) this.#request((BigInt(state.dmaHigh) << 32n) | ordered);
  }

  get #item(): Uint8Array {
    return this.#items.get(this.#state.selector) ?? NOTHING;
  }
  #select(selector: number): void {
    Object.assign(this.#state, { selector, offset: 0 });
  }
  /** The item's next bytes, as many as there are. */
  #next(count: number): Uint8Array {
    const { offset } = this.#state;
    this.#skip(count);
    return this.#item.subarray(offset, this.#state.offset);
  }
  /** The same with zeros behind the item's end. */
  #take(count: number): Uint8Array {
    const out = new Uint8Array(count);
    out.set(this.#next(count));
    return out;
  }
  #skip(count: number): void {
    this.#state.offset = Math.min(this.#item.length, this.#state.offset + count);
  }

  /** A request lies at this address: control, length, address; its control word becomes 0 when it is done. */
  #request(at: bigint): void {
    this.#state.dmaHigh = 0;
    const bytes = this.#dma.read(at, REQUEST_BYTES);
    if (bytes === undefined) return;
    const view = new DataView(bytes.buffer, bytes.byteOffset, REQUEST_BYTES);
    const control = view.getUint32(0);
    const [length, to] = [view.getUint32(4), view.getBigUint64(8)];
    if ((control & Control.select) !== 0) this.#select(control >>> 16);
    const isDone = this.#transfer(control, length, to);
    this.#dma.write(at, Uint8Array.of(0, 0, 0, isDone ? 0 : Control.error));
  }
  #transfer(control: number, length: number, to: bigint): boolean {
    if ((control & Control.read) !== 0) return this.#copy(length, to);
    if ((control & Control.write) !== 0) return false;
    if ((control & Control.skip) !== 0) this.#skip(length);
    return true;
  }
  #copy(length: number, to: bigint): boolean {
    if (length === 0) return true;
    if (this.#dma.read(to, length) === undefined) return false;
    const bytes = this.#next(length);
    if (bytes.length > 0 && !this.#dma.write(to, bytes)) return false;
    for (let at = bytes.length; at < length; at += PIECE_BYTES)
      if (!this.#dma.write(to + BigInt(at), new Uint8Array(Math.min(PIECE_BYTES, length - at)))) return false;
    return true;
  }

  save(): PlainMap {
    return copyState(this.#state);
  }
  restore(saved: PlainMap): void {
    const fields = record<FwCfgState>(
      { selector: integer(0, 0xffff), offset: u32, dmaHigh: u32 },
      ({ selector, offset }) =>
        offset > (this.#items.get(selector)?.length ?? 0) ? ['offset', "beyond the item's end"] : undefined,
    );
    putState(this.#state, fields, saved);
  }
}
