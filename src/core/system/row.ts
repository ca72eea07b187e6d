import type { Builder, Flow } from '../ir/builder.ts';
import type { I64 } from '../ir/types.ts';
import type { AccessRule } from './access-rule.ts';
import type { Cpu } from './cpu.ts';

/** op0, op1, CRn, CRm, op2 of an MSR, MRS, SYS or SYSL. */
export type Encoding = readonly [op0: number, op1: number, crn: number, crm: number, op2: number];

/** An encoding as one number: op0[15:14] op1[13:11] CRn[10:7] CRm[6:3] op2[2:0]. */
export const encodingKey = (op0: number, op1: number, crn: number, crm: number, op2: number): number =>
  (op0 << 14) | (op1 << 11) | (crn << 7) | (crm << 3) | op2;

/**
 * How a block goes on behind an access: in the block, left if an interrupt can now be taken where `interrupts`; at the
 * next instruction, fetched anew, since the translation context may be another; or by way of the run loop, where
 * configuration or deadlines may be.
 */
export type WriteFlow = 'next' | 'interrupts' | 'refetch' | 'reconsider';

/** Where a register's value is, by kind. */
export type Storage =
  /** A cell of 64 bits, or of 32 that read zero-extended. */
  | {
      readonly kind: 'cell';
      readonly cell: number;
      readonly width?: 32 | 64;
      /** Cell that EL1 reads instead (VPIDR_EL2, VMPIDR_EL2). */
      readonly cellAtEl1?: number;
      /** Writable bits; the others keep the value of `ones`. */
      readonly mask: bigint;
      /** Bits that are always 1. */
      readonly ones?: bigint;
      readonly reset?: bigint;
      /** Called after a write. */
      readonly changed?: (cpu: Cpu) => void;
    }
  /** Reads give this value; writes, where allowed, are ignored. */
  | { readonly kind: 'constant'; readonly value: bigint }
  /**
   * Functions of the run time; a 64-bit value in unsigned halves, or a number of 32 bits read zero-extended.
   * They set cpu.pending to abandon the instruction.
   */
  | {
      readonly kind: 'functions';
      readonly read?: (cpu: Cpu) => bigint | number;
      readonly write?: (cpu: Cpu, lo: number, hi: number) => void;
      /** The read as IR, where the configuration allows: it counts itself as a look. */
      readonly lift?: (ir: Builder) => I64 | undefined;
    }
  /** IR of its own: PSTATE. */
  | {
      readonly kind: 'lifted';
      readonly read?: (ir: Builder) => I64;
      readonly write?: (ir: Builder, value: I64) => Flow;
    };

/** A system register. */
export interface RegisterRow {
  readonly name: string;
  readonly at: Encoding;
  readonly access: AccessRule;
  readonly storage: Storage;
  readonly afterWrite?: WriteFlow;
  readonly afterRead?: 'interrupts';
}

/** A SYS instruction (or a hint whose trap depends on state). */
export interface OperationRow {
  readonly name: string;
  readonly at: Encoding;
  readonly access: AccessRule;
  /** With the value of Xt in unsigned halves; sets cpu.pending to abandon the instruction. None: no effect here. */
  readonly operate?: (cpu: Cpu, lo: number, hi: number) => void;
  readonly afterwards?: WriteFlow;
  /** IR of its own instead. */
  readonly lift?: (ir: Builder, value: I64) => Flow;
}
