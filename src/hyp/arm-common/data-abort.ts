import { fromHalves, low32 } from '../../base/bits.ts';
import { AbortIss } from '../../core/fields/esr.ts';
import type { AccessSize } from '../../devices/bus/mmio-bus.ts';

/** The single access that a syndrome with ISV set describes. */
export interface SyndromeAccess {
  readonly size: AccessSize;
  readonly rt: number;
  readonly write: boolean;
  readonly signExtend: boolean;
  readonly registerBytes: 4 | 8;
}

/** Of the ISS of a data abort with ISV set. */
export const syndromeAccess = (iss: number): SyndromeAccess => ({
  size: (1 << ((iss >>> AbortIss.sasShift) & 3)) as AccessSize,
  rt: (iss >>> AbortIss.srtShift) & 31,
  write: (iss & AbortIss.wnr) !== 0,
  signExtend: (iss & AbortIss.sse) !== 0,
  registerBytes: (iss & AbortIss.sf) !== 0 ? 8 : 4,
});

/** Of the ISS of a data abort. Maintenance of caches and the walks of a store are told as stores too, and are none. */
export const isStoreOf = (iss: number): boolean =>
  (iss & (AbortIss.wnr | AbortIss.cm | AbortIss.s1ptw)) === AbortIss.wnr;

/** The low and high half of the register after a load of `size` bytes that gave `low` and `high`. */
export function extendLoad(
  low: number,
  high: number,
  size: AccessSize,
  signExtend: boolean,
  registerBytes: 4 | 8,
): readonly [low: number, high: number] {
  if (size === 8) return [low >>> 0, high >>> 0];
  const spare = 32 - 8 * size;
  const extended = signExtend ? (low << spare) >> spare : (low << spare) >>> spare;
  const sign = signExtend && registerBytes === 8 && extended < 0 ? 0xffff_ffff : 0;
  return [extended >>> 0, sign];
}

/** The lower bytes of a register, as a store writes them. */
export const lowBytes = (value: bigint, size: AccessSize): bigint => {
  if (size === 8) return value;
  const low = low32(value);
  return fromHalves(size === 4 ? low : low & ((1 << (8 * size)) - 1), 0);
};

/** The bytes of a value in the other order, for guests that access devices big-endian. */
export function swapBytes(value: bigint, size: AccessSize): bigint {
  let out = 0n;
  for (let i = 0; i < size; i++) out = (out << 8n) | ((value >> BigInt(8 * i)) & 0xffn);
  return out;
}

/** The faulting intermediate physical address: HPFAR_EL2.FIPA (bits [39:4] are IPA[47:12]) with the page offset of FAR_EL2. */
export const faultIpa = (hpfarLow: number, hpfarHigh: number, farLow: number): number =>
  ((hpfarHigh & 0xff) * 2 ** 32 + ((hpfarLow & 0xffff_fff0) >>> 0)) * 256 + (farLow & 0xfff);
