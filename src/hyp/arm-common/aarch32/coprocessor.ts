import { cp64Encoding, cpEncoding } from '../../../trace/events/index.ts';
import type { RegisterAccess } from '../register-access.ts';

// Trapped coprocessor accesses: Arm ARM DDI 0406, B3.13.6; DDI 0487, ESR_EL2, which gives Rt a bit more, in the AArch64 view.

/** MCR or MRC (exception classes CP15_32, CP14_MR): Opc2[19:17] Opc1[16:14] CRn[13:10] Rt[9:5] CRm[4:1] direction[0]. */
export function coprocessorAccess(coproc: number, iss: number): RegisterAccess {
  const [opc2, opc1, crn, crm] = [(iss >>> 17) & 7, (iss >>> 14) & 7, (iss >>> 10) & 15, (iss >>> 1) & 15];
  return { encoding: cpEncoding(coproc, opc1, crn, crm, opc2), rt: (iss >>> 5) & 31, isRead: (iss & 1) === 1 };
}

/** MCRR or MRRC (CP15_64, CP14_64): Opc1[19:16] Rt2[14:10] Rt[9:5] CRm[4:1] direction[0]. */
export function coprocessorAccess64(coproc: number, iss: number): RegisterAccess {
  return {
    encoding: cp64Encoding(coproc, (iss >>> 16) & 15, (iss >>> 1) & 15),
    rt: (iss >>> 5) & 31,
    rt2: (iss >>> 10) & 31,
    isRead: (iss & 1) === 1,
  };
}
