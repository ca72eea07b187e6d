// inspect/: looks at a machine between two runs; nothing of it is noticed by the guest.

import { high32, low32 } from '../base/bits.ts';
import { PAGE_BYTES } from '../base/page.ts';
import { registerCell } from '../core/exception/modes.ts';
import { Cpsr, Pstate } from '../core/fields/psr.ts';
import { Access } from '../core/mmu/access.ts';
import * as cells from '../core/state/cells.ts';
import { sys } from '../core/state/system-cells.ts';
import { coprocessorRows } from '../core/system/cp15/index.ts';
import { specialRegisters } from '../core/system/cp15/special.ts';
import { systemRegisters } from '../core/system/index.ts';
import type { Machine } from '../machine/machine.ts';
import { TableWalk, type Translation } from './translate.ts';

/** The level as which memory is looked at: the kernel's, or that of programs. */
export type ViewLevel = 0 | 1;

/** A part of a range of addresses. */
export interface Piece {
  readonly at: bigint;
  /** Bytes of the range before it. */
  readonly done: number;
  readonly bytes: number;
  readonly ipa: number | undefined;
}

/** Reading them is an act: it takes an interrupt, or is only for writing. */
const ACTS = /^(ICC_IAR|ICC_EOIR|ICC_DIR|ICC_SGI|ICC_ASGI|DBGDTR|OSDTR)/;

/**
 * A guest as a debugger sees it: registers of its own state and mode, memory by virtual and physical address. It may be asked
 * whenever the machine does not run; what it reads leaves no trace. It is that of the vCPU whose turn it is, but within `of`.
 */
export class GuestView {
  readonly machine: Machine;
  readonly #walk: TableWalk;
  readonly #systemNames: ReadonlySet<string>;

  constructor(machine: Machine) {
    this.machine = machine;
    const { cpu } = machine.cpu;
    this.#walk = new TableWalk(cpu);
    const rows = this.#isAarch32Only ? [...coprocessorRows, ...specialRegisters] : systemRegisters;
    this.#systemNames = new Set(
      rows.flatMap(({ name, storage }) => {
        const isReadable = storage.kind !== 'lifted' && !(storage.kind === 'functions' && storage.read === undefined);
        return isReadable && !ACTS.test(name) ? [name] : [];
      }),
    );
  }

  get #isAarch32Only(): boolean {
    return this.machine.cpu.cpu.get32(sys.AARCH32_ONLY) !== 0;
  }

  /** What `look` sees of a vCPU. */
  of<T>(vcpu: number, look: () => T): T {
    const { cpu } = this.machine;
    const back = cpu.loaded;
    cpu.load(vcpu);
    try {
      return look();
    } finally {
      cpu.load(back);
    }
  }
  /** vCPUs that are on, that whose turn it is first. */
  get vcpus(): readonly number[] {
    const { vm } = this.machine;
    const others = vm.vcpus.filter(({ id, power }) => id !== vm.current && power === 'on');
    return [vm.current, ...others.map(({ id }) => id as number)];
  }

  // --- registers -----------------------------------------------------------------------------------------------------
  /** Where the guest goes on; in AArch32 without the bit for T32. */
  get pc(): bigint {
    return this.machine.cpu.guestPc();
  }
  /** PSTATE as SPSR_EL2 would have it, or CPSR. */
  get psr(): number {
    return this.machine.cpu.guestPstate() >>> 0;
  }
  /** The guest's exception level. */
  get el(): ViewLevel {
    return this.machine.cpu.guestEl() === 0 ? 0 : 1;
  }
  get isAarch32(): boolean {
    return this.#isAarch32Only || (this.psr & Pstate.aarch32) !== 0;
  }
  /** The next instruction is of T32. */
  get isThumb(): boolean {
    return this.isAarch32 && (this.psr & Cpsr.t) !== 0;
  }

  /** X0..X30 as numbers 0..30, or R0..R14 of the current mode. */
  general(n: number): bigint {
    const { cpu } = this.machine.cpu;
    if (this.isAarch32) return BigInt(cpu.get32(registerCell(cpu, this.psr & Cpsr.m, n)));
    return cpu.get64(cells.X + 8 * n);
  }
  /** The stack pointer in use. */
  get sp(): bigint {
    if (this.isAarch32) return this.general(13);
    const isOwn = this.el === 1 && (this.psr & Pstate.sp) !== 0;
    return this.machine.cpu.register(isOwn ? 'SP_EL1' : 'SP_EL0').read();
  }
  /** V0..V31 in halves, the lower first; D<2n> and D<2n+1> of AArch32 are the halves of V<n>. */
  vector(n: number): readonly [bigint, bigint] {
    const { cpu } = this.machine.cpu;
    return [cpu.get64(cells.V + 16 * n), cpu.get64(cells.V + 16 * n + 8)];
  }
  /** FPCR and FPSR; in AArch32 the halves of FPSCR. */
  get floatControls(): { readonly fpcr: number; readonly fpsr: number } {
    const { cpu } = this.machine.cpu;
    return { fpcr: cpu.get32(cells.FPCR), fpsr: cpu.get32(cells.FPSR) };
  }

  /** The general registers by name: `x0`..`x30`, `sp`, `pc`, `pstate`; `r0`..`r12`, `sp`, `lr`, `pc`, `cpsr`. */
  registers(): Readonly<Record<string, bigint>> {
    const { isAarch32 } = this;
    const numbered = Array.from({ length: isAarch32 ? 13 : 31 }, (_, n) => [
      `${isAarch32 ? 'r' : 'x'}${n}`,
      this.general(n),
    ]);
    const link = isAarch32 ? [['lr', this.general(14)]] : [];
    const psr = [isAarch32 ? 'cpsr' : 'pstate', BigInt(this.psr)];
    return Object.fromEntries([...numbered, ['sp', this.sp], ...link, ['pc', this.pc], psr]) as Record<string, bigint>;
  }

  /**
   * A register by name, in small or capital letters: those of `registers`, `w0`, `lr`, `v0` and the like, and system registers as
   * the CPU's manual names them (`TTBR1_EL1`; `TTBCR` on an ARMv7 CPU). Undefined where there is none of that name that could be
   * read without an effect.
   */
  register(name: string): bigint | undefined {
    const lower = name.toLowerCase();
    const [, letter = '', digits = ''] = /^([xwrvqd])([0-9]{1,2})$/.exec(lower) ?? [];
    const n = digits === '' ? -1 : Number(digits);
    if (letter === 'v' || letter === 'q') {
      if (n >= (this.isAarch32 ? 16 : 32)) return undefined;
      const [low, high] = this.vector(n);
      return (high << 64n) | low;
    }
    if (letter === 'd') {
      if (n >= 32) return undefined;
      return this.isAarch32 ? this.vector(n >>> 1)[(n & 1) as 0 | 1] : this.vector(n)[0];
    }
    if (letter !== '') {
      if (this.isAarch32) {
        if (letter !== 'r' || n > 15) return undefined;
        return n === 15 ? this.pc : this.general(n);
      }
      if (letter === 'r' || n > 30) return undefined;
      return letter === 'w' ? this.general(n) & 0xffff_ffffn : this.general(n);
    }
    switch (lower) {
      case 'lr':
        return this.general(this.isAarch32 ? 14 : 30);
      case 'fp':
        return this.isAarch32 ? this.general(11) : this.general(29);
      case 'pstate':
      case 'cpsr':
        return BigInt(this.psr);
      case 'pc':
        return this.pc;
      case 'sp':
        return this.sp;
    }
    const known = [name, name.toUpperCase()].find((spelled) => this.#systemNames.has(spelled));
    return known === undefined ? this.#bankedPointer(name) : this.machine.cpu.register(known).read();
  }
  #bankedPointer(name: string): bigint | undefined {
    const upper = name.toUpperCase();
    if ((upper !== 'SP_EL0' && upper !== 'SP_EL1') || this.#isAarch32Only) return undefined;
    return this.machine.cpu.register(upper).read();
  }
  /** Names of the system registers that `register` knows. */
  get systemNames(): Iterable<string> {
    return this.#systemNames;
  }

  // --- memory --------------------------------------------------------------------------------------------------------
  /** Guest-physical memory, a view and not a copy; shorter where RAM ends, empty where there is none. */
  physical(ipa: number | bigint, bytes: number): Uint8Array {
    const at = Number(ipa);
    const segment = Number.isSafeInteger(at) ? this.machine.vm.memory.find(at) : undefined;
    if (segment === undefined) return new Uint8Array(0);
    const there = Math.min(bytes, segment.ipa + segment.bytes - at);
    return this.machine.vm.memory.view(at, there) ?? new Uint8Array(0);
  }

  /** Memory by virtual address, a copy; shorter where the next page has no translation or is no RAM. */
  virtual(va: bigint, bytes: number, el: ViewLevel = this.el): Uint8Array {
    this.#walk.refresh();
    const out = new Uint8Array(bytes);
    let done = 0;
    while (done < bytes) {
      const at = BigInt.asUintN(64, va + BigInt(done));
      const piece = this.#virtualPiece(
        at,
        Math.min(bytes - done, PAGE_BYTES - Number(at & BigInt(PAGE_BYTES - 1))),
        el,
      );
      if (piece.length === 0) break;
      out.set(piece, done);
      done += piece.length;
    }
    return done === bytes ? out : out.slice(0, done);
  }
  /** First what the TLB has, where the guest runs at the level asked for: that is what it would get. */
  #virtualPiece(va: bigint, bytes: number, el: ViewLevel): Uint8Array {
    const ipa = this.cachedIpa(va, el) ?? this.#walk.ipaOf(va);
    return ipa < 0 ? new Uint8Array(0) : this.physical(ipa, bytes);
  }

  /** Where the TLB has a virtual address, whatever the tables say; undefined where it has none, or the guest is at another level. */
  cachedIpa(va: bigint, el: ViewLevel): number | undefined {
    const { cpu, architecture } = this.machine.cpu;
    if (cpu.el !== el && !(cpu.el === 1 && el === 0)) return undefined;
    const access = cpu.el === el ? Access.read : Access.read | Access.unprivileged;
    const pa = architecture.mmu.cached(low32(va), high32(va), access);
    return pa < 0 ? undefined : this.ipaOfHost(pa);
  }
  /** The guest-physical address of a place in the host's memory; undefined where that is none of the guest's. */
  ipaOfHost(pa: number): number | undefined {
    const segment = this.machine.vm.memory.segments.find((s) => pa >= s.pa && pa < s.pa + s.bytes);
    return segment && segment.ipa + (pa - segment.pa);
  }

  /** The guest-physical address of a virtual one by the tables, undefined where they have none. */
  ipaOf(va: bigint): number | undefined {
    this.#walk.refresh();
    const ipa = this.#walk.ipaOf(va);
    return ipa < 0 ? undefined : ipa;
  }
  /** A range in pieces that lie in one page each, with the guest-physical address of each by the tables, where they have one. */
  *pieces(space: 'virtual' | 'physical', at: bigint, bytes: number): Generator<Piece> {
    for (let done = 0; done < bytes; ) {
      const from = BigInt.asUintN(64, at + BigInt(done));
      const count = Math.min(bytes - done, PAGE_BYTES - Number(from & BigInt(PAGE_BYTES - 1)));
      yield { at: from, done, bytes: count, ipa: space === 'virtual' ? this.ipaOf(from) : Number(from) };
      done += count;
    }
  }
  /** All that the tables say of an address. */
  translate(va: bigint): Translation {
    return this.#walk.describe(va);
  }
  /** A walk of the tables as they are now, for who asks about many addresses. */
  tables(): TableWalk {
    this.#walk.refresh();
    return this.#walk;
  }
}
