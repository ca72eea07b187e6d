import { AbortIss } from '../../core/fields/esr.ts';
import { Fault, WalkFault, walkFaultOf } from '../../core/fields/fault-status.ts';
import { BhyveExit } from '../../trace/events/index.ts';
import { lowBytes, swapBytes, syndromeAccess } from './data-abort.ts';
import type { ArmHypervisor, InjectedFault } from './hypervisor.ts';
import { IPA_END } from './stage2.ts';
import { always, HANDLED, type Outcome, type Trap, type TrapRow } from './trap.ts';

/** A stage 2 fault in memory that is mapped upon first touch; any other fault there is none that this hypervisor makes. */
const pageFault = (trap: Trap): Outcome =>
  walkFaultOf(trap.iss) === WalkFault.translation.long
    ? { kind: 'paging', ipa: trap.hpfar, syndrome: trap.esr }
    : 'unhandled';

/** No memory answers to a walk of the guest's stage 1, or to the access itself. */
function noMemory(h: ArmHypervisor, trap: Trap, access: 'instruction' | 'data', fault: InjectedFault): void {
  const onWalk = (trap.iss & AbortIss.s1ptw) !== 0;
  const status = onWalk ? WalkFault.external.long | h.walkLevel(trap.far, trap.ipa) : Fault.external.long;
  h.inject.abort(access, { ...fault, status });
}

const instructionAbort = (h: ArmHypervisor, trap: Trap): Outcome => {
  if (trap.ipa >= IPA_END) h.inject.abort('instruction', { status: WalkFault.addressSize.long });
  else if (trap.segment) return pageFault(trap);
  else noMemory(h, trap, 'instruction', {});
  return HANDLED;
};

const dataFault = (iss: number): InjectedFault => ({
  wnr: (iss & AbortIss.wnr) !== 0,
  cm: (iss & AbortIss.cm) !== 0,
});

const dataAbort = (h: ArmHypervisor, trap: Trap): Outcome => {
  const { iss } = trap;
  const isMaintenance = (iss & AbortIss.cm) !== 0;
  if (trap.ipa >= IPA_END) h.inject.abort('data', { ...dataFault(iss), status: WalkFault.addressSize.long });
  else if ((iss & AbortIss.ea) !== 0 && walkFaultOf(iss) === Fault.external.long) return 'unhandled';
  else if (trap.segment && !(isMaintenance && trap.segment.rom && walkFaultOf(iss) !== WalkFault.translation.long))
    return pageFault(trap);
  else if ((iss & AbortIss.s1ptw) !== 0) noMemory(h, trap, 'data', dataFault(iss));
  // No cache holds anything of a device, or of nothing.
  else if (isMaintenance) h.skip();
  else if ((iss & AbortIss.isv) === 0) return h.emulateAccess(trap);
  else return mmio(h, trap);
  return HANDLED;
};

const mmio = (h: ArmHypervisor, trap: Trap): Outcome => {
  const { iss, pc, hpfar: ipa } = trap;
  const { size, rt, write, signExtend, registerBytes } = syndromeAccess(iss);
  // Devices take aligned accesses; the guest may make others where it maps them as Normal memory.
  if (trap.ipa % size !== 0) {
    h.inject.abort('data', { wnr: write });
    return HANDLED;
  }
  if (!write) return { kind: 'mmio-read', pc, ipa, size, rt, signExtend, registerBytes };
  const raw = lowBytes(h.gpr(rt), size);
  return { kind: 'mmio-write', pc, ipa, size, rt, value: h.bigEndian() ? swapBytes(raw, size) : raw };
};

const abortExit = (trap: Trap): BhyveExit => (trap.segment ? BhyveExit.PAGING : BhyveExit.INST_EMUL);

/** An instruction abort from the guest (EC 0x20). */
export const instructionAbortTrap: TrapRow<ArmHypervisor> = {
  exit: abortExit,
  stat: always('insnAbort'),
  abort: 'instruction',
  handle: instructionAbort,
};

/** A data abort from the guest (EC 0x24). */
export const dataAbortTrap: TrapRow<ArmHypervisor> = {
  exit: abortExit,
  stat: always('dataAbort'),
  abort: 'data',
  handle: dataAbort,
};
