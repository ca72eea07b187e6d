import { sysregEncoding, TimerId } from '../../trace/events/index.ts';
import { byEncoding, emulateRegister, ignoreWrite, type RegisterRow, readZero } from '../arm-common/register-access.ts';
import type { Outcome, Trap } from '../arm-common/trap.ts';
import { decodeSgi1r, sendSgi } from '../arm-common/vgic/sgi.ts';
import type { TimerRegister } from '../arm-common/vtimer.ts';
import type { Arm64Host } from './el2.ts';
import { guestIdRegister } from './id-registers.ts';

type SysregRow = RegisterRow<Arm64Host>;

/** What it shows of a value of the host's is worked out once. */
function id(name: string, crm: number, op2: number): SysregRow {
  let known: { readonly host: bigint; readonly shown: bigint } | undefined;
  return {
    encoding: sysregEncoding(3, 0, 0, crm, op2),
    read: (h) => {
      const host = h.cpu.register(name).read();
      if (known?.host !== host) known = { host, shown: guestIdRegister(name, host) };
      return known.shown;
    },
  };
}

const timer = (timerId: TimerId, crm: number, op2: number, register: TimerRegister): SysregRow => ({
  encoding: sysregEncoding(3, 3, 14, crm, op2),
  read: (h, vcpu) => h.vtimer.read(vcpu, timerId, register),
  write: (h, vcpu, value) => h.vtimer.write(vcpu, timerId, register, value),
});

const sgi = (op2: number, group: 0 | 1): SysregRow => ({
  encoding: sysregEncoding(3, 0, 12, 11, op2),
  write: (h, vcpu, value) =>
    sendSgi(h.vgic, vcpu, decodeSgi1r(value, vcpu, h.vgic.vcpus), group, h.ports.events, h.icount()),
});

/** The register belongs to the guest: the CPU's own takes what the guest writes, so that debug exceptions obey it. */
const through = (name: string, op1: number, crn: number, crm: number, op2: number): SysregRow => ({
  encoding: sysregEncoding(2, op1, crn, crm, op2),
  read: (h) => h.cpu.register(name).read(),
  write: (h, _vcpu, value) => h.cpu.register(name).write(value),
});

/** The system registers of AArch64 that trap, by name. */
export const sysregRows = {
  ID_PFR0_EL1: id('ID_PFR0_EL1', 1, 0),
  ID_PFR1_EL1: id('ID_PFR1_EL1', 1, 1),
  ID_DFR0_EL1: id('ID_DFR0_EL1', 1, 2),
  ID_MMFR0_EL1: id('ID_MMFR0_EL1', 1, 4),
  ID_MMFR1_EL1: id('ID_MMFR1_EL1', 1, 5),
  ID_MMFR2_EL1: id('ID_MMFR2_EL1', 1, 6),
  ID_MMFR3_EL1: id('ID_MMFR3_EL1', 1, 7),
  ID_ISAR0_EL1: id('ID_ISAR0_EL1', 2, 0),
  ID_ISAR1_EL1: id('ID_ISAR1_EL1', 2, 1),
  ID_ISAR2_EL1: id('ID_ISAR2_EL1', 2, 2),
  ID_ISAR3_EL1: id('ID_ISAR3_EL1', 2, 3),
  ID_ISAR4_EL1: id('ID_ISAR4_EL1', 2, 4),
  ID_ISAR5_EL1: id('ID_ISAR5_EL1', 2, 5),
  ID_MMFR4_EL1: id('ID_MMFR4_EL1', 2, 6),
  MVFR0_EL1: id('MVFR0_EL1', 3, 0),
  MVFR1_EL1: id('MVFR1_EL1', 3, 1),
  MVFR2_EL1: id('MVFR2_EL1', 3, 2),
  ID_AA64PFR0_EL1: id('ID_AA64PFR0_EL1', 4, 0),
  ID_AA64DFR0_EL1: id('ID_AA64DFR0_EL1', 5, 0),
  ID_AA64ISAR0_EL1: id('ID_AA64ISAR0_EL1', 6, 0),
  ID_AA64MMFR0_EL1: id('ID_AA64MMFR0_EL1', 7, 0),
  ID_AA64MMFR1_EL1: id('ID_AA64MMFR1_EL1', 7, 1),
  CNTP_TVAL_EL0: timer(TimerId.physical, 2, 0, 'tval'),
  CNTP_CTL_EL0: timer(TimerId.physical, 2, 1, 'ctl'),
  CNTP_CVAL_EL0: timer(TimerId.physical, 2, 2, 'cval'),
  // Trapped under the policy `bhyve-2018` only.
  CNTV_TVAL_EL0: timer(TimerId.virtual, 3, 0, 'tval'),
  CNTV_CTL_EL0: timer(TimerId.virtual, 3, 1, 'ctl'),
  CNTV_CVAL_EL0: timer(TimerId.virtual, 3, 2, 'cval'),
  CNTPCT_EL0: { encoding: sysregEncoding(3, 3, 14, 0, 1), read: (h) => h.vtimer.count(TimerId.physical) },
  CNTVCT_EL0: { encoding: sysregEncoding(3, 3, 14, 0, 2), read: (h) => h.vtimer.count(TimerId.virtual) },
  ICC_SGI1R_EL1: sgi(5, 1),
  // For the group of the other security state, of which there is none.
  ICC_ASGI1R_EL1: { encoding: sysregEncoding(3, 0, 12, 11, 6), write: ignoreWrite },
  ICC_SGI0R_EL1: sgi(7, 0),
  OSLAR_EL1: { ...through('OSLAR_EL1', 0, 1, 0, 4), read: readZero },
  OSLSR_EL1: { encoding: sysregEncoding(2, 0, 1, 1, 4), read: (h) => h.cpu.register('OSLSR_EL1').read() },
  OSDLR_EL1: through('OSDLR_EL1', 0, 1, 3, 4),
  // RAZ/WI: there is no external debugger to keep the power up for, and no debug ROM table.
  DBGPRCR_EL1: { encoding: sysregEncoding(2, 0, 1, 4, 4), read: readZero, write: ignoreWrite },
  MDRAR_EL1: { encoding: sysregEncoding(2, 0, 1, 0, 0), read: readZero },
} satisfies { readonly [name: string]: SysregRow };

/** All of op0=3 op1=0 CRn=0 CRm=1..7 that has no row: ID registers of what the guest does not have. RAZ. */
const hiddenId: SysregRow = { encoding: 0, read: readZero };
const isIdSpace = (encoding: number): boolean => {
  const crm = (encoding >>> 3) & 15;
  return (encoding & ~0x7f) === sysregEncoding(3, 0, 0, 0, 0) && crm >= 1 && crm <= 7;
};

const rows = byEncoding<SysregRow>(Object.values(sysregRows));
const find = (encoding: number): SysregRow | undefined =>
  rows.get(encoding) ?? (isIdSpace(encoding) ? hiddenId : undefined);

/** ISS of a trapped MSR, MRS or system instruction: op0[21:20] op2[19:17] op1[16:14] CRn[13:10] Rt[9:5] CRm[4:1] direction[0]. */
const encodingOf = (iss: number): number =>
  sysregEncoding((iss >>> 20) & 3, (iss >>> 14) & 7, (iss >>> 10) & 15, (iss >>> 1) & 15, (iss >>> 17) & 7);

/** MSR, MRS and system instructions (EC 0x18). */
export function emulateSysreg(h: Arm64Host, trap: Trap): Outcome {
  const encoding = encodingOf(trap.iss);
  const access = { encoding, rt: (trap.iss >>> 5) & 31, isRead: (trap.iss & 1) === 1 };
  return emulateRegister(h, trap, access, find(encoding));
}
