import { record } from '../../base/fields.ts';
import type { PlainMap } from '../../base/plain.ts';
import { copyState, type Stateful } from '../../base/stateful.ts';
import type { IrqLine } from '../bus/ports.ts';
import {
  type Capability,
  COMMAND,
  CONFIG_BYTES,
  type ConfigHeader,
  ConfigSpace,
  HEADER,
  STATUS,
} from './config-space.ts';
import {
  type MessagePort,
  MSIX_BAR_BYTES,
  Msix,
  type MsixState,
  msixCapability,
  msixFields,
  msixProblem,
} from './msix.ts';

/** BARs that a function has: its own registers, and the table of its messages. */
export const BAR = { registers: 0, msix: 1 } as const;

/** Bytes of an access to a BAR. */
export type BarAccess = 1 | 2 | 4;

/** What a function does beside configuration and interrupts. */
export interface FunctionBehind {
  /** Of the device, for traces. */
  readonly label: string;
  readonly header: Pick<ConfigHeader, 'vendor' | 'device' | 'revision' | 'classCode' | 'subsystemVendor' | 'subsystem'>;
  /** Of the BAR with its registers, a power of two; 0: it has none, no messages, and no pin. */
  readonly barBytes: number;
  readonly vectors: number;
  readonly capabilities: readonly Capability[];
  /** The level of its interrupt, as its pin would show it. */
  readonly level: boolean;
  read(offset: number, size: BarAccess): number;
  write(offset: number, size: BarAccess, value: number, vcpu: number): void;
  nameAt(offset: number): string | undefined;
  /** The function before it, by which it interrupts. */
  attach(before: PciFunction): void;
  /** What a read of a capability gives that is no bytes; `offset` from the capability's beginning. */
  readCapability?(name: string, offset: number): number | undefined;
  /** Likewise; whether it was a write that changes no bytes. */
  writeCapability?(name: string, offset: number, value: number, vcpu: number): boolean;
}

/** What a function is joined to. */
export interface FunctionPorts {
  /** Its number on the bus. */
  readonly slot: number;
  /** Where its BARs lie at reset. */
  readonly bases: { readonly registers: number; readonly msix: number };
  readonly pin: IrqLine;
  readonly message: MessagePort;
}

type FunctionState = { config: Uint8Array } & MsixState;

/** A function of a PCI bus: configuration space, BARs, and interrupts by its pin or by messages. */
export class PciFunction implements Stateful {
  readonly name: string;
  readonly version = 1;
  readonly slot: number;
  readonly behind: FunctionBehind;
  readonly config: ConfigSpace;
  readonly msix: Msix;
  readonly #pin: IrqLine;
  readonly #fields;

  constructor(behind: FunctionBehind, { slot, bases, pin, message }: FunctionPorts) {
    const { header, barBytes, vectors, capabilities } = behind;
    const isActive = barBytes > 0;
    this.name = `pci-${slot}`;
    this.slot = slot;
    this.behind = behind;
    this.#pin = pin;
    this.config = new ConfigSpace({
      ...header,
      interruptPin: isActive ? 1 : 0,
      // As bhyve leaves it where no firmware is to set it up (usr.sbin/bhyve/pci_emul.c, pci.enable_bars).
      command: isActive ? COMMAND.memory | COMMAND.busMaster : COMMAND.busMaster,
      bars: isActive
        ? [
            { bar: BAR.registers, bytes: barBytes, base: bases.registers },
            { bar: BAR.msix, bytes: MSIX_BAR_BYTES, base: bases.msix },
          ]
        : [],
      capabilities: isActive ? [...capabilities, msixCapability(vectors, BAR.msix)] : capabilities,
    });
    const control = (this.config.at('MSI-X') ?? 0) + 2;
    this.msix = new Msix(vectors, () => (isActive ? this.config.read(control, 2) : 0), message);
    this.#fields = record<FunctionState>({ config: this.config.field, ...msixFields(vectors) }, msixProblem);
    behind.attach(this);
  }

  // --- configuration space ---------------------------------------------------------------------------------------------
  /** 1, 2 or 4 aligned bytes; beyond the first 256 there are no capabilities. */
  readConfig(offset: number, size: number): number {
    if (offset >= CONFIG_BYTES) return offset === CONFIG_BYTES ? 0 : ones(size);
    const capability = this.config.capabilityAt(offset);
    const own = capability && this.behind.readCapability?.(capability.name, capability.offset);
    if (own !== undefined) return own;
    const value = this.config.read(offset, size);
    const status = this.behind.level ? STATUS.interrupt : 0;
    const shift = 8 * (HEADER.Status - offset);
    if (status === 0 || shift < 0 || shift >= 8 * size) return value;
    return (value | (status << shift)) >>> 0;
  }
  writeConfig(offset: number, size: number, value: number, vcpu: number): void {
    if (offset >= CONFIG_BYTES) return;
    const capability = this.config.capabilityAt(offset);
    if (capability && this.behind.writeCapability?.(capability.name, capability.offset, value, vcpu)) return;
    const before = this.asserts;
    this.config.write(offset, size, value);
    if (this.asserts !== before) this.#pin.set(!before);
    this.msix.changed();
  }
  // --- BARs ------------------------------------------------------------------------------------------------------------
  /** The BAR that has so many bytes at a guest-physical address, and where in it they are; none while memory is not decoded. */
  find(at: number, bytes: number): { readonly bar: number; readonly offset: number } | undefined {
    const { barBytes } = this.behind;
    if (barBytes === 0 || (this.config.command & COMMAND.memory) === 0) return undefined;
    for (const [bar, size] of [barBytes, MSIX_BAR_BYTES].entries()) {
      const offset = at - this.config.bar(bar);
      if (offset >= 0 && offset + bytes <= size) return { bar, offset };
    }
    return undefined;
  }
  readBar(bar: number, offset: number, size: BarAccess): number {
    return bar === BAR.msix ? this.msix.read(offset, size) : this.behind.read(offset, size);
  }
  writeBar(bar: number, offset: number, size: BarAccess, value: number, vcpu: number): void {
    if (bar === BAR.msix) this.msix.write(offset, size, value);
    else this.behind.write(offset, size, value, vcpu);
  }
  barNameAt(bar: number, offset: number): string | undefined {
    return bar === BAR.msix ? this.msix.nameAt(offset) : this.behind.nameAt(offset);
  }

  // --- interrupts ------------------------------------------------------------------------------------------------------
  /** Whether it asserts its pin: not while it sends messages, nor while that is turned off (PCI 3.0, 6.8.2.1 and 6.2.2). */
  get asserts(): boolean {
    return this.behind.level && this.#mayAssert;
  }
  get #mayAssert(): boolean {
    return !this.msix.isEnabled && (this.config.command & COMMAND.interruptDisable) === 0;
  }
  /** The level behind has changed. */
  levelChanged(): void {
    if (this.#mayAssert) this.#pin.set(this.behind.level);
  }

  // --- state -----------------------------------------------------------------------------------------------------------
  save(): PlainMap {
    return copyState<FunctionState>({ config: this.config.bytes, ...this.msix.state });
  }
  restore(saved: PlainMap): void {
    const { config, table, pending } = this.#fields.read(saved, '');
    this.config.bytes.set(config);
    Object.assign(this.msix.state, { table, pending });
  }
}

const ones = (size: number): number => (size === 4 ? 0xffff_ffff : (1 << (8 * size)) - 1);
