import { cp64Encoding, cpEncoding } from '../../trace/events/index.ts';
import { commonRows, coprocessorHandlers } from '../arm-common/aarch32/coprocessor.ts';
import { byEncoding, ignoreWrite, type RegisterRow, readZero } from '../arm-common/register-access.ts';
import type { Armv7Hypervisor } from './hypervisor.ts';

type CpRow = RegisterRow<Armv7Hypervisor>;

/** Reads as zero and ignores writes. */
const zero = (encoding: number): CpRow => ({ encoding, read: readZero, write: ignoreWrite });
const monitor = (crm: number, opc2: number): CpRow => zero(cpEncoding(15, 0, 9, crm, opc2));

/** L2CTLR[25:24]: CPUs less one (Cortex-A15 TRM, DDI 0438, 4.3.54). */
const L2CTLR_CPUS_SHIFT = 24n;
const L2CTLR_CPUS = 3n << L2CTLR_CPUS_SHIFT;

export const cp15Rows = {
  ...commonRows,
  // TIDCP traps what an implementation defines in c9 to c11. The cluster has the guest's CPUs; its latencies are nobody's to set.
  L2CTLR: {
    encoding: cpEncoding(15, 1, 9, 0, 2),
    read: (h) => (h.cpu.register('L2CTLR').read() & ~L2CTLR_CPUS) | (BigInt(h.vgic.vcpus - 1) << L2CTLR_CPUS_SHIFT),
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

  // RAZ/WI: what HSTR.T15 traps of the Cortex-A15's own. It steers caches that are not there; the GIC's place is the board's
  // to tell; there is no memory error to report.
  L2ACTLR: zero(cpEncoding(15, 1, 15, 0, 0)),
  L2PFR: zero(cpEncoding(15, 1, 15, 0, 3)),
  ACTLR2: zero(cpEncoding(15, 1, 15, 0, 4)),
  CBAR: { encoding: cpEncoding(15, 4, 15, 0, 0), read: readZero },
  CPUMERRSR: zero(cp64Encoding(15, 0, 15)),
  L2MERRSR: zero(cp64Encoding(15, 1, 15)),
} satisfies { readonly [name: string]: CpRow };

/** All of CP14's debug registers. RAZ/WI, as KVM has it: DBGDIDR's zero is no version of the debug architecture, so there is none. */
const hiddenDebug: CpRow = zero(0);
/** Coprocessor 14 with opc1 0, transfers of 32 bits: whatever CRn, CRm and opc2. */
const isDebug = (encoding: number): boolean => (encoding & ~0x7ff) >>> 0 === cpEncoding(14, 0, 0, 0, 0);

const rows = byEncoding<CpRow>(Object.values(cp15Rows));
const handlers = coprocessorHandlers<Armv7Hypervisor>(
  (encoding) => rows.get(encoding) ?? (isDebug(encoding) ? hiddenDebug : undefined),
);

export const emulateCp15 = handlers.narrow(15);
export const emulateCp15Wide = handlers.wide(15);
export const emulateCp14 = handlers.narrow(14);
export const emulateCp14Wide = handlers.wide(14);
