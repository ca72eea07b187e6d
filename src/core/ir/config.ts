/**
 * What translation may take as constant: the state that changes decoding or decides traps. A block's key holds the number
 * of its configuration, so that a change of any of these needs no flush. All values are those of the running vCPU when
 * the block was translated.
 */
export interface TranslationConfig {
  /** Interned number of this configuration. */
  readonly id: number;
  /** Number of the state whatever CPSR.{T,IT}: what translation contexts are made of. */
  readonly family: number;
  /** Current exception level, 0..3. */
  readonly el: 0 | 1 | 2 | 3;
  readonly aarch32: boolean;
  readonly thumb: boolean;
  /** CPSR.IT at the start of the block: 0 outside IT blocks. */
  readonly it: number;
  /** Second halfword of a T32 instruction that starts in the last two bytes of the page, else -1. */
  readonly straddle: number;
  /** CPSR.E, of AArch32. */
  readonly bigEndian: boolean;
  /** PSTATE.SP. */
  readonly spsel: 0 | 1;
  /** PSTATE.IL: every instruction takes an Illegal Execution State exception. */
  readonly illegal: boolean;
  /** Software step active-not-pending, breakpoints or watchpoints are enabled, or the run loop wants one instruction a block. */
  readonly single: boolean;
  /** Code calls the run time before instructions, or at the beginning of each block: somebody outside observes them. */
  readonly observed: ObservedPart;
  /** HCR_EL2 as it takes effect at this exception level: its low half, 0 where it has none. */
  readonly hcr: number;
  /** SCTLR of the current translation regime: SCTLR_EL1 at EL0 and EL1. */
  readonly sctlr: number;
  readonly cpacr: number;
  readonly cptr: number;
  readonly hstr: number;
  readonly mdcr: number;
  readonly mdscr: number;
  readonly cntkctl: number;
  readonly cnthctl: number;
  /** Level to which an FP or SIMD instruction traps here (CPACR_EL1.FPEN, CPTR_EL2.TFP), or 0. */
  readonly fpTrap: 0 | 1 | 2;
  /** The same of AdvSIMD instructions in AArch32 (CPACR.ASEDIS, HCPTR.TASE besides). */
  readonly simdTrap: 0 | 1 | 2;
  /** FPEXC.EN decides over FP instructions besides: in AArch32 below an EL1 in AArch32. It changes without notice. */
  readonly fpexc: boolean;
  /** ICH_HCR_EL2's trap bits. */
  readonly ichHcr: number;
  /** The GIC's CPU interface has system registers: not GICv2's. */
  readonly gicRegisters: boolean;
  /** Version of the performance monitors, 0 where there are none. */
  readonly pmu: 0 | 2 | 3;
  /** DBGDIDR, in AArch32: 0 where it has no debug registers. */
  readonly didr: number;
  /** PMUSERENR_EL0, at EL0. */
  readonly pmuserenr: number;
  /** How the system counter follows from the instruction count (SystemCounter.rate), null where code has to ask. */
  readonly counterRate: { readonly ticks: number; readonly counts: number } | null;
  /** There are other PEs, that SEV is told to. */
  readonly sendsEvents: boolean;
}

/** Instructions that may write general registers: a bit a register. */
export type GeneralWriters = `generalWriters ${number}`;
/** Which instructions code tells of: each, or those alone that may write system registers, registers of FP and SIMD, or some general ones. */
export type ObservedInstructions = 'instructions' | 'systemWriters' | 'vectorWriters' | GeneralWriters;
/** What of its execution code tells. */
export type ObservedPart = 'nothing' | ObservedInstructions | 'blocks';

/** What of a configuration follows from registers. */
export type ArchitecturalConfig = Omit<TranslationConfig, 'id' | 'family' | 'observed'>;

/**
 * The configuration stands for more than (page, offset, context) tell: its code is entered by the run loop alone, and
 * goes on by way of the jump cache.
 */
export const isDetached = (config: TranslationConfig): boolean => config.it !== 0 || config.straddle >= 0;
