// pci/: a PCI host bridge by ECAM and the functions behind it (PCI Local Bus Specification 3.0; PCI Express Base Specification 3.0, 7.2.2).

import { assert } from '../../base/assert.ts';
import { BadField, type Field, octets } from '../../base/fields.ts';

/** Offsets of a header of type 0 in bytes (PCI 3.0, 6.1). */
export const HEADER = {
  VendorID: 0x00,
  DeviceID: 0x02,
  Command: 0x04,
  Status: 0x06,
  RevisionID: 0x08,
  ClassCode: 0x09,
  CacheLineSize: 0x0c,
  LatencyTimer: 0x0d,
  HeaderType: 0x0e,
  BAR0: 0x10,
  BAR1: 0x14,
  BAR2: 0x18,
  BAR3: 0x1c,
  BAR4: 0x20,
  BAR5: 0x24,
  SubsystemVendorID: 0x2c,
  SubsystemID: 0x2e,
  CapabilitiesPointer: 0x34,
  InterruptLine: 0x3c,
  InterruptPin: 0x3d,
} as const;

const headerNames = Object.entries(HEADER).map(([name, at]) => ({ name, at }));

/** Command (PCI 3.0, 6.2.2). There are no I/O BARs, so that bit 0 is none. */
export const COMMAND = { memory: 1 << 1, busMaster: 1 << 2, parity: 1 << 6, serr: 1 << 8, interruptDisable: 1 << 10 };
const COMMAND_WRITABLE = Object.values(COMMAND).reduce((all, bit) => all | bit, 0);
/** Status (6.2.3). */
export const STATUS = { interrupt: 1 << 3, capabilities: 1 << 4 } as const;
/** Bytes of a function's configuration space that the guest reaches; of PCI Express' 4096 the rest is absent. */
export const CONFIG_BYTES = 256;
const FIRST_CAPABILITY = 0x40;
const BARS = 6;

/** A capability (6.7): what lies behind its ID and the pointer to the next. */
export interface Capability {
  readonly name: string;
  readonly id: number;
  readonly body: Uint8Array;
  /** Bits of the body that can be written; none where it is left out. */
  readonly writable?: Uint8Array;
}

interface Range {
  readonly at: number;
  readonly end: number;
}

/** What a function says of itself. */
export interface ConfigHeader {
  readonly vendor: number;
  readonly device: number;
  readonly revision: number;
  /** Base class, subclass and interface, 24 bits (PCI 3.0, appendix D). */
  readonly classCode: number;
  readonly subsystemVendor: number;
  readonly subsystem: number;
  /** 1 is INTA; 0 none. */
  readonly interruptPin: number;
  readonly command: number;
  /** 32 bits of memory, not prefetchable; `bytes` is a power of two, `base` where it lies at reset. */
  readonly bars: readonly { readonly bar: number; readonly bytes: number; readonly base: number }[];
  readonly capabilities: readonly Capability[];
}

/** The header and the capabilities of a function: bytes, of which some bits can be written. */
export class ConfigSpace {
  /** Saved by the function. */
  readonly bytes = new Uint8Array(CONFIG_BYTES);
  readonly field: Field<Uint8Array>;
  /** Derived from the header: bits that can be written. */
  readonly #writable: Uint8Array;
  readonly #view: DataView;
  readonly #places: ReadonlyMap<string, Range>;

  constructor(header: ConfigHeader) {
    this.#view = new DataView(this.bytes.buffer);
    this.#writable = new Uint8Array(CONFIG_BYTES);
    this.#fill(header);
    this.#places = this.#chain(header.capabilities);
    const [reset, writable] = [this.bytes.slice(), this.#writable];
    const all = octets(CONFIG_BYTES);
    this.field = {
      read(value, at) {
        const bytes = all.read(value, at);
        const fixed = bytes.findIndex((byte, i) => ((byte ^ (reset[i] as number)) & ~(writable[i] as number)) !== 0);
        if (fixed >= 0) throw new BadField(`${at}[${fixed}]`, 'bits that nobody can write');
        return bytes;
      },
    };
  }

  #fill(header: ConfigHeader): void {
    const view = this.#view;
    const writable = new DataView(this.#writable.buffer);
    view.setUint16(HEADER.VendorID, header.vendor, true);
    view.setUint16(HEADER.DeviceID, header.device, true);
    view.setUint16(HEADER.Command, header.command, true);
    view.setUint16(HEADER.Status, header.capabilities.length > 0 ? STATUS.capabilities : 0, true);
    view.setUint32(HEADER.RevisionID, (header.classCode << 8) | header.revision, true);
    for (const { bar, bytes, base } of header.bars) {
      view.setUint32(HEADER.BAR0 + 4 * bar, base, true);
      writable.setUint32(HEADER.BAR0 + 4 * bar, ~(bytes - 1), true);
    }
    view.setUint16(HEADER.SubsystemVendorID, header.subsystemVendor, true);
    view.setUint16(HEADER.SubsystemID, header.subsystem, true);
    // Software's own; a function without a pin has 255 there (6.2.4).
    view.setUint8(HEADER.InterruptLine, header.interruptPin === 0 ? 0xff : 0);
    view.setUint8(HEADER.InterruptPin, header.interruptPin);
    writable.setUint16(HEADER.Command, COMMAND_WRITABLE, true);
    writable.setUint8(HEADER.CacheLineSize, 0xff);
    writable.setUint8(HEADER.InterruptLine, 0xff);
  }

  /** Puts the capabilities one behind the other, each at a multiple of four. */
  #chain(capabilities: readonly Capability[]): Map<string, Range> {
    const places = new Map<string, Range>();
    let link: number = HEADER.CapabilitiesPointer;
    let at = FIRST_CAPABILITY;
    for (const { name, id, body, writable } of capabilities) {
      this.bytes[link] = at;
      this.bytes[at] = id;
      this.bytes.set(body, at + 2);
      if (writable) this.#writable.set(writable, at + 2);
      const end = at + ((body.length + 2 + 3) & ~3);
      places.set(name, { at, end });
      link = at + 1;
      at = end;
    }
    assert(at <= CONFIG_BYTES, 'capabilities fit');
    return places;
  }

  /** Where a capability begins. */
  at(capability: string): number | undefined {
    return this.#places.get(capability)?.at;
  }
  /** The capability that an offset is in, and where in it. */
  capabilityAt(offset: number): { readonly name: string; readonly offset: number } | undefined {
    for (const [name, { at, end }] of this.#places)
      if (offset >= at && offset < end) return { name, offset: offset - at };
    return undefined;
  }
  /** The header's register, or the capability, that an offset is in. */
  nameAt(offset: number): string | undefined {
    if (offset >= FIRST_CAPABILITY) return this.capabilityAt(offset)?.name;
    return headerNames.filter(({ at }) => at <= offset).at(-1)?.name;
  }

  /** 1, 2 or 4 bytes within the space. */
  read(offset: number, size: number): number {
    let value = 0;
    for (let i = size - 1; i >= 0; i--) value = (value << 8) | (this.bytes[offset + i] as number);
    return value >>> 0;
  }
  write(offset: number, size: number, value: number): void {
    for (let i = 0; i < size; i++) {
      const mask = this.#writable[offset + i] as number;
      const byte = (value >>> (8 * i)) & 0xff;
      this.bytes[offset + i] = ((this.bytes[offset + i] as number) & ~mask) | (byte & mask);
    }
  }

  get command(): number {
    return this.#view.getUint16(HEADER.Command, true);
  }
  /** What a BAR says. */
  bar(number: number): number {
    return number < BARS ? this.#view.getUint32(HEADER.BAR0 + 4 * number, true) : 0;
  }
}
