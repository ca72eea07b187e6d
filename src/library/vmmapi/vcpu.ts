import { Failure } from '../../base/failure.ts';
import type { GuestView } from '../../inspect/guest-view.ts';
import { editedRegister, registerOf, registersOf } from '../../inspect/vm-registers.ts';
import type { Machine } from '../../machine/machine.ts';
import type { VmExit } from './exits.ts';

/** A counter, under bhyve's description. */
export interface VmStat {
  readonly name: string;
  readonly value: number;
}

/** One vCPU: FreeBSD's `struct vcpu`, as vm_vcpu_open gives it. Its registers are told of by their names in the guest's architecture. */
export class VmVcpu {
  readonly id: number;
  readonly #machine: Machine;
  readonly #view: GuestView;
  readonly #lastExit: (vcpu: number) => VmExit | undefined;

  constructor(id: number, machine: Machine, view: GuestView, lastExit: (vcpu: number) => VmExit | undefined) {
    this.id = id;
    this.#machine = machine;
    this.#view = view;
    this.#lastExit = lastExit;
  }

  /** vm_get_register: `x0`, `r0`, `pc`, `sp`, `esr_el1`, in small or capital letters. @throws Failure where the guest has none of the name */
  getRegister(name: string): bigint {
    const value = this.#view.of(this.id, () => registerOf(this.#view, name));
    if (value === undefined) throw new Failure(`register ${name}: the guest has none of this name`);
    return value;
  }
  /** vm_get_register_set: those that bhyve names, and the others that tell where the guest stands, by name. */
  getRegisterSet(): ReadonlyMap<string, bigint> {
    return this.#view.of(this.id, () => registersOf(this.#view));
  }
  /**
   * vm_set_register, an input of the run, which its tape keeps. General registers, `pc`, `sp`, and system registers of the guest's own levels.
   * @throws Failure where it is none that can be set, or the value has more bits
   */
  setRegister(name: string, value: bigint): void {
    this.#machine.edit({
      kind: 'register',
      name: this.#view.of(this.id, () => editedRegister(this.#view, name)),
      value,
      vcpu: this.id,
    });
  }
  /** vm_get_stats with vm_get_stat_desc. */
  getStats(): readonly VmStat[] {
    return this.#machine.vm.vcpu(this.id).stats.entries();
  }
  /** The exit that it made last; undefined before the first. */
  get lastExit(): VmExit | undefined {
    return this.#lastExit(this.id);
  }

  /** What capabilities there are, by the names that vm_capability_name2type takes. */
  get capabilities(): readonly string[] {
    return Object.keys(this.#machine.vm.capabilities);
  }
  /** vm_get_capability. @throws Failure where there is none of the name */
  getCapability(name: string): boolean {
    const { capabilities } = this.#machine.vm;
    const value = Object.hasOwn(capabilities, name) ? capabilities[name] : undefined;
    if (value === undefined)
      throw new Failure(`capability ${name}: there is none; there are ${this.capabilities.join(', ')}`);
    return value;
  }
  /** vm_set_capability: what a machine can do is fixed when it is made. @throws Failure where it would become another */
  setCapability(name: string, value: boolean): void {
    if (this.getCapability(name) !== value)
      throw new Failure(`capability ${name}: it is ${value ? 'not ' : ''}set here, and stays so`);
  }
}
