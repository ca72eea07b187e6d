// explain/: what only a replay can tell: where two runs part and why, which code calls what traps.

/** A part of a guest's state, to be asked about. */
export type Subject =
  /** By its name as `GuestView.register` has it: `x0`, `w0`, `sp`, `v3`, `nzcv`, `TTBR1_EL1`; `r0`, `lr`, `cpsr`. Of the vCPU whose turn it is, where none is named. */
  | { readonly register: string; readonly vcpu?: number }
  /** Guest-physical bytes. */
  | { readonly pa: number; readonly bytes: number };

/**
 * How a result hangs on something: its bits are made of it (`data`), it says where the data lies (`address`), or whether, and which of
 * several values, it is (`control`).
 */
export type DependenceKind = 'data' | 'address' | 'control';

/** Where a value came in, or where its chain ends. */
export type Origin =
  /** Console input: the event that brought it, and which of its bytes. */
  | { readonly kind: 'input'; readonly event: number; readonly what: string }
  /** Something on the tape that no instruction of the guest computed: a device's answer, a trapped register, a call's result, an edit. */
  | { readonly kind: 'event'; readonly event?: number; readonly what: string }
  /** A byte of what was loaded before the first instruction. */
  | { readonly kind: 'image'; readonly image: string; readonly offset: number; readonly what: string }
  /** An immediate, the zero register, a reset value, memory that nobody has written. */
  | { readonly kind: 'constant'; readonly what: string }
  /** The chain leaves what is followed here: why. */
  | { readonly kind: 'unfollowed'; readonly what: string };

/** Where a value lies: bytes of registers (core/dependence) of a vCPU, 0 where none is named, or guest-physical ones; nowhere, of what a device answered and the like. */
export type Place =
  | { readonly registers: readonly number[]; readonly vcpu?: number }
  | { readonly pa: number; readonly bytes: number }
  | null;

/** A value at a moment, and who wrote it. */
export interface CausedValue {
  /** `x0`, `x3[15:8]`, `8 bytes at pa:0x40001000`, `pl011 UARTDR`. */
  readonly what: string;
  readonly place: Place;
  /** Of memory the virtual address that it was loaded by. */
  readonly va?: bigint;
  readonly value: bigint;
  /** Who wrote it last before the moment; absent where nobody did, where it is not followed, and where several wrote parts of it. */
  readonly by?: CauseStep;
  /** Where several wrote it: what each of them did, the last one first. */
  readonly parts?: readonly CausedValue[];
  /** Where it came in; absent where `by` has inputs that are followed. */
  readonly origin?: Origin;
}

/** An instruction, or what else wrote a value: an exception that was taken, the hypervisor, somebody from outside. */
export interface CauseStep {
  readonly icount: number;
  readonly pc: bigint;
  /** Which of several vCPUs it was on. */
  readonly vcpu?: number;
  readonly by: 'cpu' | 'exception' | 'hypervisor' | 'edit';
  /** Of an instruction: its encoding, as observers of instructions are given it. */
  readonly opcode?: number;
  readonly isa?: 'a64' | 'a32' | 't32';
  /** And where it lies: guest-physical. */
  readonly pa?: number;
  /** Everything that the value hangs on, `data` first. */
  readonly inputs: readonly CauseInput[];
}

/** What a value was made of. */
export interface CauseInput {
  readonly kind: DependenceKind;
  /** With its own writer or origin, where it was followed. */
  readonly value: CausedValue;
}

/** The inputs of a step, before they are followed; which of them goes first, by its index. */
export type Prefer = (icount: number, inputs: readonly CauseInput[]) => number | undefined;

/** How far a chain is followed. */
export interface CauseOptions {
  /** Steps from the value asked about, of which one that comes again on the way back counts once; 32. */
  readonly depth?: number;
  /** Values that are followed in all; 256. */
  readonly limit?: number;
  /** Address and control dependences are followed too. */
  readonly all?: boolean;
  /** Which of several inputs the main path goes by. Else it is the one that leads the furthest out: to an input, an event, an image. */
  readonly prefer?: Prefer;
}

/** The causes of a value: the main path, from the value back, and the tree that it is a path of. */
export interface CauseChain {
  readonly root: CausedValue;
  readonly chain: readonly { readonly value: CausedValue; readonly step: CauseStep }[];
  readonly origin: Origin;
}
