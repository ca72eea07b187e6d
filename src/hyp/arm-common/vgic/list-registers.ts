import { must } from '../../../base/assert.ts';
import { type Field, flag, integer, list, record } from '../../../base/fields.ts';
import type { PlainMap } from '../../../base/plain.ts';
import { copyState, putState, type Stateful } from '../../../base/stateful.ts';
import { type EventSink, irqInject } from '../../../trace/events/index.ts';
import type { Vgic } from './model.ts';

/** ICH_LR<n>_EL2.State, GICH_LR<n>.State. */
export const LrState = { invalid: 0, pending: 1, active: 2, both: 3 } as const;

/** An interrupt as a list register shows it to the guest. */
export interface ListRegisterEntry {
  readonly intid: number;
  /** The vCPU that sent an SGI of GICv2, else 0. */
  readonly source: number;
  readonly priority: number;
  readonly group: number;
  /** LrState. */
  readonly state: number;
  /** A maintenance interrupt when the guest ends the interrupt. */
  readonly eoi: boolean;
}

/** The hardware's list registers: ICH_LR<n>_EL2 or GICH_LR<n>. */
export interface ListRegisterPort {
  readonly count: number;
  write(lr: number, entry: ListRegisterEntry): void;
  clear(lr: number): void;
  state(lr: number): number;
  /** Interface on; maintenance interrupts on underflow (UIE) and on an end of interrupt without a list register (LRENPIE). */
  control(underflow: boolean, noEntry: boolean): void;
  /** EOIcount of ICH_HCR_EL2, GICH_HCR: ends of interrupts that no list register held; cleared by `control`. */
  eoiCount(): number;
}

/** What a guest lets through: its priority mask, and which groups it has enabled. */
export interface InterfaceMask {
  readonly priority: number;
  readonly group0: boolean;
  readonly group1: boolean;
}

/** The hypervisor's side of the virtual CPU interface: ICH_* system registers, or GICH_*. */
export interface VirtualInterface extends ListRegisterPort {
  /** ICH_MISR_EL2, GICH_MISR: why there is a maintenance interrupt. */
  misr(): number;
  mask(): InterfaceMask;
}

/** GICv2's SGIs come from one of so many CPUs. */
const SOURCES_MAX = 8;

interface ListRegisterState {
  /** Slot, state and sender of each list register in use, from 0 on. */
  slots: number[];
  states: number[];
  sources: number[];
  /** Slots whose pending state has been told to the tape and was not acknowledged since. */
  announced: number[];
  /** Active interrupts stand outside the list registers, so that the guest may end what it has no entry for. */
  activeOutside: boolean;
  underflow: boolean;
}

/** One vCPU's virtual CPU interface: what of the model stands in its list registers. */
export class ListRegisters implements Stateful {
  readonly name: string;
  readonly version = 1;
  readonly #vgic: Vgic;
  readonly #vcpu: number;
  readonly #port: ListRegisterPort;
  readonly #events: EventSink;
  readonly #icount: () => number;
  readonly #state: ListRegisterState = {
    slots: [],
    states: [],
    sources: [],
    announced: [],
    activeOutside: false,
    underflow: false,
  };
  readonly #fields: Field<ListRegisterState>;

  constructor(vgic: Vgic, vcpu: number, port: ListRegisterPort, events: EventSink, icount: () => number) {
    this.#vgic = vgic;
    this.#vcpu = vcpu;
    this.#port = port;
    this.#events = events;
    this.#icount = icount;
    this.name = `list-registers${vcpu}`;
    const slot = integer(0, vgic.slots - 1);
    this.#fields = record<ListRegisterState>(
      {
        slots: list(slot, { max: port.count }),
        states: list(integer(LrState.invalid, LrState.both), { max: port.count }),
        sources: list(integer(0, SOURCES_MAX - 1), { max: port.count }),
        announced: list(slot, { max: vgic.slots }),
        activeOutside: flag,
        underflow: flag,
      },
      (s) => {
        if (new Set(s.slots).size !== s.slots.length) return ['slots', 'an interrupt stands in two list registers'];
        if (s.states.length !== s.slots.length) return ['states', 'not one a list register in use'];
        if (s.sources.length !== s.slots.length) return ['sources', 'not one a list register in use'];
        if (new Set(s.announced).size !== s.announced.length) return ['announced', 'an interrupt stands in it twice'];
        const untold = s.slots.some(
          (at, lr) => ((s.states[lr] as number) & LrState.pending) !== 0 && !s.announced.includes(at),
        );
        return untold ? ['announced', 'an interrupt is pending in a list register and not told of'] : undefined;
      },
    );
  }

  /** Loads the list registers where the model changed: by priority, an active interrupt before a pending one of its priority. */
  flush(): void {
    if (!this.#vgic.takeDirty(this.#vcpu)) return;
    const vgic = this.#vgic;
    const order = vgic
      .list(this.#vcpu)
      .filter((slot) => vgic.active(slot) || vgic.deliverable(slot))
      .sort((a, b) => vgic.priority(a) - vgic.priority(b) || Number(vgic.active(b)) - Number(vgic.active(a)) || a - b);
    const s = this.#state;
    const used = Math.min(order.length, this.#port.count);
    for (let lr = 0; lr < used; lr++) this.#load(lr, must(order[lr], 'slot'));
    for (let lr = used; lr < s.slots.length; lr++) this.#port.clear(lr);
    s.slots.length = used;
    s.states.length = used;
    s.sources.length = used;
    s.activeOutside = false;
    s.underflow = false;
    for (let i = used; i < order.length; i++) {
      const slot = must(order[i], 'slot');
      if (vgic.active(slot)) s.activeOutside = true;
      if (vgic.deliverable(slot)) s.underflow = true;
    }
    this.#port.control(s.underflow, s.activeOutside);
  }

  #load(lr: number, slot: number): void {
    const vgic = this.#vgic;
    const s = this.#state;
    const pending = vgic.isPlacedPending(slot);
    const source = vgic.source(slot);
    const state = (pending ? LrState.pending : 0) | (vgic.active(slot) ? LrState.active : 0);
    const intid = vgic.intidOf(slot);
    const priority = vgic.priority(slot);
    this.#port.write(lr, { intid, source, priority, group: vgic.group(slot), state, eoi: vgic.isEndWatched(slot) });
    s.slots[lr] = slot;
    s.states[lr] = state;
    s.sources[lr] = source;
    if (!pending || s.announced.includes(slot)) return;
    s.announced.push(slot);
    this.#events.emit(irqInject, { at: this.#icount(), vcpu: this.#vcpu, intid, lr, priority, state });
  }

  /** Takes back what the guest did: acknowledged, ended, or both. */
  sync(): void {
    const s = this.#state;
    for (let lr = 0; lr < s.slots.length; lr++) {
      const before = s.states[lr] as number;
      if (before === LrState.invalid) continue;
      const after = this.#port.state(lr);
      if (after === before) continue;
      const slot = s.slots[lr] as number;
      const source = s.sources[lr] as number;
      s.states[lr] = after;
      if ((before & LrState.pending) !== 0 && (after & LrState.pending) === 0) {
        s.announced.splice(s.announced.indexOf(slot), 1);
        this.#vgic.acknowledge(slot, source);
      }
      this.#vgic.setActive(slot, (after & LrState.active) !== 0, this.#vcpu, source);
    }
    if (s.activeOutside) this.#endOutside();
  }

  /** The guest ends interrupts in the order of their priority: those without a list register, highest first. */
  #endOutside(): void {
    const vgic = this.#vgic;
    const count = this.#port.eoiCount();
    if (count === 0) return;
    this.#port.control(this.#state.underflow, this.#state.activeOutside);
    for (let n = count; n > 0; n--) {
      const slot = vgic
        .list(this.#vcpu)
        .filter((candidate) => vgic.active(candidate) && !this.#state.slots.includes(candidate))
        .sort((a, b) => vgic.priority(a) - vgic.priority(b) || a - b)[0];
      if (slot === undefined) return;
      vgic.setActive(slot, false, this.#vcpu);
    }
  }

  /** Is there an interrupt that the CPU interface with this priority mask and these group enables would signal? */
  signals(priorityMask: number, group0: boolean, group1: boolean): boolean {
    const vgic = this.#vgic;
    for (const slot of vgic.list(this.#vcpu)) {
      const groupOn = vgic.group(slot) === 1 ? group1 : group0;
      if (groupOn && vgic.priority(slot) < priorityMask && vgic.deliverable(slot)) return true;
    }
    return false;
  }

  save(): PlainMap {
    return copyState(this.#state);
  }

  restore(saved: PlainMap): void {
    putState(this.#state, this.#fields, saved);
  }
}
