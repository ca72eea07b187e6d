import { Mdcr } from '../../fields/debug.ts';
import { sys } from '../../state/system-cells.ts';
import { el2 } from '../access.ts';
import type { Cpu } from '../cpu.ts';
import { modelOf } from '../models/index.ts';
import { bitMask, configChanged, controlsChanged, monitorsChanged, routingChanged } from '../registers/effects.ts';
import { type CoprocessorRow, cell32, cell64, highHalf, type NarrowEncoding, zero32 } from './row.ts';

/** M A C CP15BEN I WXN EE TE. */
const HSCTLR_MASK = bitMask(0, 1, 2, 5, 12, 19, 25, 30);
const HSCTLR_ONES = 0x30c5_0858n;
const HSCTLR_CP15BEN = bitMask(5);
/** VM to TGE. */
const HCR_MASK = 0x0fff_ffffn;
/** TCP10, TCP11, TASE, TCPAC; there is no trace for TTA. The other coprocessors are not there. */
const HCPTR_MASK = bitMask(10, 11, 15, 31);
const HCPTR_ONES = 0x33ffn;
/** T0 to T15 but for T4 and T14; TTEE, TJDBX. */
const HSTR_MASK = 0x3_bfefn;
/** TPMCR, TPM, TDE, TDA, TDOSA, TDRA; HPMN and HPME where there are event counters. */
const HDCR_TRAPS = Mdcr.tpmcr | Mdcr.tpm | Mdcr.tde | Mdcr.tda | Mdcr.tdosa | Mdcr.tdra;
function writeHdcr(cpu: Cpu, value: number): void {
  cpu.set32(sys.MDCR_EL2, value & (HDCR_TRAPS | (modelOf(cpu).pmu ? Mdcr.hpmn | Mdcr.hpme : 0)));
  monitorsChanged(cpu);
}
/** T0SZ IRGN0 ORGN0 SH0. */
const HTCR_MASK = 0x3f07n;
const HTCR_ONES = bitMask(23, 31);
/** T0SZ S SL0 IRGN0 ORGN0 SH0. */
const VTCR_MASK = 0x3fdfn;
const VTCR_ONES = bitMask(31);
const HTTBR_MASK = 0xff_ffff_fff8n;
/** VMID and BADDR. */
const VTTBR_MASK = 0x00ff_00ff_ffff_fff8n;

const controls = { changed: controlsChanged, afterWrite: 'reconsider' } as const;
const config = { changed: configChanged, afterWrite: 'reconsider' } as const;

const row = (
  name: string,
  at: readonly [opc1: number, crn: number, crm: number, opc2: number],
  cell: number,
  options: Parameters<typeof cell32>[4] = {},
): CoprocessorRow => cell32(name, [15, ...at] as NarrowEncoding, el2, cell, options);
const zero = (name: string, crn: number, crm: number, opc2: number): CoprocessorRow =>
  zero32(name, [15, 4, crn, crm, opc2], el2);

const hcr = { mask: HCR_MASK, changed: routingChanged, afterWrite: 'reconsider' } as const;

/** Hyp mode's registers. Arm ARM DDI 0406C, B4.1, "Virtualization Extensions registers". */
export const hypRows: readonly CoprocessorRow[] = [
  row('VPIDR', [4, 0, 0, 0], sys.VPIDR_EL2),
  row('VMPIDR', [4, 0, 0, 5], sys.VMPIDR_EL2),
  row('HSCTLR', [4, 1, 0, 0], sys.SCTLR_EL2, {
    mask: HSCTLR_MASK,
    ones: HSCTLR_ONES,
    reset: HSCTLR_CP15BEN,
    ...controls,
  }),
  zero('HACTLR', 1, 0, 1),
  row('HCR', [4, 1, 1, 0], sys.HCR_EL2, hcr),
  {
    name: 'HDCR',
    at: [15, 4, 1, 1, 1],
    access: el2,
    storage: { kind: 'functions', read: (cpu) => cpu.get32(sys.MDCR_EL2), write: writeHdcr },
    afterWrite: 'reconsider',
  },
  row('HCPTR', [4, 1, 1, 2], sys.CPTR_EL2, { mask: HCPTR_MASK, ones: HCPTR_ONES, ...config }),
  row('HSTR', [4, 1, 1, 3], sys.HSTR_EL2, { mask: HSTR_MASK, ...config }),
  zero('HACR', 1, 1, 7),
  row('HTCR', [4, 2, 0, 2], sys.TCR_EL2, { mask: HTCR_MASK, ones: HTCR_ONES, ...controls }),
  row('VTCR', [4, 2, 1, 2], sys.VTCR_EL2, { mask: VTCR_MASK, ones: VTCR_ONES, ...controls }),
  cell64('HTTBR', [15, 4, 2], el2, sys.TTBR0_EL2, { mask: HTTBR_MASK, ...controls }),
  cell64('VTTBR', [15, 6, 2], el2, sys.VTTBR_EL2, { mask: VTTBR_MASK, ...controls }),
  zero('HADFSR', 5, 1, 0),
  zero('HAIFSR', 5, 1, 1),
  row('HSR', [4, 5, 2, 0], sys.ESR_EL2),
  row('HDFAR', [4, 6, 0, 0], sys.FAR_EL2),
  row('HIFAR', [4, 6, 0, 2], highHalf(sys.FAR_EL2)),
  row('HPFAR', [4, 6, 0, 4], sys.HPFAR_EL2, { mask: 0xffff_fff0n }),
  row('HMAIR0', [4, 10, 2, 0], sys.MAIR_EL2, controls),
  row('HMAIR1', [4, 10, 2, 1], highHalf(sys.MAIR_EL2), controls),
  zero('HAMAIR0', 10, 3, 0),
  zero('HAMAIR1', 10, 3, 1),
  row('HVBAR', [4, 12, 0, 0], sys.VBAR_EL2, { mask: 0xffff_ffe0n }),
  row('HTPIDR', [4, 13, 0, 2], sys.TPIDR_EL2),
];
