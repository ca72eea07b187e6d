import { ipa as toIpa } from '../../base/brands.ts';
import { Ec } from '../../core/exception/types.ts';
import { BhyveExit, psci } from '../../trace/events/index.ts';
import { DataAbortIss, Fsc, fscKind, swapBytes, syndromeAccess } from '../arm-common/data-abort.ts';
import { psciCall } from '../arm-common/psci.ts';
import { SMCCC_NOT_SUPPORTED, smcccCall } from '../arm-common/smccc.ts';
import type { VmExit } from '../vmm/exits.ts';
import { emulateAccess } from './emulate.ts';
import type { Arm64Hypervisor } from './hypervisor.ts';
import { IPA_END } from './stage2.ts';
import type { ExitStat } from './stats.ts';
import { emulateSysreg } from './sysregs.ts';
import { HANDLED, type HypExit, type Trap } from './trap.ts';

/** `unhandled`: the VM cannot go on. `forbidden`: the guest takes an UNDEFINED exception. */
type Outcome = 'unhandled' | 'forbidden' | VmExit<HypExit>;

export interface TrapRow {
  /** The exit's name at bhyve. */
  readonly exit: (trap: Trap) => BhyveExit;
  readonly stat: (trap: Trap) => ExitStat;
  readonly abort?: true;
  readonly handle: (h: Arm64Hypervisor, trap: Trap) => Outcome;
}

const always =
  <T>(value: T) =>
  (): T =>
    value;

/** ISS.TI of a trapped WFI, WFE. */
const isWfi = (trap: Trap): boolean => (trap.iss & 1) === 0;

/** A call to the hypervisor as firmware. `conduit`: SMC is trapped before it is executed, HVC after. */
const firmwareCall =
  (conduit: 'hvc' | 'smc') =>
  (h: Arm64Hypervisor, trap: Trap): Outcome => {
    // The convention's immediate is 0 (Arm DEN 0028, 2.9).
    if ((trap.iss & 0xffff) !== 0) return 'forbidden';
    const { cpu } = h;
    const functionId = cpu.xLow(0);
    const [arg0, arg1, arg2, arg3] = [cpu.x(1), cpu.x(2), cpu.x(3), cpu.x(4)];
    if (conduit === 'smc') h.el2.skip();
    const answer =
      psciCall(h.ports.power, trap.vcpu, functionId, arg0, arg1, arg2) ??
      smcccCall(functionId, cpu.xLow(1)) ??
      SMCCC_NOT_SUPPORTED;
    const result = BigInt.asUintN(64, answer);
    cpu.setX(0, result);
    h.ports.events.emit(psci, { at: cpu.icount, vcpu: trap.vcpu, functionId, arg0, arg1, arg2, arg3, result });
    return HANDLED;
  };

/** A stage 2 fault in memory that is mapped upon first touch; any other fault there is none that this hypervisor makes. */
const pageFault = (trap: Trap): Outcome =>
  fscKind(trap.iss) === Fsc.translation
    ? { kind: 'paging', ipa: toIpa(BigInt(trap.ipa)), syndrome: trap.esr }
    : 'unhandled';

const instructionAbort = (h: Arm64Hypervisor, trap: Trap): Outcome => {
  if (trap.ipa >= IPA_END) h.inject.abort('instruction', Fsc.addressSize);
  else if (trap.segment) return pageFault(trap);
  else h.inject.abort('instruction');
  return HANDLED;
};

const dataAbort = (h: Arm64Hypervisor, trap: Trap): Outcome => {
  const { iss } = trap;
  const wnr = (iss & DataAbortIss.wnr) !== 0;
  if (trap.ipa >= IPA_END) h.inject.abort('data', Fsc.addressSize, wnr);
  else if ((iss & DataAbortIss.ea) !== 0 && fscKind(iss) === Fsc.externalAbort) return 'unhandled';
  else if (trap.segment) return pageFault(trap);
  else if ((iss & DataAbortIss.s1ptw) !== 0) h.inject.abort('data');
  else if ((iss & DataAbortIss.cm) !== 0) h.el2.skip();
  else if ((iss & DataAbortIss.isv) === 0) return emulateAccess(h, trap);
  else return mmio(h, trap);
  return HANDLED;
};

const mmio = (h: Arm64Hypervisor, trap: Trap): Outcome => {
  const { iss, pc } = trap;
  const ipa = toIpa(BigInt(trap.ipa));
  const { size, rt, write, signExtend, registerBytes } = syndromeAccess(iss);
  if (!write) return { kind: 'mmio-read', pc, ipa, size, rt, signExtend, registerBytes };
  const raw = BigInt.asUintN(8 * size, h.cpu.x(rt));
  return { kind: 'mmio-write', pc, ipa, size, rt, value: h.bigEndian() ? swapBytes(raw, size) : raw };
};

const unhandled = (exit: BhyveExit, stat: ExitStat): TrapRow => ({
  exit: always(exit),
  stat: always(stat),
  handle: always('unhandled'),
});

const abortExit = (trap: Trap): BhyveExit => (trap.segment ? BhyveExit.PAGING : BhyveExit.INST_EMUL);

/** By ESR_EL2.EC; a class without a row is unhandled. */
export const traps: { readonly [ec: number]: TrapRow } = {
  [Ec.unknown]: unhandled(BhyveExit.HYP, 'unknown'),
  [Ec.wfx]: {
    exit: (trap) => (isWfi(trap) ? BhyveExit.WFI : BhyveExit.HYP),
    stat: (trap) => (isWfi(trap) ? 'wfi' : 'wfe'),
    handle: (h, trap) => {
      h.el2.skip();
      return isWfi(trap) ? { kind: 'wfi', pc: trap.pc } : HANDLED;
    },
  },
  [Ec.hvc64]: { exit: always(BhyveExit.SMCCC), stat: always('hvc'), handle: firmwareCall('hvc') },
  [Ec.smc64]: { exit: always(BhyveExit.SMCCC), stat: always('hvc'), handle: firmwareCall('smc') },
  [Ec.sys64]: { exit: always(BhyveExit.REG_EMUL), stat: always('msr'), handle: emulateSysreg },
  [Ec.iabtLow]: { exit: abortExit, stat: always('insnAbort'), abort: true, handle: instructionAbort },
  [Ec.dabtLow]: { exit: abortExit, stat: always('dataAbort'), abort: true, handle: dataAbort },
  [Ec.brk64]: unhandled(BhyveExit.BRK, 'brk'),
  [Ec.softwareStepLow]: unhandled(BhyveExit.SS, 'ss'),
};

export const unknownTrap: TrapRow = unhandled(BhyveExit.HYP, 'unhandledSync');
