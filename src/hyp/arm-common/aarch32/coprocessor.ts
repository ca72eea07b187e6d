import { cp64Encoding, cpEncoding, TimerId } from '../../../trace/events/index.ts';
import type { ArmHypervisor } from '../hypervisor.ts';
import { emulateRegister, type RegisterAccess, type RegisterRow, readZero } from '../register-access.ts';
import type { Outcome, Trap } from '../trap.ts';
import type { TimerRegister } from '../vtimer.ts';

// Trapped coprocessor accesses: Arm ARM DDI 0406, B3.13.6; DDI 0487, ESR_EL2, which gives Rt a bit more, in the AArch64 view.

/** MCR or MRC (exception classes CP15_32, CP14_MR), VMRS (CP10_ID, with the register's number as CRn): Opc2[19:17] Opc1[16:14] CRn[13:10] Rt[9:5] CRm[4:1] direction[0]. */
function coprocessorAccess(coproc: number, iss: number): RegisterAccess {
  const [opc2, opc1, crn, crm] = [(iss >>> 17) & 7, (iss >>> 14) & 7, (iss >>> 10) & 15, (iss >>> 1) & 15];
  return { encoding: cpEncoding(coproc, opc1, crn, crm, opc2), rt: (iss >>> 5) & 31, isRead: (iss & 1) === 1 };
}

/** MCRR or MRRC (CP15_64, CP14_64): Opc1[19:16] Rt2[14:10] Rt[9:5] CRm[4:1] direction[0]. */
function coprocessorAccess64(coproc: number, iss: number): RegisterAccess {
  return {
    encoding: cp64Encoding(coproc, (iss >>> 16) & 15, (iss >>> 1) & 15),
    rt: (iss >>> 5) & 31,
    rt2: (iss >>> 10) & 31,
    isRead: (iss & 1) === 1,
  };
}

/** The handlers of the exception classes of coprocessor accesses, over rows by encoding. */
export const coprocessorHandlers = <H extends ArmHypervisor>(
  find: (encoding: number) => RegisterRow<H> | undefined,
) => ({
  narrow:
    (coproc: 10 | 14 | 15) =>
    (h: H, trap: Trap): Outcome => {
      const access = coprocessorAccess(coproc, trap.iss);
      return emulateRegister(h, trap, access, find(access.encoding));
    },
  wide:
    (coproc: 14 | 15) =>
    (h: H, trap: Trap): Outcome => {
      const access = coprocessorAccess64(coproc, trap.iss);
      return emulateRegister(h, trap, access, find(access.encoding));
    },
});

const timerRow = (timer: TimerId, encoding: number, register: TimerRegister): RegisterRow<ArmHypervisor> => ({
  encoding,
  read: (h, vcpu) => h.vtimer.read(vcpu, timer, register),
  write: (h, vcpu, value) => h.vtimer.write(vcpu, timer, register, value),
});

/** What AArch32 state may have that a hypervisor of either kind traps: timers and counters, and where a debug ROM lies. */
export const commonRows = {
  CNTP_TVAL: timerRow(TimerId.physical, cpEncoding(15, 0, 14, 2, 0), 'tval'),
  CNTP_CTL: timerRow(TimerId.physical, cpEncoding(15, 0, 14, 2, 1), 'ctl'),
  CNTP_CVAL: timerRow(TimerId.physical, cp64Encoding(15, 2, 14), 'cval'),
  // Trapped under the policies `bhyve` and `bhyve-2018`.
  CNTPCT: { encoding: cp64Encoding(15, 0, 14), read: (h) => h.vtimer.count(TimerId.physical) },
  // Trapped under `bhyve-2018` only.
  CNTV_TVAL: timerRow(TimerId.virtual, cpEncoding(15, 0, 14, 3, 0), 'tval'),
  CNTV_CTL: timerRow(TimerId.virtual, cpEncoding(15, 0, 14, 3, 1), 'ctl'),
  CNTV_CVAL: timerRow(TimerId.virtual, cp64Encoding(15, 3, 14), 'cval'),
  CNTVCT: { encoding: cp64Encoding(15, 1, 14), read: (h) => h.vtimer.count(TimerId.virtual) },
  // RAZ: there is no debug ROM table, and no debug register in memory.
  DBGDRAR: { encoding: cpEncoding(14, 0, 1, 0, 0), read: readZero },
  DBGDRAR64: { encoding: cp64Encoding(14, 0, 1), read: readZero },
  DBGDSAR: { encoding: cpEncoding(14, 0, 2, 0, 0), read: readZero },
  DBGDSAR64: { encoding: cp64Encoding(14, 0, 2), read: readZero },
} satisfies { readonly [name: string]: RegisterRow<ArmHypervisor> };
