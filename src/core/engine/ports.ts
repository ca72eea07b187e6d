import type { FrontEnd } from '../decode/front-end.ts';
import type { TranslationConfig } from '../ir/config.ts';
import type { RuntimeCall } from '../ir/ops.ts';
import type { Exception } from '../state/exception.ts';

/** Translation of addresses: the MMU, as the engine sees it. VAs in halves, unsigned. */
export interface AddressTranslation {
  /** For an access of the guest. true: `pa` and `device` are set. false: the fault is noted, for `Architecture.abort`. */
  translate(vaLo: number, vaHi: number, access: number): boolean;
  /** Translations in use may have been dropped by the one just made: the instruction is to be begun anew, with its fetch. */
  readonly disturbed: boolean;
  /** For a look from outside, of which nothing stays: the physical address, or -1. */
  probe(vaLo: number, vaHi: number, access: number): number;
  /** Physical address of the byte at the VA last translated. */
  readonly pa: number;
  /** Device memory: misaligned accesses fault. */
  readonly device: boolean;
  /** Why `translate` failed last. */
  readonly fault: {
    /** Stage 1 maps the address, but not for this access. */
    readonly isDenial: boolean;
    /** Stage 1 gave Device memory; the fault is one of stage 2. */
    readonly isBehindDevice: boolean;
  };
  /** Enters the page translated last into the inline TLB: Normal memory within the emulated physical memory. */
  fillRead(vaLo: number, vaHi: number, unprivileged: boolean): void;
  fillWrite(vaLo: number, vaHi: number, unprivileged: boolean): void;
  /** Makes all stores to the page at this linear address leave the inline TLB. */
  flushWriteEntriesOf(linearPage: number): void;
  /** The same of all pages. */
  flushWriteEntries(): void;
  /** Makes loads from some pages leave the inline TLB, and stores to some: by physical page. */
  flushEntriesOf(loads: ReadonlySet<number>, stores: ReadonlySet<number>): void;
}

/** Why an access failed beyond what the MMU noted. */
export type AbortReason = 'mmu' | 'alignment' | 'external' | 'watchpoint';

/** The architecture's side of the engine: exceptions, registers, configuration. */
export interface Architecture {
  readonly mmu: AddressTranslation;
  /** What decodes and lifts the code of a configuration. */
  frontEnd(config: TranslationConfig): FrontEnd;
  /** The configuration of a T32 instruction that reaches into the next page, where its second halfword lies. */
  straddling(config: TranslationConfig, secondHalf: number): TranslationConfig;
  /** Configuration and context of the current state, recomputed where stale. */
  refresh(): TranslationConfig;
  /** As `refresh`, with one instruction a block. */
  refreshSingle(): TranslationConfig;
  /** Exception of a failed data access (or fetch) at a VA. */
  abort(reason: AbortReason, vaLo: number, vaHi: number, access: number): Exception;
  /** Exception of an instruction that calls for one (EXIT_ARGUMENT). */
  call(argument: number): Exception;
  /** The high half of what PC becomes by a branch to an address: one of AArch64 may have a tag. */
  branchAddressHigh(high: number): number;
  /** PC is misaligned. */
  pcAlignment(): Exception;
  /** Instruction count at which something of the CPU's own (a timer) changes next; then `poll` is to be called. */
  deadline(): number;
  poll(): void;
  /** An interrupt to take now, if any. */
  interrupt(): Exception | null;
  take(exception: Exception): void;
  exceptionReturn(): void;
  /** The instruction at PC. */
  word(): number;
  /** Whom observed code calls, before each instruction or block. */
  observed: (argument: number) => void;
  /** System register access or operation; true abandons the instruction with cpu.pending set. */
  runtime(call: RuntimeCall, argument: number): boolean;
  /** True when a data access of so many bytes at the VA hits a watchpoint. */
  watchpoint: ((vaLo: number, vaHi: number, bytes: number, write: boolean, unprivileged: boolean) => boolean) | null;
  /** Debug exceptions around single instructions; null where none are enabled. */
  readonly debug: DebugExceptions | null;
}

export interface DebugExceptions {
  /** The Software Step exception due before the next instruction. */
  step(): Exception | null;
  /** The Breakpoint exception due before the instruction at PC, which can be fetched. */
  breakpoint(): Exception | null;
  /** After the instruction with this encoding has retired. */
  after(word: number): void;
}
