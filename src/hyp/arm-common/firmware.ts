import { high32, low32 } from '../../base/bits.ts';
import { BhyveExit, psci } from '../../trace/events/index.ts';
import type { ArmHypervisor } from './hypervisor.ts';
import { psciCall } from './psci.ts';
import { isSmc64, SMCCC_NOT_SUPPORTED, smcccCall } from './smccc.ts';
import { always, HANDLED, type Outcome, type Trap, type TrapRow } from './trap.ts';

interface Call {
  /** SMC is trapped before it is executed, HVC after. */
  readonly conduit: 'hvc' | 'smc';
  /** Width of the caller's registers. */
  readonly bits: 32 | 64;
  /** Is the instruction's immediate in the syndrome? That of an SMC from AArch32 is not. */
  readonly immediate: boolean;
}

/** A call to the hypervisor as firmware. */
const firmwareCall =
  ({ conduit, bits, immediate }: Call) =>
  (h: ArmHypervisor, trap: Trap): Outcome => {
    // The convention's immediate is 0 (Arm DEN 0028, 2.9).
    if (immediate && (trap.iss & 0xffff) !== 0) {
      if (conduit === 'hvc') h.rewindCall();
      return 'forbidden';
    }
    const arg = (n: number): bigint => BigInt.asUintN(bits, h.gpr(n));
    const functionId = low32(h.gpr(0));
    const [arg0, arg1, arg2, arg3] = [arg(1), arg(2), arg(3), arg(4)];
    if (conduit === 'smc') h.skip();
    // A caller of 32 bits has no 64-bit calls.
    const known = bits === 64 || !isSmc64(functionId);
    const answer = known
      ? (psciCall(h.ports.power, trap.vcpu, functionId, arg0, arg1, arg2) ?? smcccCall(functionId, low32(arg0)))
      : undefined;
    const result = BigInt.asUintN(bits, answer ?? SMCCC_NOT_SUPPORTED);
    h.setGpr(0, low32(result), high32(result));
    h.ports.events.emit(psci, { at: h.icount(), vcpu: trap.vcpu, functionId, arg0, arg1, arg2, arg3, result });
    return HANDLED;
  };

const firmwareTrap = (call: Call): TrapRow<ArmHypervisor> => ({
  exit: always(BhyveExit.SMCCC),
  stat: always('hvc'),
  handle: firmwareCall(call),
});

/** HVC of A64 (EC 0x16). */
export const hvc64Trap = firmwareTrap({ conduit: 'hvc', bits: 64, immediate: true });
/** SMC of A64 (EC 0x17). */
export const smc64Trap = firmwareTrap({ conduit: 'smc', bits: 64, immediate: true });
/** HVC of AArch32 (EC 0x12). */
export const hvc32Trap = firmwareTrap({ conduit: 'hvc', bits: 32, immediate: true });
/** SMC of AArch32 (EC 0x13), whose syndrome has no immediate. */
export const smc32Trap = firmwareTrap({ conduit: 'smc', bits: 32, immediate: false });
