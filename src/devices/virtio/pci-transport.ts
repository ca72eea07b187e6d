import { integer, list, record } from '../../base/fields.ts';
import type { PlainMap } from '../../base/plain.ts';
import { copyState, putState, type Stateful } from '../../base/stateful.ts';
import type { Capability } from '../pci/config-space.ts';
import { BAR, type BarAccess, type FunctionBehind, type PciFunction } from '../pci/function.ts';
import { MSIX_BAR_BYTES } from '../pci/msix.ts';
import type { VirtioDevice } from './device.ts';
import { COMMON_BYTES, commonNameAt, type PciSide, readCommon, writeCommon } from './pci-registers.ts';

/** virtio 1.2, 4.1.2: a device's ID is 0x1040 and its type's. */
const VENDOR = 0x1af4;
const DEVICE_FIRST = 0x1040;
const REVISION = 1;
/** By the device's type, as bhyve has them (usr.sbin/bhyve/pci_virtio_*.c): network, storage, serial port, cryptography. */
const CLASS: Readonly<Record<number, number>> = { 1: 0x02_0000, 2: 0x01_0000, 3: 0x07_0000, 4: 0x10_0000 };
const CLASS_OTHER = 0xff_0000;

/** Structures in the BAR with the registers, each in a page of its own (4.1.4). */
const PAGE = 0x1000;
const AT = { common: 0, isr: PAGE, config: 2 * PAGE, notify: 3 * PAGE } as const;
const BAR_BYTES = 4 * PAGE;
const NOTIFY_BYTES = 4;
const CAP = { id: 0x09, common: 1, notify: 2, isr: 3, device: 4, access: 5 } as const;
/** Within the capability that reaches BARs by way of configuration space (4.1.4.9). */
const ACCESS = { name: 'virtio PCI access', bar: 4, offset: 8, length: 12, data: 16 } as const;
/** No vector (4.1.5.1.2). */
export const NO_VECTOR = 0xffff;

/** A virtio capability (4.1.4). */
function capability(name: string, type: number, at: number, bytes: number, more = 0, multiplier = 0): Capability {
  const body = new Uint8Array(14 + more);
  const view = new DataView(body.buffer);
  body[0] = 16 + more;
  body[1] = type;
  body[2] = BAR.registers;
  view.setUint32(6, at, true);
  view.setUint32(10, bytes, true);
  if (more > 0) view.setUint32(14, multiplier, true);
  return { name, id: CAP.id, body };
}
function capabilitiesOf(queues: number): Capability[] {
  const access = capability(ACCESS.name, CAP.access, 0, 0, 4);
  const writable = new Uint8Array(access.body.length);
  writable[ACCESS.bar - 2] = 0xff;
  writable.fill(0xff, ACCESS.offset - 2, ACCESS.data - 2);
  return [
    capability('virtio common', CAP.common, AT.common, COMMON_BYTES),
    capability('virtio notify', CAP.notify, AT.notify, NOTIFY_BYTES * queues, 4, NOTIFY_BYTES),
    capability('virtio ISR', CAP.isr, AT.isr, 1),
    capability('virtio device', CAP.device, AT.config, PAGE),
    { ...access, writable },
  ];
}

type VectorState = { config: number; queues: number[] };

/** A virtio device as a function of a PCI bus, modern (virtio 1.2, 4.1). */
export class PciTransport implements FunctionBehind, PciSide, Stateful {
  readonly name: string;
  readonly label: string;
  readonly version = 1;
  readonly device: VirtioDevice;
  readonly header: FunctionBehind['header'];
  readonly barBytes = BAR_BYTES;
  readonly vectors: number;
  readonly capabilities: readonly Capability[];
  readonly #state: VectorState;
  readonly #fields;
  /** Derived from the configuration. */
  #before: PciFunction | null = null;

  constructor(device: VirtioDevice) {
    const { deviceId, queues } = device.behind;
    const id = DEVICE_FIRST + deviceId;
    this.name = `${device.name}-pci`;
    this.label = device.name;
    this.device = device;
    this.header = {
      vendor: VENDOR,
      device: id,
      revision: REVISION,
      classCode: CLASS[deviceId] ?? CLASS_OTHER,
      subsystemVendor: VENDOR,
      subsystem: id,
    };
    this.vectors = queues.length + 1;
    this.capabilities = capabilitiesOf(queues.length);
    this.#state = { config: NO_VECTOR, queues: queues.map(() => NO_VECTOR) };
    const vector = integer(0, NO_VECTOR);
    this.#fields = record<VectorState>({ config: vector, queues: list(vector, queues.length) }, (s) => {
      if (s.config !== this.#possible(s.config)) return ['config', 'a vector that is not there'];
      return s.queues.every((one) => one === this.#possible(one))
        ? undefined
        : ['queues', 'a vector that is not there'];
    });
  }

  attach(before: PciFunction): void {
    this.#before = before;
  }

  // --- registers -------------------------------------------------------------------------------------------------------
  read(offset: number, size: BarAccess): number {
    const at = offset % PAGE;
    switch (offset - at) {
      case AT.common:
        return readCommon(this, at, size);
      case AT.isr:
        return at === 0 ? this.#takeStatus() : 0;
      case AT.config:
        return Number(this.device.readConfig(at, size));
      default:
        return 0;
    }
  }
  write(offset: number, size: BarAccess, value: number, vcpu: number): void {
    const { device } = this;
    const at = offset % PAGE;
    if (offset - at === AT.common) writeCommon(this, at, size, value);
    else if (offset - at === AT.notify) device.notified(Math.floor(at / NOTIFY_BYTES), vcpu);
    else if (offset - at === AT.config) device.writeConfig(at, BigInt(value));
    device.driveLine();
  }
  /** Reading the ISR status takes it (4.1.4.5). */
  #takeStatus(): number {
    const { state } = this.device;
    const status = state.interruptStatus;
    state.interruptStatus = 0;
    this.device.driveLine();
    return status;
  }
  nameAt(offset: number): string | undefined {
    const at = offset % PAGE;
    switch (offset - at) {
      case AT.common:
        return commonNameAt(at);
      case AT.isr:
        return 'ISR';
      case AT.config:
        return 'Config';
      default:
        return at < NOTIFY_BYTES * this.device.behind.queues.length
          ? `notify${Math.floor(at / NOTIFY_BYTES)}`
          : undefined;
    }
  }

  setStatus(value: number): void {
    this.device.setStatus(value);
    if (value !== 0) return;
    this.#state.config = NO_VECTOR;
    this.#state.queues.fill(NO_VECTOR);
  }
  #possible(vector: number): number {
    return vector < this.vectors ? vector : NO_VECTOR;
  }
  get configVector(): number {
    return this.#state.config;
  }
  set configVector(vector: number) {
    this.#state.config = this.#possible(vector);
  }
  get queueVector(): number {
    return this.#state.queues[this.device.state.queueSel] ?? NO_VECTOR;
  }
  set queueVector(vector: number) {
    const { queueSel } = this.device.state;
    if (queueSel < this.#state.queues.length) this.#state.queues[queueSel] = this.#possible(vector);
  }

  // --- BARs by way of configuration space --------------------------------------------------------------------------------
  readCapability(name: string, offset: number): number | undefined {
    if (name !== ACCESS.name || offset !== ACCESS.data) return undefined;
    const window = this.#window();
    return window === undefined ? 0 : window.before.readBar(window.bar, window.at, window.bytes);
  }
  writeCapability(name: string, offset: number, value: number, vcpu: number): boolean {
    if (name !== ACCESS.name || offset !== ACCESS.data) return false;
    const window = this.#window();
    if (window === undefined) return true;
    const { before, bar, at, bytes } = window;
    before.writeBar(bar, at, bytes, bytes === 4 ? value : value & ((1 << (8 * bytes)) - 1), vcpu);
    return true;
  }
  /** What the capability's fields name; undefined where that is nothing (4.1.4.9.1). */
  #window(): { readonly before: PciFunction; bar: number; at: number; bytes: BarAccess } | undefined {
    const before = this.#before;
    const start = before?.config.at(ACCESS.name);
    if (before === null || start === undefined) return undefined;
    const bar = before.config.read(start + ACCESS.bar, 1);
    const at = before.config.read(start + ACCESS.offset, 4);
    const bytes = before.config.read(start + ACCESS.length, 4);
    const size = bar === BAR.registers ? BAR_BYTES : bar === BAR.msix ? MSIX_BAR_BYTES : 0;
    if ((bytes !== 1 && bytes !== 2 && bytes !== 4) || at % bytes !== 0 || at + bytes > size) return undefined;
    return { before, bar, at, bytes };
  }

  // --- interrupts ------------------------------------------------------------------------------------------------------
  get level(): boolean {
    return this.device.state.line;
  }
  levelChanged(): void {
    this.#before?.levelChanged();
  }
  /** Sends the message of a queue, or of a change of the configuration (4.1.5.1.4). */
  signal(what: number | 'config'): void {
    this.#before?.msix.signal(this.#vectorOf(what));
  }
  #vectorOf(what: number | 'config'): number {
    return what === 'config' ? this.#state.config : (this.#state.queues[what] ?? NO_VECTOR);
  }
  /** The message by which a queue interrupts, where it is by one. */
  messageOf(queue: number): { readonly address: bigint; readonly data: number } | undefined {
    const msix = this.#before?.msix;
    const vector = this.#vectorOf(queue);
    return msix?.isEnabled && vector < msix.vectors ? msix.message(vector) : undefined;
  }

  // --- state -----------------------------------------------------------------------------------------------------------
  save(): PlainMap {
    return copyState(this.#state);
  }
  restore(saved: PlainMap): void {
    putState(this.#state, this.#fields, saved);
  }
}
