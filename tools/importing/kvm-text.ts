import type { TraceValues } from './trace-record.ts';

/**
 * The texts of KVM's tracepoints on arm64, by name: the kernel's own (Linux arch/arm64/kvm/trace_arm.h, trace_handle_exit.h,
 * vgic/trace.h, include/trace/events/kvm.h) of this and earlier years, which said HSR or ESR and had other widths. A group that is
 * a number in hexadecimal ends with `_x`, one in decimal with `_d`; others are texts.
 */
const HEX = '(?:0x)?[0-9a-f]{1,16}(?![0-9a-fx])';
const DEC = '-?[0-9]{1,10}(?![0-9])';
const hex = (name: string): string => `(?<${name}_x>${HEX})`;
const dec = (name: string): string => `(?<${name}_d>${DEC})`;
/** trace-cmd's plugin for x86 complains of what arm64 has not. */
const COMPLAINT = /^(?:<CANT FIND FIELD \w{1,32}>\s*)+/;

const texts: Readonly<Record<string, RegExp>> = {
  kvm_entry: new RegExp(`PC: ${hex('vcpu_pc')}`),
  kvm_exit: new RegExp(
    `^(?:(?<type>\\w{1,16}): )?(?:[HE]SR_EC: ${hex('esr_ec')}(?: \\(\\w{1,16}\\))?, )?PC: ${hex('vcpu_pc')}`,
  ),
  kvm_guest_fault: new RegExp(`^ipa ${hex('ipa')}, [he]sr ${hex('hsr')}, hxfar ${hex('hxfar')}, pc ${hex('vcpu_pc')}`),
  kvm_mmio: new RegExp(`^mmio (?<type>[\\w-]{1,20}) len ${dec('len')} gpa ${hex('gpa')} val ${hex('val')}`),
  kvm_wfx_arm64: new RegExp(`^guest executed wf(?<which>e|i) at: ${hex('vcpu_pc')}`),
  kvm_hvc_arm64: new RegExp(`^HVC at ${hex('vcpu_pc')} \\(r0: ${hex('r0')}, imm: ${hex('imm')}\\)`),
  kvm_handle_sys_reg: new RegExp(`^[HE]SR ${hex('hsr')}`),
  kvm_sys_access: new RegExp(
    `^PC: ${hex('vcpu_pc')} (?<name>\\S{1,64}) \\(${['Op0', 'Op1', 'CRn', 'CRm', 'Op2'].map(dec).join(',')}\\) (?<access>read|write)`,
  ),
  kvm_irq_line: new RegExp(
    `^Inject [\\w ]{1,20} interrupt \\(${dec('type')}\\), vcpu->idx: ${dec('vcpu_idx')}, num: ${dec('irq_num')}, level: ${dec('level')}`,
  ),
  kvm_timer_update_irq: new RegExp(`^VCPU: ${dec('vcpu_id')}, IRQ ${dec('irq')}, level ${dec('level')}`),
  kvm_timer_restore_state: new RegExp(
    `^\\s*CTL: ${hex('ctl')} CVAL:\\s+${hex('cval')} arch_timer_ctx_index: ${dec('timer_idx')}`,
  ),
  vgic_update_irq_pending: new RegExp(`^VCPU: ${dec('vcpu_id')}, IRQ ${dec('irq')}, level: ${dec('level')}`),
  kvm_userspace_exit: new RegExp(`^reason (?<what>\\w{1,40}) \\(${dec('reason')}\\)`),
};

/** ARM_EXCEPTION_*, as `kvm_exit` prints them. */
const EXCEPTIONS: Readonly<Record<string, number>> = { IRQ: 0, SERROR: 1, TRAP: 2, IL: 3, ILLEGAL: 3 };
const MMIO: Readonly<Record<string, number>> = { 'unsatisfied-read': 0, read: 1, write: 2 };

/** Is it a tracepoint that a tape has a use for? */
export const isUsed = (name: string): boolean => Object.hasOwn(texts, name);

/** The values in a tracepoint's text, by the names of its binary record's fields; undefined where it is not understood. */
export function valuesOf(name: string, text: string): TraceValues | undefined {
  const { groups } = texts[name]?.exec(text.replace(COMPLAINT, '')) ?? {};
  if (groups === undefined) return undefined;
  const values: Record<string, number | bigint | string> = {};
  for (const [key, value] of Object.entries(groups)) {
    if (value === undefined) continue;
    if (key.endsWith('_x')) values[key.slice(0, -2)] = BigInt(value.startsWith('0x') ? value : `0x${value}`);
    else if (key.endsWith('_d')) values[key.slice(0, -2)] = Number(value);
    else values[key] = value;
  }
  if (name === 'kvm_exit') values.ret = EXCEPTIONS[String(values.type ?? 'TRAP')] ?? -1;
  if (name === 'kvm_mmio') values.type = MMIO[String(values.type)] ?? -1;
  if (name === 'kvm_wfx_arm64') values.is_wfe = values.which === 'e' ? 1 : 0;
  if (name === 'kvm_sys_access') values.is_write = values.access === 'write' ? 1 : 0;
  return values;
}
