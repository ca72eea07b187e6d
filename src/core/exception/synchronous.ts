import { fromHalves } from '../../base/bits.ts';
import { Mdcr } from '../fields/debug.ts';
import { AbortIss, Ec } from '../fields/esr.ts';
import { Fault, type FaultStatus } from '../fields/fault-status.ts';
import * as cells from '../state/cells.ts';
import { ExceptionCall } from '../state/codes.ts';
import type { Exception } from '../state/exception.ts';
import type { PeState } from '../state/pe-state.ts';
import { sys } from '../state/system-cells.ts';
import {
  abortFsr,
  breakpoint32,
  fpAccess32,
  hvc32,
  pcAlignment32,
  svc32,
  transferIss32,
  trap32,
  waitTrap32,
} from './aarch32-synchronous.ts';
import { usesAarch32 } from './modes.ts';
import { fpAccessIss, systemIss, transferIss, wfxIss } from './syndrome.ts';
import { defaultTarget, trapTarget } from './target.ts';

const isAarch32 = (cpu: PeState): boolean => cpu.get32(cells.AARCH32_MODE) !== 0;

const sync = (target: 1 | 2, ec: Ec, iss: number, returnOffset = 0): Exception => ({
  kind: 'sync',
  target,
  ec,
  iss,
  returnOffset,
});

export const undefinedInstruction = (cpu: PeState): Exception => sync(defaultTarget(cpu), Ec.unknown, 0);

const isSmc = (word: number): boolean => (word & 0xffe0_001f) >>> 0 === 0xd400_0003;

/** A trap of the system instruction `word` by a control of level `wanted`. */
export function trapInstruction(cpu: PeState, wanted: 1 | 2, word: number): Exception {
  if (isAarch32(cpu)) return trap32(cpu, wanted, word);
  const target = trapTarget(cpu, wanted);
  if (isSmc(word)) return sync(target, Ec.smc64, (word >>> 5) & 0xffff);
  return sync(target, Ec.sys64, systemIss(word));
}

/** A trapped WFI or WFE. In AArch32 the syndrome depends on the condition and the length that `word` has. */
export function waitTrap(cpu: PeState, wanted: 1 | 2, isWfe: boolean, word = 0): Exception {
  if (isAarch32(cpu)) return waitTrap32(cpu, wanted, isWfe, word);
  return sync(trapTarget(cpu, wanted), Ec.wfx, wfxIss(isWfe));
}

/** Where HCR_EL2.TGE reroutes an FP trap from EL1, it is reported as an unknown reason (AArch64.AdvSIMDFPAccessTrap). */
function fpAccess(cpu: PeState, wanted: 1 | 2, word: () => number): Exception {
  if (isAarch32(cpu)) return fpAccess32(cpu, wanted, word());
  if (wanted === 1 && defaultTarget(cpu) === 2) return undefinedInstruction(cpu);
  return sync(wanted, Ec.fpAccess, fpAccessIss);
}

function breakpointInstruction(cpu: PeState, comment: number): Exception {
  if (isAarch32(cpu)) return breakpoint32(cpu, comment);
  return sync(cpu.get32(sys.MDCR_EL2) & Mdcr.tde ? 2 : defaultTarget(cpu), Ec.brk64, comment);
}

/** The exception of an instruction that calls for one: `argument` is EXIT_ARGUMENT, `word` gives the instruction at PC. */
export function callException(cpu: PeState, argument: number, word: () => number): Exception {
  const imm16 = argument & 0xffff;
  switch (argument >>> 16) {
    case ExceptionCall.svc:
      return isAarch32(cpu) ? svc32(cpu, imm16) : sync(defaultTarget(cpu), Ec.svc64, imm16, 4);
    case ExceptionCall.hvc:
      return isAarch32(cpu) ? hvc32(imm16) : sync(2, Ec.hvc64, imm16, 4);
    case ExceptionCall.brk:
      return breakpointInstruction(cpu, imm16);
    case ExceptionCall.fpTrap:
      return fpAccess(cpu, imm16 as 1 | 2, word);
    case ExceptionCall.illegalState:
      return sync(defaultTarget(cpu), Ec.illegalState, 0);
    case ExceptionCall.trap:
      return trapInstruction(cpu, imm16 as 1 | 2, word());
    case ExceptionCall.spAlignment:
      return sync(defaultTarget(cpu), Ec.spAlignment, 0);
    default:
      // SMC without EL3, HLT without halting debug.
      return undefinedInstruction(cpu);
  }
}

export function pcAlignment(cpu: PeState): Exception {
  if (isAarch32(cpu)) return pcAlignment32(cpu);
  return { ...sync(defaultTarget(cpu), Ec.pcAlignment, 0), far: cpu.pc };
}

/** What is to be told of a failed translation: as the MMU notes it. */
export interface AbortedTranslation {
  /** DFSC or IFSC; and FS[4:0] of the Short-descriptor format, with the domain. */
  readonly status: number;
  readonly shortStatus: number;
  readonly domain: number;
  readonly stage: 1 | 2;
  /** The stage 2 fault came of a stage 1 table walk. */
  readonly s1ptw: boolean;
  /** For stage 2: the IPA. */
  readonly ipa: number;
}

/** A data access: `cacheMaintenance` for address-translation and cache instructions, which count as writes. */
export interface AbortedAccess {
  readonly execute: boolean;
  readonly write: boolean;
  readonly cacheMaintenance?: boolean;
}

interface AbortDetail {
  readonly iss: number;
  readonly narrow: boolean;
}
const noDetail: AbortDetail = { iss: 0, narrow: false };
const onWalk: AbortDetail = { iss: AbortIss.s1ptw, narrow: false };

/** EC and ISS of an abort, but for what its instruction adds. */
function abortEc(cpu: PeState, execute: boolean, target: 1 | 2): Ec {
  if (target === cpu.get32(cells.CURRENT_EL)) return execute ? Ec.iabtCurrent : Ec.dabtCurrent;
  return execute ? Ec.iabtLow : Ec.dabtLow;
}
function abortIss({ execute, write, cacheMaintenance = false }: AbortedAccess, status: number): number {
  const wnr = !execute && (write || cacheMaintenance) ? AbortIss.wnr : 0;
  return status | wnr | (cacheMaintenance ? AbortIss.cm : 0);
}

function abort(
  cpu: PeState,
  access: AbortedAccess,
  status: FaultStatus,
  target: 1 | 2,
  va: bigint,
  domain = 0,
): Exception {
  const { execute, write, cacheMaintenance = false } = access;
  const exception = { ...sync(target, abortEc(cpu, execute, target), abortIss(access, status.long)), far: va };
  if (target === 2 || !usesAarch32(cpu, 1)) return exception;
  return { ...exception, fsr: abortFsr(cpu, status, domain, execute, write, cacheMaintenance) };
}

/** ISV and what goes with it, of the load or store at PC. */
const transferDetail = (cpu: PeState, word: number): AbortDetail =>
  isAarch32(cpu) ? transferIss32(cpu, 2, word) : { iss: transferIss(word), narrow: false };

/** Instruction or data abort of a translation that failed. `word` gives the instruction at PC: it is asked for at stage 2 only. */
export function translationAbort(
  cpu: PeState,
  fault: AbortedTranslation,
  access: AbortedAccess,
  vaLo: number,
  vaHi: number,
  word: () => number,
): Exception {
  const va = fromHalves(vaLo, vaHi);
  // Read before `word`, whose own translation may fail.
  const { status, shortStatus, domain, stage, s1ptw, ipa } = fault;
  if (stage === 1) return abort(cpu, access, { long: status, short: shortStatus }, defaultTarget(cpu), va, domain);
  let detail = noDetail;
  if (s1ptw) detail = onWalk;
  else if (!access.execute && !access.cacheMaintenance) detail = transferDetail(cpu, word());
  // The most frequent exit: made in one piece.
  const exception: Exception = {
    kind: 'sync',
    target: 2,
    ec: abortEc(cpu, access.execute, 2),
    iss: abortIss(access, status) | detail.iss,
    returnOffset: 0,
    far: va,
    ipa,
  };
  return detail.narrow ? { ...exception, narrow: true } : exception;
}

/** Alignment fault of a data access. */
export function alignmentAbort(cpu: PeState, access: AbortedAccess, vaLo: number, vaHi: number): Exception {
  return abort(cpu, access, Fault.alignment, defaultTarget(cpu), fromHalves(vaLo, vaHi));
}

/** Synchronous external abort: no memory answers at the physical address. */
export function externalAbort(cpu: PeState, access: AbortedAccess, vaLo: number, vaHi: number): Exception {
  return abort(cpu, access, Fault.external, defaultTarget(cpu), fromHalves(vaLo, vaHi));
}
