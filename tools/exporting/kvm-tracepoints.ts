/**
 * The tracepoints of KVM on arm64 as the kernel has them (Linux arch/arm64/kvm/trace_arm.h, trace_handle_exit.h, vgic/trace.h,
 * include/trace/events/kvm.h): their fields, the format that a reader of `trace.dat` prints them by, and that text.
 */

/** A value of a field; a text where the kernel has a pointer to one. */
export type TraceValue = number | bigint | string;
/** Values of a tracepoint by the names of its fields. */
export type TraceValues = Readonly<Record<string, TraceValue>>;

/** A field of the binary record. */
export interface TraceField {
  /** As C has it. */
  readonly type: string;
  readonly name: string;
  readonly bytes: 1 | 4 | 8;
  readonly signed: boolean;
}
/** A tracepoint: what it records and how that is printed. */
export interface Tracepoint {
  readonly name: string;
  readonly fields: readonly TraceField[];
  /** "print fmt" of the event's format file. */
  readonly format: string;
  readonly text: (values: TraceValues) => string;
}

const ulong = (name: string): TraceField => ({ type: 'unsigned long', name, bytes: 8, signed: false });
const u64 = (name: string): TraceField => ({ type: 'u64', name, bytes: 8, signed: false });
const u32 = (name: string): TraceField => ({ type: 'u32', name, bytes: 4, signed: false });
const uint = (name: string): TraceField => ({ type: 'unsigned int', name, bytes: 4, signed: false });
const int = (name: string): TraceField => ({ type: 'int', name, bytes: 4, signed: true });
const bool = (name: string): TraceField => ({ type: 'bool', name, bytes: 1, signed: false });
const u8 = (name: string): TraceField => ({ type: 'u8', name, bytes: 1, signed: false });
const string = (name: string): TraceField => ({ type: 'const char *', name, bytes: 8, signed: false });

const digits = (value: TraceValue | undefined, count = 0): string =>
  `0x${BigInt(value ?? 0)
    .toString(16)
    .padStart(count, '0')}`;
/** `%#08lx`: the width counts the prefix. */
const wide = (value: TraceValue | undefined, width: number): string => digits(value, width - 2);

/** ARM_EXCEPTION_* (arch/arm64/include/asm/kvm_asm.h), as `kvm_exit` names them. */
export const EXCEPTION_TYPES: Readonly<Record<number, string>> = { 0: 'IRQ', 1: 'SERROR', 2: 'TRAP', 3: 'IL' };
/** KVM_TRACE_MMIO_*. */
export const MMIO_TYPES: Readonly<Record<number, string>> = { 0: 'unsatisfied-read', 1: 'read', 2: 'write' };
/** KVM_ARM_IRQ_TYPE_* (include/uapi/asm/kvm.h). */
export const IRQ_TYPES: Readonly<Record<number, string>> = { 0: 'CPU', 1: 'VGIC SPI', 2: 'VGIC PPI' };
/** Some of KVM_EXIT_* (include/uapi/linux/kvm.h). */
export const EXIT_REASONS: Readonly<Record<number, string>> = { 24: 'KVM_EXIT_SYSTEM_EVENT' };
/** ESR_ELx.EC by the names of `kvm_arm_exception_class`. */
const CLASSES: Readonly<Record<number, string>> = {
  ...{ 0: 'UNKNOWN', 1: 'WFx', 3: 'CP15_32', 4: 'CP15_64', 5: 'CP14_MR', 6: 'CP14_LS' },
  ...{ 7: 'FP_ASIMD', 8: 'CP10_ID', 9: 'PAC', 12: 'CP14_64', 21: 'SVC64', 22: 'HVC64', 23: 'SMC64' },
  ...{ 24: 'SYS64', 25: 'SVE', 26: 'ERET', 31: 'IMP_DEF', 32: 'IABT_LOW', 33: 'IABT_CUR' },
  ...{ 34: 'PC_ALIGN', 36: 'DABT_LOW', 37: 'DABT_CUR', 38: 'SP_ALIGN', 40: 'FP_EXC32', 44: 'FP_EXC64' },
  ...{ 47: 'SERROR', 48: 'BREAKPT_LOW', 49: 'BREAKPT_CUR', 50: 'SOFTSTP_LOW', 51: 'SOFTSTP_CUR' },
  ...{ 52: 'WATCHPT_LOW', 53: 'WATCHPT_CUR', 56: 'BKPT32', 58: 'VECTOR32', 60: 'BRK64' },
  ...{ 14: 'ILL', 18: 'HVC32', 19: 'SMC32' },
};

type Names = Readonly<Record<number, string>>;
/** `__print_symbolic`: a value without a name is printed in hexadecimal. */
const named = (names: Names, value: TraceValue | undefined): string => names[Number(value)] ?? digits(value);
const symbolic = (names: Names): string =>
  Object.entries(names)
    .map(([value, name]) => `{ ${value}, "${name}" }`)
    .join(', ');

/** A vCPU enters the guest. */
export const kvmEntry: Tracepoint = {
  name: 'kvm_entry',
  fields: [ulong('vcpu_pc')],
  format: '"PC: 0x%016lx", REC->vcpu_pc',
  text: (v) => `PC: ${digits(v.vcpu_pc, 16)}`,
};
/** It has left it: why, and where. */
export const kvmExit: Tracepoint = {
  name: 'kvm_exit',
  fields: [int('ret'), uint('esr_ec'), ulong('vcpu_pc')],
  format: `"%s: HSR_EC: 0x%04x (%s), PC: 0x%016lx", __print_symbolic(REC->ret, ${symbolic(EXCEPTION_TYPES)}), REC->esr_ec, __print_symbolic(REC->esr_ec, ${symbolic(CLASSES)}), REC->vcpu_pc`,
  text: (v) =>
    `${named(EXCEPTION_TYPES, v.ret)}: HSR_EC: ${digits(v.esr_ec, 4)} (${named(CLASSES, v.esr_ec)}), PC: ${digits(v.vcpu_pc, 16)}`,
};
/** An abort of stage 2. */
export const kvmGuestFault: Tracepoint = {
  name: 'kvm_guest_fault',
  fields: [ulong('vcpu_pc'), ulong('hsr'), ulong('hxfar'), { ...u64('ipa'), type: 'unsigned long long' }],
  format: '"ipa 0x%llx, hsr 0x%06lx, hxfar 0x%06lx, pc 0x%014lx", REC->ipa, REC->hsr, REC->hxfar, REC->vcpu_pc',
  text: (v) => `ipa ${digits(v.ipa)}, hsr ${wide(v.hsr, 8)}, hxfar ${wide(v.hxfar, 8)}, pc ${wide(v.vcpu_pc, 16)}`,
};
/** An access that was emulated. */
export const kvmMmio: Tracepoint = {
  name: 'kvm_mmio',
  fields: [u32('type'), u32('len'), u64('gpa'), u64('val')],
  format: `"mmio %s len %u gpa 0x%llx val 0x%llx", __print_symbolic(REC->type, ${symbolic(MMIO_TYPES)}), REC->len, REC->gpa, REC->val`,
  text: (v) => `mmio ${named(MMIO_TYPES, v.type)} len ${v.len} gpa ${digits(v.gpa)} val ${digits(v.val)}`,
};
/** WFI or WFE was trapped. The kernel's format has `%c`, which libtraceevent prints as `>c<`. */
export const kvmWfx: Tracepoint = {
  name: 'kvm_wfx_arm64',
  fields: [ulong('vcpu_pc'), bool('is_wfe')],
  format: '"guest executed wf%s at: 0x%016lx", REC->is_wfe ? "e" : "i", REC->vcpu_pc',
  text: (v) => `guest executed wf${v.is_wfe ? 'e' : 'i'} at: ${digits(v.vcpu_pc, 16)}`,
};
/** A hypervisor call. */
export const kvmHvc: Tracepoint = {
  name: 'kvm_hvc_arm64',
  fields: [ulong('vcpu_pc'), ulong('r0'), ulong('imm')],
  format: '"HVC at 0x%016lx (r0: 0x%016lx, imm: 0x%lx)", REC->vcpu_pc, REC->r0, REC->imm',
  text: (v) => `HVC at ${digits(v.vcpu_pc, 16)} (r0: ${digits(v.r0, 16)}, imm: ${digits(v.imm)})`,
};
/** A trapped system register, by its syndrome. */
export const kvmHandleSysReg: Tracepoint = {
  name: 'kvm_handle_sys_reg',
  fields: [ulong('hsr')],
  format: '"HSR 0x%08lx", REC->hsr',
  text: (v) => `HSR ${digits(v.hsr, 8)}`,
};
/** The same by its name and encoding. */
export const kvmSysAccess: Tracepoint = {
  name: 'kvm_sys_access',
  fields: [ulong('vcpu_pc'), bool('is_write'), string('name'), u8('Op0'), u8('Op1'), u8('CRn'), u8('CRm'), u8('Op2')],
  format:
    '"PC: %lx %s (%d,%d,%d,%d,%d) %s", REC->vcpu_pc, REC->name, REC->Op0, REC->Op1, REC->CRn, REC->CRm, REC->Op2, REC->is_write ? "write" : "read"',
  text: (v) =>
    `PC: ${BigInt(v.vcpu_pc ?? 0).toString(16)} ${v.name} (${v.Op0},${v.Op1},${v.CRn},${v.CRm},${v.Op2}) ${v.is_write ? 'write' : 'read'}`,
};
/** A line of an interrupt controller changed. */
export const kvmIrqLine: Tracepoint = {
  name: 'kvm_irq_line',
  fields: [uint('type'), int('vcpu_idx'), int('irq_num'), int('level')],
  format: `"Inject %s interrupt (%d), vcpu->idx: %d, num: %d, level: %d", __print_symbolic(REC->type, ${symbolic(IRQ_TYPES)}), REC->type, REC->vcpu_idx, REC->irq_num, REC->level`,
  text: (v) =>
    `Inject ${named(IRQ_TYPES, v.type)} interrupt (${v.type}), vcpu->idx: ${v.vcpu_idx}, num: ${v.irq_num}, level: ${v.level}`,
};
/** A timer's output changed. */
export const kvmTimerUpdateIrq: Tracepoint = {
  name: 'kvm_timer_update_irq',
  fields: [ulong('vcpu_id'), { ...u32('irq'), type: '__u32' }, int('level')],
  format: '"VCPU: %ld, IRQ %d, level %d", REC->vcpu_id, REC->irq, REC->level',
  text: (v) => `VCPU: ${v.vcpu_id}, IRQ ${v.irq}, level ${v.level}`,
};
/** A timer was programmed. */
export const kvmTimerRestoreState: Tracepoint = {
  name: 'kvm_timer_restore_state',
  fields: [ulong('ctl'), { ...u64('cval'), type: 'unsigned long long' }, int('timer_idx')],
  format: '"CTL: 0x%06lx CVAL: 0x%llx arch_timer_ctx_index: %d", REC->ctl, REC->cval, REC->timer_idx',
  text: (v) => `CTL: ${wide(v.ctl, 8)} CVAL: ${digits(v.cval)} arch_timer_ctx_index: ${v.timer_idx}`,
};
/** An interrupt became pending. */
export const vgicUpdateIrqPending: Tracepoint = {
  name: 'vgic_update_irq_pending',
  fields: [ulong('vcpu_id'), { ...u32('irq'), type: '__u32' }, bool('level')],
  format: '"VCPU: %ld, IRQ %d, level: %d", REC->vcpu_id, REC->irq, REC->level',
  text: (v) => `VCPU: ${v.vcpu_id}, IRQ ${v.irq}, level: ${v.level}`,
};
/** An exit was left to the program. */
export const kvmUserspaceExit: Tracepoint = {
  name: 'kvm_userspace_exit',
  fields: [{ ...u32('reason'), type: '__u32' }, int('errno')],
  format: `"reason %s (%d)", __print_symbolic(REC->reason, ${symbolic(EXIT_REASONS)}), REC->reason`,
  text: (v) => `reason ${named(EXIT_REASONS, v.reason)} (${v.reason})`,
};

/** All that an export writes. */
export const tracepoints: readonly Tracepoint[] = [
  kvmEntry,
  kvmExit,
  kvmGuestFault,
  kvmMmio,
  kvmWfx,
  kvmHvc,
  kvmHandleSysReg,
  kvmSysAccess,
  kvmIrqLine,
  kvmTimerUpdateIrq,
  kvmTimerRestoreState,
  vgicUpdateIrqPending,
  kvmUserspaceExit,
];
