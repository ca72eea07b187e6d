import * as cells from '../core/state/cells.ts';
import type { GuestView } from './guest-view.ts';

// Notes of a core file: System V ABI, chapter 5, "Note Section"; their contents as Linux has them (include/uapi/linux/elfcore.h,
// arch/arm64/include/uapi/asm/ptrace.h, arch/arm/include/uapi/asm/ptrace.h).

/** Types of notes. Linux include/uapi/linux/elf.h. */
const NT = { prstatus: 1, fpregset: 2, armVfp: 0x400 } as const;
const WORD = 4;

const padded = (bytes: number): number => bytes + (-bytes & (WORD - 1));

/** A note: a description under a name and a type. */
export function note(name: string, type: number, description: Uint8Array): Uint8Array {
  const label = Buffer.from(`${name}\0`, 'latin1');
  const out = Buffer.alloc(12 + padded(label.length) + padded(description.length));
  out.writeUInt32LE(label.length, 0);
  out.writeUInt32LE(description.length, 4);
  out.writeUInt32LE(type, 8);
  label.copy(out, 12);
  out.set(description, 12 + padded(label.length));
  return out;
}

/** struct elf_prstatus, of which a debugger wants the thread's number and the registers. */
const PRSTATUS64 = { bytes: 392, pid: 32, registers: 112 } as const;
const PRSTATUS32 = { bytes: 148, pid: 24, registers: 72 } as const;

/** The general and the floating-point registers of a vCPU, for a core of 64-bit or 32-bit kind. */
export function registerNotes(view: GuestView, vcpu: number, is64: boolean): Uint8Array[] {
  return is64 ? notes64(view, vcpu) : notes32(view, vcpu);
}

function notes64(view: GuestView, vcpu: number): Uint8Array[] {
  const { cpu } = view.machine.cpu;
  const status = Buffer.alloc(PRSTATUS64.bytes);
  // A thread's number is not 0.
  status.writeUInt32LE(vcpu + 1, PRSTATUS64.pid);
  // A program in AArch32 state has R0..R14 as X0..X14.
  const general = Array.from({ length: 31 }, (_, n) => (n < 15 ? view.general(n) : cpu.get64(cells.X + 8 * n)));
  const words = [...general, view.sp, view.pc, BigInt(view.psr)];
  for (const [n, word] of words.entries()) status.writeBigUInt64LE(word, PRSTATUS64.registers + 8 * n);
  const { fpcr, fpsr } = view.floatControls;
  const vectors = Buffer.alloc(32 * 16 + 16);
  for (let n = 0; n < 32; n++)
    for (const [half, value] of view.vector(n).entries()) vectors.writeBigUInt64LE(value, 16 * n + 8 * half);
  vectors.writeUInt32LE(fpsr, 512);
  vectors.writeUInt32LE(fpcr, 516);
  return [note('CORE', NT.prstatus, status), note('CORE', NT.fpregset, vectors)];
}

function notes32(view: GuestView, vcpu: number): Uint8Array[] {
  const status = Buffer.alloc(PRSTATUS32.bytes);
  status.writeUInt32LE(vcpu + 1, PRSTATUS32.pid);
  // R0..R14, PC, CPSR, and R0 as it was before a system call.
  const general = Array.from({ length: 15 }, (_, n) => view.general(n));
  for (const [n, word] of [...general, view.pc, BigInt(view.psr), view.general(0)].entries())
    status.writeUInt32LE(Number(BigInt.asUintN(32, word)), PRSTATUS32.registers + 4 * n);
  const vfp = Buffer.alloc(32 * 8 + 4);
  for (let n = 0; n < 16; n++)
    for (const [half, value] of view.vector(n).entries()) vfp.writeBigUInt64LE(value, 16 * n + 8 * half);
  const { fpcr, fpsr } = view.floatControls;
  vfp.writeUInt32LE((fpcr | fpsr) >>> 0, 256);
  return [note('CORE', NT.prstatus, status), note('LINUX', NT.armVfp, vfp)];
}

/** What the guest's kernel tells of itself. */
export const vmcoreinfoNote = (text: Uint8Array): Uint8Array => note('VMCOREINFO', 0, text);
