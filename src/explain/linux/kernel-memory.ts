import { high32, low32 } from '../../base/bits.ts';
import { CellMmuRegisters } from '../../core/mmu/cell-registers.ts';
import type { PeState } from '../../core/state/pe-state.ts';
import type { GuestView } from '../../inspect/guest-view.ts';
import { MemoryAtOnce, type WordReader } from '../../inspect/memory-at-once.ts';
import { TableWalk } from '../../inspect/translate.ts';

/** Something that lies in the kernel's image. */
export interface Anchor {
  /** Where it may be mapped. */
  readonly virtual: readonly bigint[];
  /** Guest-physical: where it was loaded. */
  readonly physical: readonly bigint[];
}

/** How far behind the tables of its trampoline arm64's own lie: TRAMP_SWAPPER_OFFSET. Linux arch/arm64/include/asm/assembler.h. */
const BEHIND_TRAMPOLINE = [0x2000n, 0x1000n, 0x8000n, 0x4000n, 0x2_0000n, 0x1_0000n] as const;
const TABLE_BITS = 0xffff_ffff_fffen;

/** The registers as they are, but for where the upper half's tables begin. */
class WithUpperTables extends CellMmuRegisters {
  ttbr1 = 0n;
  constructor(cpu: PeState) {
    super(cpu);
  }
  override get ttbr1El1Lo(): number {
    return low32(this.ttbr1);
  }
  override get ttbr1El1Hi(): number {
    return high32(this.ttbr1);
  }
}

/**
 * A Linux kernel's memory at whatever moment: also while a program runs from which the kernel is unmapped (KPTI). Then the tables
 * are taken that it had before, or those that belong to the trampoline's.
 */
export class KernelMemory implements WordReader {
  readonly #view: GuestView;
  readonly #anchor: Anchor | undefined;
  readonly #registers: WithUpperTables;
  readonly #walk: TableWalk;
  #known: bigint | undefined;
  #memory: MemoryAtOnce | undefined;
  #anchorAt: bigint | undefined;

  /** `anchor`: what tells whether the kernel is mapped; without it the tables are taken as they are. */
  constructor(view: GuestView, anchor: Anchor | undefined) {
    this.#view = view;
    this.#anchor = anchor;
    this.#registers = new WithUpperTables(view.machine.cpu.cpu);
    this.#walk = new TableWalk(view.machine.cpu.cpu, this.#registers);
  }

  /** The guest may have run. */
  refresh(): void {
    this.#memory = undefined;
  }
  word(va: bigint, bytes: 4 | 8): bigint | undefined {
    return this.#now().word(va, bytes);
  }
  /** The address at which the kernel has the anchor now; undefined where it has it nowhere. */
  get anchorAt(): bigint | undefined {
    this.#now();
    return this.#anchorAt;
  }

  #now(): MemoryAtOnce {
    this.#memory ??= this.#look();
    return this.#memory;
  }
  #look(): MemoryAtOnce {
    const walk = this.#walk;
    const now = this.#view.register('TTBR1_EL1') ?? 0n;
    const tables = now & TABLE_BITS;
    const isHigh = this.#anchor !== undefined && !this.#view.isAarch32;
    const tries = isHigh ? [now, this.#known ?? now, ...BEHIND_TRAMPOLINE.map((offset) => tables + offset)] : [now];
    this.#anchorAt = undefined;
    for (const ttbr1 of tries) {
      this.#registers.ttbr1 = ttbr1;
      walk.refresh();
      this.#anchorAt = this.#anchor?.virtual.find((va) => this.#anchor?.physical.includes(BigInt(walk.ipaOf(va))));
      if (this.#anchorAt === undefined) continue;
      this.#known = ttbr1;
      break;
    }
    if (this.#anchorAt === undefined) {
      this.#registers.ttbr1 = now;
      walk.refresh();
    }
    return new MemoryAtOnce(this.#view, (va) => walk.ipaOf(va));
  }
}
