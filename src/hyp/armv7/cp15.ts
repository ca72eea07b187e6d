import { OSLAR_KEY } from '../../core/fields/debug.ts';
import { cp64Encoding, cpEncoding } from '../../trace/events/index.ts';
import { commonRows, coprocessorHandlers } from '../arm-common/aarch32/coprocessor.ts';
import { hiddenDebug, kernelRows, osLockRows, zero } from '../arm-common/aarch32/kernel-registers.ts';
import { byEncoding, type RegisterRow, readZero } from '../arm-common/register-access.ts';
import type { Armv7Host } from './hyp.ts';

type CpRow = RegisterRow<Armv7Host>;

/** The registers of CP15 and CP14 that trap, by name. */
export const cp15Rows = {
  ...commonRows,
  ...kernelRows('L2CTLR'),
  ...osLockRows({
    idDfr0: 'ID_DFR0',
    oslar: 'DBGOSLAR',
    oslsr: 'DBGOSLSR',
    osdlr: 'DBGOSDLR',
    locked: BigInt(OSLAR_KEY),
  }),

  // RAZ/WI: what HSTR.T15 traps of the Cortex-A15's own. It steers caches that are not there; the GIC's place is the board's
  // to tell; there is no memory error to report.
  L2ACTLR: zero(cpEncoding(15, 1, 15, 0, 0)),
  L2PFR: zero(cpEncoding(15, 1, 15, 0, 3)),
  ACTLR2: zero(cpEncoding(15, 1, 15, 0, 4)),
  CBAR: { encoding: cpEncoding(15, 4, 15, 0, 0), read: readZero },
  CPUMERRSR: zero(cp64Encoding(15, 0, 15)),
  L2MERRSR: zero(cp64Encoding(15, 1, 15)),
} satisfies { readonly [name: string]: CpRow };

const rows = byEncoding<CpRow>(Object.values(cp15Rows));
const handlers = coprocessorHandlers<Armv7Host>((encoding) => rows.get(encoding) ?? hiddenDebug(encoding));

/** MCR and MRC of CP15 (EC 0x03). */
export const emulateCp15 = handlers.narrow(15);
/** MCRR and MRRC of CP15 (EC 0x04). */
export const emulateCp15Wide = handlers.wide(15);
/** MCR and MRC of CP14 (EC 0x05). */
export const emulateCp14 = handlers.narrow(14);
/** MRRC of CP14 (EC 0x0c). */
export const emulateCp14Wide = handlers.wide(14);
