import { PAGE_BYTES } from '../../base/page.ts';
import {
  AccessFlags,
  alignmentBytes,
  deviceAlignmentBytes,
  flagsOfAccess,
  MemorySize,
  memoryBytes,
  sizeOfAccess,
} from '../ir/ops.ts';
import { Access } from '../mmu/access.ts';
import * as cells from '../state/cells.ts';
import { ExitReason } from '../state/codes.ts';
import type { Cpu } from '../system/cpu.ts';
import type { DeviceAccessBytes, DevicePlace } from '../system/physical-devices.ts';
import type { CodeCache } from './code-cache.ts';
import { type PageTraits, Trait } from './page-traits.ts';
import type { AbortReason, Architecture } from './ports.ts';
import type { AccessPlace, Watchpoints } from './watchpoints.ts';

const OFFSET_MASK = PAGE_BYTES - 1;

/**
 * The slow path of loads and stores: what missed the inline TLB, crosses a page, writes to a page with translated code,
 * or faults. Each entry returns 1 when the instruction is to be abandoned.
 */
export class MemoryAccess {
  readonly #cpu: Cpu;
  readonly #arch: Architecture;
  readonly #code: CodeCache;
  readonly #traits: PageTraits;
  readonly #watchpoints: Watchpoints;
  readonly #view: DataView;
  /**
   * The code that runs now ends after this instruction. A store to a page with translated code is made only then, since
   * what it changes may be the very next instruction; so is an access to a device, since it may raise an interrupt, and one that is
   * watched, since it may stop the run. In longer blocks they are put off (ExitReason.alone).
   */
  single = false;
  /** The device that the access located last goes to, and its physical address. */
  #device: DevicePlace | null = null;
  #pa = 0;
  #linear = 0;
  #linearNext = 0;
  /** Bytes of the access that lie in its first page. */
  #inFirst = 0;

  constructor(cpu: Cpu, arch: Architecture, code: CodeCache, traits: PageTraits, watchpoints: Watchpoints) {
    this.#cpu = cpu;
    this.#arch = arch;
    this.#code = code;
    this.#traits = traits;
    this.#watchpoints = watchpoints;
    this.#view = new DataView(cpu.memory.buffer);
  }

  load(info: number): number {
    const size = sizeOfAccess(info);
    const bytes = memoryBytes[size] as number;
    const flags = flagsOfAccess(info);
    if (flags & AccessFlags.maintenance) return this.#maintain();
    if (!this.#locate(size, flags, Access.read)) return 1;
    if (this.#device !== null) return this.#accessDevice(this.#device, bytes, Access.read);
    const watched = this.#hit(Trait.watchRead, bytes);
    if (watched !== null) {
      if (!this.single) return this.#putOff();
      const found = this.#watchpoints.contents(watched, bytes);
      this.#watchpoints.note(false, watched, size, found);
    }
    this.#copy(cells.RESULT, this.#linear, this.#inFirst);
    if (this.#inFirst < bytes) this.#copy(cells.RESULT + this.#inFirst, this.#linearNext, bytes - this.#inFirst);
    return 0;
  }

  store(info: number): number {
    const size = sizeOfAccess(info);
    const bytes = memoryBytes[size] as number;
    if (!this.#locate(size, flagsOfAccess(info), Access.write)) return 1;
    if (this.#device !== null) return this.#accessDevice(this.#device, bytes, Access.write);
    const watched = this.#hit(Trait.watchWrite, bytes);
    if (!this.single && (watched !== null || this.#changesCode(bytes))) return this.#putOff();
    const before = watched && this.#watchpoints.contents(watched, bytes);
    this.#traits.noteWrite(this.#pageOf(this.#linear));
    if (this.#inFirst < bytes) this.#traits.noteWrite(this.#pageOf(this.#linearNext));
    if (size === MemorySize.zero64) this.#cpu.u8.fill(0, this.#linear, this.#linear + bytes);
    else {
      this.#copy(this.#linear, cells.ARG_VALUE, this.#inFirst);
      if (this.#inFirst < bytes) this.#copy(this.#linearNext, cells.ARG_VALUE + this.#inFirst, bytes - this.#inFirst);
    }
    if (watched !== null && before !== null) this.#watchpoints.note(true, watched, size, before);
    if (this.single) this.#invalidateCode(bytes);
    return 0;
  }

  /** Up to 16 bytes word by word: calls of copyWithin take longer than that. */
  #copy(to: number, from: number, bytes: number): void {
    if (bytes > 16) {
      this.#cpu.u8.copyWithin(to, from, from + bytes);
      return;
    }
    const view = this.#view;
    let at = 0;
    for (; at + 4 <= bytes; at += 4) view.setInt32(to + at, view.getInt32(from + at, true), true);
    for (; at < bytes; at++) view.setUint8(to + at, view.getUint8(from + at));
  }
  #putOff(): 1 {
    this.#cpu.set32(cells.EXIT_REASON, ExitReason.alone);
    return 1;
  }

  /** What is wider than a word is accessed word by word. */
  #accessDevice({ base, device }: DevicePlace, bytes: number, access: number): number {
    if (!this.single) return this.#putOff();
    const cpu = this.#cpu;
    const step = Math.min(bytes, 4) as DeviceAccessBytes;
    const offset = this.#pa - base;
    for (let at = 0; at < bytes; at += step) {
      if (access === Access.read) cpu.set32(cells.RESULT + at, device.read(offset + at, step));
      else device.write(offset + at, step, (cpu.get32(cells.ARG_VALUE + at) & (2 ** (8 * step) - 1)) >>> 0);
    }
    return 0;
  }

  #pageOf(linear: number): number {
    return (linear - cells.HOST_MEMORY) >>> 12;
  }
  #touches(trait: number, bytes: number): boolean {
    if (this.#traits.has(this.#pageOf(this.#linear), trait)) return true;
    return this.#inFirst < bytes && this.#traits.has(this.#pageOf(this.#linearNext), trait);
  }
  /** The store may change code that is known. */
  #changesCode(bytes: number): boolean {
    const from = this.#linear & OFFSET_MASK;
    if (this.#code.isCode(this.#pageOf(this.#linear), from, from + this.#inFirst)) return true;
    return this.#inFirst < bytes && this.#code.isCode(this.#pageOf(this.#linearNext), 0, bytes - this.#inFirst);
  }
  /** Where the access lies, if it touches what is watched. */
  #hit(trait: number, bytes: number): AccessPlace | null {
    if (!this.#touches(trait, bytes)) return null;
    const place = { linear: this.#linear, inFirst: this.#inFirst, linearNext: this.#linearNext };
    return this.#watchpoints.isHit(trait === Trait.watchWrite, place, bytes) ? place : null;
  }
  #invalidateCode(bytes: number): void {
    const from = this.#linear & OFFSET_MASK;
    this.#code.invalidate(this.#pageOf(this.#linear), from, from + this.#inFirst);
    if (this.#inFirst < bytes) this.#code.invalidate(this.#pageOf(this.#linearNext), 0, bytes - this.#inFirst);
  }

  /** Cache maintenance at ARG_ADDRESS: caches hold no more than memory does, but the address is translated. */
  #maintain(): number {
    const cpu = this.#cpu;
    const { mmu } = this.#arch;
    const lo = cpu.u32[cells.ARG_ADDRESS >>> 2] as number;
    const hi = cpu.u32[(cells.ARG_ADDRESS >>> 2) + 1] as number;
    if (mmu.translate(lo, hi, Access.read)) {
      if (mmu.disturbed) {
        this.#beginAnew();
        return 1;
      }
      if (mmu.pa < cpu.hostBytes && this.#arch.watchpoint === null) this.#fill(lo, hi, Access.read, mmu.pa, false);
      return 0;
    }
    // Only at EL0 it needs permission to read. Arm ARM DDI 0487, D7.5.9; DDI 0406C, B3.12.3.
    if (cpu.el !== 0 && mmu.fault.isDenial) return 0;
    this.#fail('mmu', lo, hi, Access.maintenance);
    return 1;
  }

  /** Translates and checks the access at ARG_ADDRESS: sets #linear, #linearNext, #inFirst, or #device; or notes the exception. */
  #locate(size: number, flags: number, access: number): boolean {
    const cpu = this.#cpu;
    const { mmu } = this.#arch;
    const bytes = memoryBytes[size] as number;
    const lo = cpu.u32[cells.ARG_ADDRESS >>> 2] as number;
    const hi = cpu.u32[(cells.ARG_ADDRESS >>> 2) + 1] as number;
    const unprivileged = (flags & AccessFlags.unprivileged) !== 0;
    if (unprivileged) access |= Access.unprivileged;
    if (lo & (alignmentBytes(flags, bytes) - 1)) return this.#fail('alignment', lo, hi, access);
    // A block that is zeroed is aligned, but told of by the address that was given; it must not be Device memory.
    const isBlock = size === MemorySize.zero64;
    const intoBlock = isBlock ? lo & (bytes - 1) : 0;
    const misaligned = isBlock || (lo & (deviceAlignmentBytes(flags, size) - 1)) !== 0;

    if (!mmu.translate(lo, hi, access)) return this.#failTranslation(lo, hi, lo, hi, access, misaligned);
    if (mmu.disturbed) return this.#beginAnew();
    if (mmu.device && misaligned) return this.#fail('alignment', lo, hi, access);
    const first = isBlock ? bytes : Math.min(bytes, PAGE_BYTES - (lo & OFFSET_MASK));
    const pa = mmu.pa - intoBlock;
    let paNext = 0;
    const nextLo = (lo + first) >>> 0;
    const nextHi = nextLo < lo ? (hi + 1) >>> 0 : hi;
    if (first < bytes) {
      if (!mmu.translate(nextLo, nextHi, access))
        return this.#failTranslation(nextLo, nextHi, lo, hi, access, misaligned);
      if (mmu.disturbed) return this.#beginAnew();
      if (mmu.device && misaligned) return this.#fail('alignment', lo, hi, access);
      paNext = mmu.pa;
    }
    // Watchpoints take note of what translation lets pass.
    const watched = this.#arch.watchpoint;
    if (watched?.(lo - intoBlock, hi, bytes, (access & Access.write) !== 0, unprivileged))
      return this.#fail('watchpoint', lo, hi, access);

    this.#device = null;
    if (pa + first > cpu.hostBytes) return this.#locateDevice(pa, bytes, lo, hi, access);
    this.#linear = cells.HOST_MEMORY + pa;
    this.#inFirst = first;
    if (first === bytes) {
      if (watched === null) this.#fill(lo, hi, access, pa, unprivileged);
      return true;
    }
    if (paNext + bytes - first > cpu.hostBytes) return this.#fail('external', nextLo, nextHi, access);
    this.#linearNext = cells.HOST_MEMORY + paNext;
    return true;
  }

  /** A misaligned access to what stage 1 makes Device memory is a fault of that stage, before any of stage 2. D7.5.2. */
  #failTranslation(
    lo: number,
    hi: number,
    startLo: number,
    startHi: number,
    access: number,
    misaligned: boolean,
  ): false {
    const { fault } = this.#arch.mmu;
    if (misaligned && fault.isBehindDevice) return this.#fail('alignment', startLo, startHi, access);
    return this.#fail('mmu', lo, hi, access);
  }

  /** Beyond memory: a device, or nothing. */
  #locateDevice(pa: number, bytes: number, lo: number, hi: number, access: number): boolean {
    const place = this.#cpu.system.devices.find(pa, bytes);
    if (place === undefined) return this.#fail('external', lo, hi, access);
    // It takes words.
    if (lo & (Math.min(bytes, 4) - 1)) return this.#fail('alignment', lo, hi, access);
    this.#device = place;
    this.#pa = pa;
    return true;
  }

  #fill(lo: number, hi: number, access: number, pa: number, unprivileged: boolean): void {
    const { mmu } = this.#arch;
    if (mmu.device) return;
    const page = pa >>> 12;
    if ((access & Access.write) === 0) {
      if (!this.#traits.has(page, Trait.watchRead)) mmu.fillRead(lo, hi, unprivileged);
    } else {
      this.#traits.noteWrite(page);
      if (this.#traits.isQuickToStore(page)) mmu.fillWrite(lo, hi, unprivileged);
    }
  }

  /** The translations of this code's page, or of the access's first part, may be gone. */
  #beginAnew(): false {
    this.#cpu.set32(cells.EXIT_REASON, ExitReason.reconsider);
    return false;
  }
  #fail(reason: AbortReason, lo: number, hi: number, access: number): false {
    this.#cpu.pending = this.#arch.abort(reason, lo, hi, access);
    this.#cpu.set32(cells.EXIT_REASON, ExitReason.abandoned);
    return false;
  }
}
