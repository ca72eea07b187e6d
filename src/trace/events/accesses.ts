import { hex } from '../../base/bits.ts';
import { event } from './event.ts';
import { bits32, namedBy, u8, u32, u64 } from './field.ts';
import { sysregName } from './sysreg-names.ts';

const register = (rt: number): string => (rt === 31 ? 'xzr' : `x${rt}`);
/** Coprocessor registers, whose encodings have bit 31, are transferred from and to AArch32's registers. */
const sysregOperand = (encoding: number, rt: number): string => (encoding >= 0x8000_0000 ? `r${rt}` : register(rt));

/** A value the guest read from a device: what trace-driven replay answers with, and the first place where devices drift. */
export const mmioRead = event({
  tag: 0x20,
  name: 'mmio-read',
  since: 1,
  fields: { pc: u64, ipa: u64, size: u8, value: u64, rt: u8 },
  values: (e) => [e.pc, e.ipa, e.size, e.value, e.rt],
  text: (e) =>
    `INST_EMUL | kvm_mmio read len ${e.size} gpa ${hex(e.ipa)} val ${hex(e.value)} ${register(e.rt)} pc ${hex(e.pc)}`,
});

/** A value the guest wrote to a device: the guest's output, which replay compares. */
export const mmioWrite = event({
  tag: 0x21,
  name: 'mmio-write',
  since: 1,
  fields: { pc: u64, ipa: u64, size: u8, value: u64, rt: u8 },
  values: (e) => [e.pc, e.ipa, e.size, e.value, e.rt],
  text: (e) =>
    `INST_EMUL | kvm_mmio write len ${e.size} gpa ${hex(e.ipa)} val ${hex(e.value)} ${register(e.rt)} pc ${hex(e.pc)}`,
});

/** A trapped read of a system or coprocessor register, with the value the hypervisor gave. */
export const sysregRead = event({
  tag: 0x22,
  name: 'sysreg-read',
  since: 1,
  fields: { pc: u64, encoding: namedBy('u32', sysregName), rt: u8, value: u64 },
  values: (e) => [e.pc, e.encoding, e.rt, e.value],
  jsonNames: { encoding: 'register' },
  text: (e) =>
    `REG_EMUL | kvm_sys_access read ${sysregName(e.encoding)} val ${hex(e.value)} ${sysregOperand(e.encoding, e.rt)} pc ${hex(e.pc)}`,
});

/** A trapped write of a system or coprocessor register. */
export const sysregWrite = event({
  tag: 0x23,
  name: 'sysreg-write',
  since: 1,
  fields: { pc: u64, encoding: namedBy('u32', sysregName), rt: u8, value: u64 },
  values: (e) => [e.pc, e.encoding, e.rt, e.value],
  jsonNames: { encoding: 'register' },
  text: (e) =>
    `REG_EMUL | kvm_sys_access write ${sysregName(e.encoding)} val ${hex(e.value)} ${sysregOperand(e.encoding, e.rt)} pc ${hex(e.pc)}`,
});

/** Stage 2 gained a mapping because the guest touched memory for the first time: shows the guest's memory growing. */
export const stage2Map = event({
  tag: 0x24,
  name: 'stage2-map',
  since: 1,
  fields: { ipa: u64, bytes: u32, esr: bits32 },
  text: (e) => `PAGING | kvm_guest_fault ipa ${hex(e.ipa)} bytes ${hex(e.bytes)} esr ${hex(e.esr, 8)}`,
});
