// vgic/: the virtual GIC, versions 2 and 3: its state, its frames, the list registers that show it to a vCPU.

import { assert } from '../../../base/assert.ts';
import { BadField, bitsOf, type Field, flag, integer, list, octets, record, u32 } from '../../../base/fields.ts';
import type { PlainMap } from '../../../base/plain.ts';
import { copyState, putState, type Stateful } from '../../../base/stateful.ts';
import type { IrqLine } from '../../../devices/bus/ports.ts';
import { type EventSink, IrqSource, irqLine } from '../../../trace/events/index.ts';

/** What a virtual GIC is made for. */
export interface VgicConfig {
  /** Of the GIC architecture; 3 where absent. */
  readonly version?: 2 | 3;
  readonly vcpus: number;
  /** INTIDs from 0 on: a multiple of 32, or 1020, which is all. */
  readonly intids: number;
  readonly events: EventSink;
  readonly icount: () => number;
  /** Called before a line changes from outside: brings the model up to what the guest has done by then. */
  readonly catchUp?: () => void;
}

/** GICD_CTLR bits of a distributor with one security state (IHI 0069, 12.9.4; IHI 0048B, 4.3.1). */
export const GicdCtlr = { enableGroup0: 1, enableGroup1: 2 } as const;

/** SGIs and PPIs, which each vCPU has for itself: INTIDs 0 to 31 (IHI 0069, 2.2). */
export const PRIVATE_INTIDS = 32;
/** Those that a GIC without LPIs has at most; the four behind them are special (IHI 0069, 2.2). */
const INTIDS_MAX = 1020;
/** SGIs: INTIDs 0 to 15. */
export const SGI_INTIDS = 16;
/** Priority bits that the virtual CPU interface has: 5, as a Cortex-A57's. */
export const PRIORITY_MASK = 0xf8;
/** GICD_IROUTER.Interrupt_Routing_Mode in the low word. */
const ROUTE_ANY = 0x8000_0000;

/** By slot, where nothing else is said. */
interface VgicState {
  ctlr: number;
  enabled: Uint8Array;
  /** 1: pending by an edge, by software or by message. Of GICv2's SGIs: a bit a vCPU that sent it. */
  latch: Uint8Array;
  /** 1: active. Of GICv2's SGIs: 1 + the vCPU that sent it. */
  active: Uint8Array;
  /** Level of the input line. */
  line: Uint8Array;
  /** 1: a message (GICD_SETSPI_NSR) holds a level-sensitive interrupt high, until another takes it back. */
  message: Uint8Array;
  edge: Uint8Array;
  priority: Uint8Array;
  group: Uint8Array;
  /** The vCPU whose CPU interface holds the active state. */
  activeOn: Uint8Array;
  /** GICD_IROUTER's low word of each shared interrupt; Aff3 is 0 everywhere. GICv2: its GICD_ITARGETSR. */
  route: number[];
  routeHigh: number[];
  /** GICR_WAKER.ProcessorSleep, a vCPU each. */
  asleep: boolean[];
  /** The list of this vCPU changed since its list registers were loaded. */
  dirty: Uint8Array;
}

/**
 * The state of every interrupt of a VM. A *slot* is one interrupt's place in the arrays: 32 private ones a vCPU, then
 * the shared ones. Every change goes through `#changed`, which keeps the vCPUs' lists of what can go into list registers.
 */
export class Vgic implements Stateful {
  readonly name = 'vgic';
  readonly version = 1;
  readonly vcpus: number;
  readonly intids: number;
  readonly #version: 2 | 3;
  readonly #events: EventSink;
  readonly #icount: () => number;
  /** Brings the model up to what the guest has done by now. */
  readonly catchUp: () => void;
  readonly #state: VgicState;
  readonly #fields: Field<VgicState>;
  /** vCPU + 1 whose list holds the slot; like the lists derived from the state. */
  readonly #listed: Uint8Array;
  /** Derived. */
  readonly #lists: number[][];

  constructor(config: VgicConfig) {
    const { vcpus, intids } = config;
    const isWhole = intids % 32 === 0 && intids <= 992;
    assert(intids > PRIVATE_INTIDS && (isWhole || intids === INTIDS_MAX), 'INTIDs come in blocks of 32');
    this.vcpus = vcpus;
    this.intids = intids;
    this.#version = config.version ?? 3;
    this.#events = config.events;
    this.#icount = config.icount;
    this.catchUp = config.catchUp ?? (() => {});
    const slots = vcpus * PRIVATE_INTIDS + intids - PRIVATE_INTIDS;
    const bytes = (): Uint8Array => new Uint8Array(slots);
    this.#state = {
      ctlr: 0,
      enabled: bytes(),
      latch: bytes(),
      active: bytes(),
      line: bytes(),
      message: bytes(),
      edge: bytes(),
      priority: bytes(),
      group: bytes(),
      activeOn: bytes(),
      route: new Array<number>(intids - PRIVATE_INTIDS).fill(0),
      routeHigh: new Array<number>(intids - PRIVATE_INTIDS).fill(0),
      asleep: new Array<boolean>(vcpus).fill(true),
      dirty: new Uint8Array(vcpus).fill(1),
    };
    this.#fields = record<VgicState>({
      ctlr: bitsOf(GicdCtlr.enableGroup0 | GicdCtlr.enableGroup1),
      enabled: octets(slots, 1),
      latch: this.#perSlot(slots, (slot) => (this.#isFromSources(slot) ? 2 ** vcpus - 1 : 1)),
      active: this.#perSlot(slots, (slot) => (this.#isFromSources(slot) ? vcpus : 1)),
      line: octets(slots, 1),
      message: octets(slots, 1),
      edge: octets(slots, 1),
      priority: octets(slots),
      group: octets(slots, 1),
      activeOn: octets(slots, vcpus - 1),
      route: list(u32, intids - PRIVATE_INTIDS),
      routeHigh: list(integer(0, 0xff), intids - PRIVATE_INTIDS),
      asleep: list(flag, vcpus),
      dirty: octets(vcpus, 1),
    });
    // GICv3: all in Group 1 at reset, as KVM has it: guests that never program the groups work as under bhyve, which has one group.
    if (this.#version === 3) this.#state.group.fill(1);
    for (let v = 0; v < vcpus; v++) {
      const sgis = [v * PRIVATE_INTIDS, v * PRIVATE_INTIDS + SGI_INTIDS] as const;
      this.#state.edge.fill(1, ...sgis);
      if (this.#version === 2) this.#state.enabled.fill(1, ...sgis);
    }
    this.#listed = bytes();
    this.#lists = Array.from({ length: vcpus }, () => []);
  }

  /** How many slots there are. */
  get slots(): number {
    return this.#listed.length;
  }

  slot(vcpu: number, intid: number): number {
    return intid < PRIVATE_INTIDS ? vcpu * PRIVATE_INTIDS + intid : (this.vcpus - 1) * PRIVATE_INTIDS + intid;
  }

  intidOf(slot: number): number {
    const shared = slot - this.vcpus * PRIVATE_INTIDS;
    return shared >= 0 ? shared + PRIVATE_INTIDS : slot % PRIVATE_INTIDS;
  }

  // --- queries -------------------------------------------------------------------------------------------------------
  get ctlr(): number {
    return this.#state.ctlr;
  }
  enabled(slot: number): boolean {
    return this.#state.enabled[slot] === 1;
  }
  pending(slot: number): boolean {
    const s = this.#state;
    return s.latch[slot] !== 0 || (s.edge[slot] === 0 && (s.line[slot] === 1 || s.message[slot] === 1));
  }
  active(slot: number): boolean {
    return this.#state.active[slot] !== 0;
  }
  /** An SGI of GICv2: pending from each vCPU that sent it by itself, always enabled (IHI 0048B, 3.2.2, 4.3.5). */
  #isFromSources(slot: number): boolean {
    return this.#version === 2 && slot < this.vcpus * PRIVATE_INTIDS && slot % PRIVATE_INTIDS < SGI_INTIDS;
  }
  /** A bit a vCPU from which the SGI is pending, of GICv2. */
  sources(slot: number): number {
    return this.#isFromSources(slot) ? (this.#state.latch[slot] as number) : 0;
  }
  /** The sender whom a list register is to name: of the active SGI, else the first from whom it is pending. */
  source(slot: number): number {
    if (!this.#isFromSources(slot)) return 0;
    const { active, latch } = this.#state;
    return active[slot] !== 0 ? (active[slot] as number) - 1 : lowestBit(latch[slot] as number);
  }
  edge(slot: number): boolean {
    return this.#state.edge[slot] === 1;
  }
  priority(slot: number): number {
    return this.#state.priority[slot] as number;
  }
  group(slot: number): number {
    return this.#state.group[slot] as number;
  }
  route(intid: number, word: 0 | 1): number {
    const s = this.#state;
    return (word === 0 ? s.route : s.routeHigh)[intid - PRIVATE_INTIDS] as number;
  }
  asleep(vcpu: number): boolean {
    return this.#state.asleep[vcpu] as boolean;
  }

  /** May the interrupt be signalled: pending, enabled, its group enabled, and not active already (but for an edge, which may be both)? */
  deliverable(slot: number): boolean {
    const s = this.#state;
    if (!this.isForwarded(slot) || !this.pending(slot)) return false;
    return s.active[slot] === 0 || s.edge[slot] !== 0;
  }
  /** Enabled, and its group too. */
  isForwarded(slot: number): boolean {
    const s = this.#state;
    if (s.enabled[slot] === 0) return false;
    return (s.ctlr & (s.group[slot] === 1 ? GicdCtlr.enableGroup1 : GicdCtlr.enableGroup0)) !== 0;
  }

  /** May its list register say that it is pending? One that names the sender of an active SGI cannot name another. */
  isPlacedPending(slot: number): boolean {
    return this.deliverable(slot) && !(this.active(slot) && this.#isFromSources(slot));
  }
  /**
   * Must the hypervisor see its end? A level-triggered interrupt whose line is still high then must come again; so must an SGI
   * that other vCPUs have sent too.
   */
  isEndWatched(slot: number): boolean {
    const s = this.#state;
    if (s.edge[slot] === 0) return true;
    const placed = this.isPlacedPending(slot) ? 1 << this.source(slot) : 0;
    return (this.sources(slot) & ~placed) !== 0;
  }

  /** Slots of a vCPU that are active, or pending and enabled, in no order. */
  list(vcpu: number): readonly number[] {
    return this.#lists[vcpu] as number[];
  }

  // --- changes from guest registers ----------------------------------------------------------------------------------
  setCtlr(value: number): void {
    this.#state.ctlr = value & (GicdCtlr.enableGroup0 | GicdCtlr.enableGroup1);
    this.#state.dirty.fill(1);
  }
  setEnabled(slot: number, on: boolean): void {
    if (!this.#isFromSources(slot)) this.#set(this.#state.enabled, slot, on);
  }
  /** GICv2's SGIs have `setSource` instead (IHI 0048B, 4.3.7). */
  setLatch(slot: number, on: boolean): void {
    if (!this.#isFromSources(slot)) this.#set(this.#state.latch, slot, on);
  }
  /** A message makes a shared interrupt pending: an edge, or a level that stays when it is acknowledged (IHI 0069, GICD_SETSPI_NSR). */
  setMessage(slot: number): void {
    const s = this.#state;
    (s.edge[slot] === 1 ? s.latch : s.message)[slot] = 1;
    this.#changed(slot);
  }
  /** Another takes it back (GICD_CLRSPI_NSR). */
  clearMessage(slot: number): void {
    const s = this.#state;
    s.message[slot] = 0;
    s.latch[slot] = 0;
    this.#changed(slot);
  }
  /** An SGI of GICv2 becomes pending from a vCPU, or no longer is. */
  setSource(slot: number, source: number, on: boolean): void {
    const { latch } = this.#state;
    const bit = 1 << source;
    latch[slot] = on ? (latch[slot] as number) | bit : (latch[slot] as number) & ~bit;
    this.#changed(slot);
  }
  /** `source`: who sent an SGI of GICv2. */
  setActive(slot: number, on: boolean, vcpu: number, source = 0): void {
    this.#state.activeOn[slot] = vcpu;
    this.#state.active[slot] = on ? 1 + source : 0;
    this.#changed(slot);
  }
  /** The guest acknowledged it, from this sender if it is an SGI of GICv2. */
  acknowledge(slot: number, source: number): void {
    if (this.#isFromSources(slot)) this.setSource(slot, source, false);
    else this.setLatch(slot, false);
  }
  setEdge(slot: number, on: boolean): void {
    this.#set(this.#state.edge, slot, on);
  }
  setGroup(slot: number, group1: boolean): void {
    this.#set(this.#state.group, slot, group1);
  }
  setPriority(slot: number, priority: number): void {
    this.#state.priority[slot] = priority & PRIORITY_MASK;
    this.#changed(slot);
  }
  setRoute(intid: number, word: 0 | 1, value: number): void {
    const s = this.#state;
    (word === 0 ? s.route : s.routeHigh)[intid - PRIVATE_INTIDS] = value;
    this.#changed(this.slot(0, intid));
  }
  setAsleep(vcpu: number, on: boolean): void {
    this.#state.asleep[vcpu] = on;
    if (this.vcpus === 1) return;
    for (let intid = PRIVATE_INTIDS; intid < this.intids; intid++)
      if (this.route(intid, 0) >= ROUTE_ANY) this.#changed(this.slot(0, intid));
  }

  #set(array: Uint8Array, slot: number, on: boolean): void {
    array[slot] = on ? 1 : 0;
    this.#changed(slot);
  }

  // --- changes from outside ------------------------------------------------------------------------------------------
  /** Drives an input line. Without a change of level nothing happens. */
  setLine(vcpu: number, intid: number, level: boolean, source: IrqSource): void {
    const s = this.#state;
    const slot = this.slot(vcpu, intid);
    this.catchUp();
    if ((s.line[slot] === 1) === level) return;
    s.line[slot] = level ? 1 : 0;
    if (level && s.edge[slot] === 1) s.latch[slot] = 1;
    this.#changed(slot);
    const target = intid < PRIVATE_INTIDS ? vcpu : Math.max(0, this.#target(intid));
    this.#events.emit(irqLine, { at: this.#icount(), vcpu: target, intid, level: level ? 1 : 0, source });
  }

  /** A device's message to a shared interrupt, which is a write to GICD_SETSPI_NSR. */
  deliverMessage(intid: number): void {
    this.catchUp();
    this.setMessage(this.slot(0, intid));
    const vcpu = Math.max(0, this.#target(intid));
    this.#events.emit(irqLine, { at: this.#icount(), vcpu, intid, level: 1, source: IrqSource.message });
  }

  /** The line of a shared interrupt, for a device. */
  line(intid: number): IrqLine {
    assert(intid >= PRIVATE_INTIDS && intid < this.intids, `INTID ${intid} is a shared interrupt`);
    return { set: (level) => this.setLine(0, intid, level, IrqSource.device) };
  }

  /** Is it dirty? Then the caller loads the list registers anew. */
  takeDirty(vcpu: number): boolean {
    const dirty = this.#state.dirty[vcpu] === 1;
    this.#state.dirty[vcpu] = 0;
    return dirty;
  }

  // --- lists ---------------------------------------------------------------------------------------------------------
  /** The vCPU that a shared interrupt goes to, -1 for none. Affinity Aff0 is the vCPU's number. */
  #target(intid: number): number {
    const route = this.route(intid, 0);
    // Any vCPU of the list may take it: always the first. A single one has no list (IHI 0048B, 4.3.12).
    if (this.#version === 2) return this.vcpus === 1 ? 0 : lowestBit(route);
    // "Any" may go to any one participating vCPU: always the first of these, so that runs repeat.
    if (route >= ROUTE_ANY) return Math.max(0, this.#state.asleep.indexOf(false));
    return (route & 0xff_ffff) < this.vcpus && this.route(intid, 1) === 0 ? route : -1;
  }

  #owner(slot: number): number {
    const privates = this.vcpus * PRIVATE_INTIDS;
    if (slot < privates) return Math.floor(slot / PRIVATE_INTIDS);
    if (this.#state.active[slot] !== 0) return this.#state.activeOn[slot] as number;
    return this.#target(this.intidOf(slot));
  }

  #changed(slot: number): void {
    const s = this.#state;
    const wanted = s.active[slot] !== 0 || (s.enabled[slot] === 1 && this.pending(slot));
    const to = wanted ? this.#owner(slot) + 1 : 0;
    const from = this.#listed[slot] as number;
    if (from !== 0) s.dirty[from - 1] = 1;
    if (to !== 0) s.dirty[to - 1] = 1;
    if (from === to) return;
    if (from !== 0) {
      const list = this.#lists[from - 1] as number[];
      list.splice(list.indexOf(slot), 1);
    }
    if (to !== 0) (this.#lists[to - 1] as number[]).push(slot);
    this.#listed[slot] = to;
  }

  /** A byte a slot, each with its own maximum. */
  #perSlot(slots: number, max: (slot: number) => number): Field<Uint8Array> {
    const bytes = octets(slots);
    return {
      read(value, at) {
        const read = bytes.read(value, at);
        const over = read.findIndex((byte, slot) => byte > max(slot));
        if (over >= 0) throw new BadField(`${at}[${over}]`, `greater than ${max(over)}`);
        return read;
      },
    };
  }

  save(): PlainMap {
    return copyState(this.#state);
  }

  restore(saved: PlainMap): void {
    putState(this.#state, this.#fields, saved);
    const dirty = this.#state.dirty.slice();
    this.#listed.fill(0);
    for (const list of this.#lists) list.length = 0;
    for (let slot = 0; slot < this.#listed.length; slot++) this.#changed(slot);
    this.#state.dirty.set(dirty);
  }
}

/** Number of the lowest bit that is set, -1 where none is. */
const lowestBit = (value: number): number => 31 - Math.clz32(value & -value);
