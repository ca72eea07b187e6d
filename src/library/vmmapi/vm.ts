// vmmapi/: what FreeBSD's libvmmapi (lib/libvmmapi/vmmapi.h) is to bhyve, for programs here: a VM, by its library's names, of whatever architecture.

import { Failure } from '../../base/failure.ts';
import { GiB, limits } from '../../base/limits.ts';
import { PAGE_BYTES } from '../../base/page.ts';
import { GuestView } from '../../inspect/guest-view.ts';
import { type SuspendWish, suspendWishes } from '../../machine/edits.ts';
import type { Machine } from '../../machine/machine.ts';
import type { VmExit } from './exits.ts';
import { VmVcpu } from './vcpu.ts';

/** A part of a guest's physical memory: vm_get_memseg, and where vm_mmap_getnext has it. */
export interface MemorySegment {
  readonly id: number;
  readonly name: string;
  /** Guest-physical address, and size in bytes. */
  readonly gpa: number;
  readonly bytes: number;
  readonly prot: 'rwx' | 'r-x';
}
/** A range of RAM; of no bytes where there is none. */
export interface MemoryRange {
  readonly gpa: number;
  readonly bytes: number;
}
/** vm_get_topology. */
export interface VmTopology {
  readonly sockets: number;
  readonly cores: number;
  readonly threads: number;
  readonly maxcpus: number;
}

/** Where low memory ends. */
const HIGH_MEMORY = 4 * GiB;

/**
 * A VM that somebody runs, as it is between two of its runs. What looks changes nothing; what steers is an input of the run, which its tape
 * keeps. Of a replay only what looks may be asked.
 */
export class Vm {
  readonly machine: Machine;
  readonly vcpus: readonly VmVcpu[];

  /** @param lastExit the exit that a vCPU made last, from whoever sees them */
  constructor(machine: Machine, lastExit: (vcpu: number) => VmExit | undefined) {
    this.machine = machine;
    const view = new GuestView(machine);
    this.vcpus = machine.vm.vcpus.map(({ id }) => new VmVcpu(id, machine, view, lastExit));
  }

  /** Instructions retired, and idle time in nanoseconds beside them. */
  get icount(): number {
    return this.machine.icount;
  }
  /** vm_vcpu_open. @throws Failure where there is none of the number */
  vcpu(id = 0): VmVcpu {
    const vcpu = this.vcpus[id];
    if (vcpu !== undefined) return vcpu;
    const { length } = this.vcpus;
    throw new Failure(`vCPU ${id}: the guest has ${length === 1 ? 'one vCPU, 0' : `vCPUs 0 to ${length - 1}`}`);
  }

  // --- memory --------------------------------------------------------------------------------------------------------
  /** vm_get_memseg, vm_mmap_getnext. */
  get memorySegments(): readonly MemorySegment[] {
    return this.machine.vm.memory.segments.map(({ name, ipa, bytes, rom }, id) => ({
      id,
      name,
      gpa: ipa,
      bytes,
      prot: rom === undefined ? 'rwx' : 'r-x',
    }));
  }
  /** vm_get_lowmem_size: the RAM below 4 GiB. */
  get lowMemory(): MemoryRange {
    return this.#ramWithin(0, HIGH_MEMORY);
  }
  /** vm_get_highmem_size: the RAM from 4 GiB on. */
  get highMemory(): MemoryRange {
    return this.#ramWithin(HIGH_MEMORY, Number.MAX_SAFE_INTEGER);
  }
  #ramWithin(from: number, to: number): MemoryRange {
    for (const { ipa, bytes } of this.machine.vm.memory.ram) {
      const gpa = Math.max(ipa, from);
      const end = Math.min(ipa + bytes, to);
      if (gpa < end) return { gpa, bytes: end - gpa };
    }
    return { gpa: from, bytes: 0 };
  }
  /** vm_map_gpa: a copy of guest-physical memory. @throws Failure where not all of it is there */
  readMemory(gpa: number | bigint, bytes: number): Uint8Array {
    const at = Number(gpa);
    const view = isRange(at, bytes) ? this.machine.vm.memory.view(at, bytes) : undefined;
    if (view === undefined)
      throw new Failure(`memory 0x${gpa.toString(16)}: ${bytes} bytes there are no RAM of the guest`);
    return view.slice();
  }
  /** The same to write, an input of the run. @throws Failure likewise; nothing is written then */
  writeMemory(gpa: number | bigint, bytes: Uint8Array): void {
    const at = Number(gpa);
    this.readMemory(gpa, bytes.length);
    for (let done = 0; done < bytes.length; done += PAGE_BYTES)
      this.machine.edit({ kind: 'memory', ipa: at + done, bytes: bytes.slice(done, done + PAGE_BYTES) });
  }

  // --- vCPUs ---------------------------------------------------------------------------------------------------------
  /** vm_active_cpus: those that are on. */
  get activeCpus(): readonly number[] {
    return this.machine.vm.vcpus.filter(({ power }) => power === 'on').map(({ id }) => id);
  }
  /** vm_suspended_cpus: once the VM is suspended, all that are on. */
  get suspendedCpus(): readonly number[] {
    return this.suspended === undefined ? [] : this.activeCpus;
  }
  /** vm_get_topology: the guest is told of cores alone. */
  get topology(): VmTopology {
    return { sockets: 1, cores: this.vcpus.length, threads: 1, maxcpus: limits.vcpusMax };
  }

  // --- steering ------------------------------------------------------------------------------------------------------
  /** vm_suspend: the run ends as if the guest had asked for it; the first reason counts. */
  suspend(how: SuspendWish): void {
    this.machine.edit({ kind: 'suspend', how });
  }
  /** Why the VM is suspended, where it is. */
  get suspended(): SuspendWish | undefined {
    const { suspended } = this.machine.vm;
    return (Object.keys(suspendWishes) as SuspendWish[]).find((wish) => suspendWishes[wish] === suspended);
  }
  /** vm_assert_irq: the line of a shared interrupt, by its number, goes high. @throws Failure where there is no such line */
  assertIrq(irq: number): void {
    this.machine.edit({ kind: 'irq-line', intid: irq, level: true });
  }
  /** vm_deassert_irq. @throws Failure likewise */
  deassertIrq(irq: number): void {
    this.machine.edit({ kind: 'irq-line', intid: irq, level: false });
  }
  /** An interrupt becomes pending by itself, without its line; a private one of that vCPU. @throws Failure where there is none of the number */
  injectIrq(irq: number, vcpu?: number): void {
    this.machine.edit({ kind: 'interrupt', intid: irq, ...(vcpu === undefined ? {} : { vcpu: this.vcpu(vcpu).id }) });
  }
}

const isRange = (at: number, bytes: number): boolean =>
  Number.isSafeInteger(at) && Number.isSafeInteger(bytes) && at >= 0 && bytes > 0 && Number.isSafeInteger(at + bytes);
