import { fromHalves } from '../../base/bits.ts';
import type { Cpu } from '../cpu.ts';
import * as cells from '../state/cells.ts';
import { ExceptionCall } from '../state/codes.ts';
import { sys } from '../system/cells.ts';
import { AbortIss, fpAccessIss, systemIss, transferIss, wfxIss } from './syndrome.ts';
import { Ec, type Exception } from './types.ts';

const HCR_TGE = 1 << 27;
const MDCR_TDE = 1 << 8;
/** Status codes that no translation gives. */
const FSC_EXTERNAL = 0x10;
const FSC_ALIGNMENT = 0x21;

/** Level that a synchronous exception which nothing traps is taken to. */
export function defaultTarget(cpu: Cpu): 1 | 2 {
  const el = cpu.get32(cells.CURRENT_EL);
  if (el === 2) return 2;
  return el === 0 && cpu.get32(sys.HCR_EL2) & HCR_TGE ? 2 : 1;
}

/** The level a trap to `wanted` goes to: HCR_EL2.TGE sends EL0's traps to EL1 on to EL2. */
function trapTarget(cpu: Cpu, wanted: 1 | 2): 1 | 2 {
  const fallback = defaultTarget(cpu);
  return wanted > fallback ? wanted : fallback;
}

const sync = (target: 1 | 2, ec: Ec, iss: number, returnOffset = 0): Exception => ({
  kind: 'sync',
  target,
  ec,
  iss,
  returnOffset,
});

export const undefinedInstruction = (cpu: Cpu): Exception => sync(defaultTarget(cpu), Ec.unknown, 0);

const isWfx = (word: number): boolean => (word & 0xffff_ffdf) >>> 0 === 0xd503_205f;
const isSmc = (word: number): boolean => (word & 0xffe0_001f) >>> 0 === 0xd400_0003;

/** A trap of the system instruction `word` by a control of level `wanted`. */
export function trapInstruction(cpu: Cpu, wanted: 1 | 2, word: number): Exception {
  const target = trapTarget(cpu, wanted);
  if (isWfx(word)) return sync(target, Ec.wfx, wfxIss((word & 0x20) === 0));
  if (isSmc(word)) return sync(target, Ec.smc64, (word >>> 5) & 0xffff);
  return sync(target, Ec.sys64, systemIss(word));
}

/** Where HCR_EL2.TGE reroutes an FP trap from EL1, it is reported as an unknown reason (AArch64.AdvSIMDFPAccessTrap). */
function fpAccess(cpu: Cpu, wanted: 1 | 2): Exception {
  if (wanted === 1 && defaultTarget(cpu) === 2) return undefinedInstruction(cpu);
  return sync(wanted, Ec.fpAccess, fpAccessIss);
}

function breakpointInstruction(cpu: Cpu, comment: number): Exception {
  const fallback = defaultTarget(cpu);
  return sync(cpu.get32(sys.MDCR_EL2) & MDCR_TDE ? 2 : fallback, Ec.brk64, comment);
}

/** The exception of an instruction that calls for one: `argument` is EXIT_ARGUMENT, `word` gives the instruction at PC. */
export function callException(cpu: Cpu, argument: number, word: () => number): Exception {
  const imm16 = argument & 0xffff;
  switch (argument >>> 16) {
    case ExceptionCall.svc:
      return sync(defaultTarget(cpu), Ec.svc64, imm16, 4);
    case ExceptionCall.hvc:
      return sync(2, Ec.hvc64, imm16, 4);
    case ExceptionCall.brk:
      return breakpointInstruction(cpu, imm16);
    case ExceptionCall.fpTrap:
      return fpAccess(cpu, imm16 as 1 | 2);
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

export function pcAlignment(cpu: Cpu): Exception {
  return { ...sync(defaultTarget(cpu), Ec.pcAlignment, 0), far: cpu.pc };
}

/** What is to be told of a failed translation: as the MMU notes it. */
export interface AbortedTranslation {
  /** DFSC or IFSC. */
  readonly status: number;
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

function abort(cpu: Cpu, access: AbortedAccess, status: number, target: 1 | 2, extra: number, va: bigint): Exception {
  const current = target === cpu.get32(cells.CURRENT_EL);
  const [low, same] = access.execute ? [Ec.iabtLow, Ec.iabtCurrent] : [Ec.dabtLow, Ec.dabtCurrent];
  const wnr = !access.execute && (access.write || access.cacheMaintenance) ? AbortIss.wnr : 0;
  const cm = access.cacheMaintenance ? AbortIss.cm : 0;
  return { ...sync(target, current ? same : low, status | wnr | cm | extra), far: va };
}

/** Instruction or data abort of a translation that failed. `word` gives the instruction at PC: it is asked for at stage 2 only. */
export function translationAbort(
  cpu: Cpu,
  fault: AbortedTranslation,
  access: AbortedAccess,
  vaLo: number,
  vaHi: number,
  word: () => number,
): Exception {
  const va = fromHalves(vaLo, vaHi);
  // Read before `word`, whose own translation may fail.
  const { status, stage, s1ptw, ipa } = fault;
  if (stage === 1) return abort(cpu, access, status, defaultTarget(cpu), 0, va);
  let extra = 0;
  if (s1ptw) extra = AbortIss.s1ptw;
  else if (!access.execute && !access.cacheMaintenance) extra = transferIss(word());
  return { ...abort(cpu, access, status, 2, extra, va), ipa: BigInt(ipa) };
}

/** Alignment fault of a data access. */
export function alignmentAbort(cpu: Cpu, access: AbortedAccess, vaLo: number, vaHi: number): Exception {
  return abort(cpu, access, FSC_ALIGNMENT, defaultTarget(cpu), 0, fromHalves(vaLo, vaHi));
}

/** Synchronous external abort: no memory answers at the physical address. */
export function externalAbort(cpu: Cpu, access: AbortedAccess, vaLo: number, vaHi: number): Exception {
  return abort(cpu, access, FSC_EXTERNAL, defaultTarget(cpu), 0, fromHalves(vaLo, vaHi));
}
