import { Failure } from '../../src/base/failure.ts';

/** An event's vCPU is a number of 8 bits. */
const VCPUS_MAX = 256;
/** `CPU 3/KVM` of QEMU, `fc_vcpu 3`, `vcpu3`, `kvm-vcpu-3`, `crosvm_vcpu3`. */
const NAME = /(?:^CPU |vcpu[ _-]?)(\d{1,3})\b/i;

/** Numbers of vCPUs for the threads that run them: those in their names, or, where that is taken or there is none, the next that is free. */
export class VcpuThreads {
  readonly #numbers = new Map<number, number>();
  readonly #taken = new Set<number>();
  /** One more than the largest. */
  count = 0;

  /** @throws Failure where there are more than a tape can tell apart */
  of(pid: number, comm: string): number {
    const known = this.#numbers.get(pid);
    if (known !== undefined) return known;
    let number = Number(NAME.exec(comm)?.[1] ?? 0);
    while (this.#taken.has(number)) number++;
    if (number >= VCPUS_MAX)
      throw new Failure(`thread ${pid}: more than ${VCPUS_MAX} threads run vCPUs; trace one VM alone`);
    this.#numbers.set(pid, number);
    this.#taken.add(number);
    this.count = Math.max(this.count, number + 1);
    return number;
  }
}
