import { bhyveExitName, type FieldsOf, kvmClassName, type vmExit } from '../../trace/events/index.ts';

/** An exit of a guest: what FreeBSD's `struct vm_exit` tells of one. */
export interface VmExit {
  readonly vcpu: number;
  readonly icount: number;
  /** By bhyve's name (`enum vm_exitcode`): `INST_EMUL`, and its number. */
  readonly exitcode: string;
  readonly number: number;
  /** The exception class by KVM's name: `DABT_LOW`. */
  readonly class: string;
  readonly pc: bigint;
  /** As the hardware describes the exception; 0 where it does not. */
  readonly syndrome: number;
  /** Of an abort: the faulting virtual address, and the guest-physical one. */
  readonly gva: bigint;
  readonly gpa: bigint;
}

/** The exit that an event tells of. */
export const exitOf = ({ at, vcpu, bhyveExit, kvmClass, pc, esr, far, hpfar }: FieldsOf<typeof vmExit>): VmExit => ({
  vcpu,
  icount: at,
  exitcode: bhyveExitName(bhyveExit),
  number: bhyveExit,
  class: kvmClassName(kvmClass),
  pc,
  syndrome: esr,
  gva: far,
  gpa: hpfar,
});
