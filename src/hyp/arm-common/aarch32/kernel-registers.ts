import { OSLAR_KEY } from '../../../core/fields/debug.ts';
import { cpEncoding } from '../../../trace/events/index.ts';
import type { HostCpu } from '../host-cpu.ts';
import type { ArmHypervisor } from '../hypervisor.ts';
import { ignoreWrite, type RegisterRow, readZero } from '../register-access.ts';

// Coprocessor registers of a guest whose EL1 is in AArch32 state, trapped on an AArch64 host as on an ARMv7 one.

type Row = RegisterRow<ArmHypervisor>;

/** Reads as zero and ignores writes. */
export const zero = (encoding: number): Row => ({ encoding, read: readZero, write: ignoreWrite });
const monitor = (crm: number, opc2: number): Row => zero(cpEncoding(15, 0, 9, crm, opc2));

/** L2CTLR[25:24]: CPUs less one (Cortex-A15 TRM, DDI 0438, 4.3.54; Cortex-A57 TRM, DDI 0488, chapter 4). */
const L2CTLR_CPUS_SHIFT = 24n;
const L2CTLR_CPUS = 3n << L2CTLR_CPUS_SHIFT;

/** @param l2ctlr what the host calls its L2CTLR */
export const kernelRows = (l2ctlr: string) =>
  ({
    // TIDCP traps what an implementation defines in c9 to c11. The cluster has the guest's CPUs; its latencies are nobody's to set.
    L2CTLR: {
      encoding: cpEncoding(15, 1, 9, 0, 2),
      read: (h) => (h.cpu.register(l2ctlr).read() & ~L2CTLR_CPUS) | (BigInt(h.vgic.vcpus - 1) << L2CTLR_CPUS_SHIFT),
      write: ignoreWrite,
    },
    L2ECTLR: zero(cpEncoding(15, 1, 9, 0, 3)),

    // RAZ/WI, as KVM has it: PMCR.N says that there are no event counters, and the cycle counter stands still.
    PMCR: monitor(12, 0),
    PMCNTENSET: monitor(12, 1),
    PMCNTENCLR: monitor(12, 2),
    PMOVSR: monitor(12, 3),
    PMSWINC: monitor(12, 4),
    PMSELR: monitor(12, 5),
    PMCEID0: monitor(12, 6),
    PMCEID1: monitor(12, 7),
    PMCCNTR: monitor(13, 0),
    PMXEVTYPER: monitor(13, 1),
    PMXEVCNTR: monitor(13, 2),
    PMUSERENR: monitor(14, 0),
    PMINTENSET: monitor(14, 1),
    PMINTENCLR: monitor(14, 2),
    PMOVSSET: monitor(14, 3),
  }) satisfies { readonly [name: string]: Row };

/** ID_DFR0.CopDbg: the version of the debug architecture by CP14, 0 where there is none. */
const COP_DBG = 0xfn;
/** Whether the CPU has debug registers in AArch32, which are the guest's then. @param idDfr0 what the host calls its ID_DFR0 */
export const hasDebugRegisters = (cpu: HostCpu, idDfr0: string): boolean =>
  (cpu.register(idDfr0).read() & COP_DBG) !== 0n;

/** A host's names of what HDCR.TDOSA traps; and what its OS lock takes to be locked. */
export interface OsLockNames {
  readonly idDfr0: string;
  readonly oslar: string;
  readonly oslsr: string;
  readonly osdlr: string;
  readonly locked: bigint;
}
/** The OS locks, which belong to the guest: the CPU's own are locked and unlocked, so that debug exceptions obey them. */
export function osLockRows({ idDfr0, oslar, oslsr, osdlr, locked }: OsLockNames) {
  const isThere = (h: ArmHypervisor): boolean => hasDebugRegisters(h.cpu, idDfr0);
  return {
    DBGOSLAR: {
      encoding: cpEncoding(14, 0, 1, 0, 4),
      read: readZero,
      write: (h, _vcpu, value) => {
        if (isThere(h)) h.cpu.register(oslar).write(value === BigInt(OSLAR_KEY) ? locked : 0n);
      },
    },
    DBGOSLSR: {
      encoding: cpEncoding(14, 0, 1, 1, 4),
      read: (h) => (isThere(h) ? h.cpu.register(oslsr).read() : 0n),
      write: ignoreWrite,
    },
    DBGOSDLR: {
      encoding: cpEncoding(14, 0, 1, 3, 4),
      read: (h) => (isThere(h) ? h.cpu.register(osdlr).read() : 0n),
      write: (h, _vcpu, value) => {
        if (isThere(h)) h.cpu.register(osdlr).write(value);
      },
    },
  } satisfies { readonly [name: string]: Row };
}

/** All of CP14's debug registers. RAZ/WI, as KVM has it: DBGDIDR's zero is no version of the debug architecture, so there is none. */
const hidden: Row = zero(0);
/** Coprocessor 14 with opc1 0, transfers of 32 bits: whatever CRn, CRm and opc2. */
const isDebug = (encoding: number): boolean => (encoding & ~0x7ff) >>> 0 === cpEncoding(14, 0, 0, 0, 0);

/** The row of a CP14 debug register that is not the guest's: where there is no debug hardware, all of them. */
export const hiddenDebug = (encoding: number): Row | undefined => (isDebug(encoding) ? hidden : undefined);
