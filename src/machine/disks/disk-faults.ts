// Faults of the kinds that Linux's dm-flakey and dm-delay make, from a seed.
import type { DiskFault } from './disk-config.ts';

/** 32 bits that look random, from a seed and two numbers (the finalizer of MurmurHash3, by Austin Appleby, in the public domain). */
function mixed(seed: number, a: number, b: number): number {
  let h = Math.imul(seed ^ Math.imul(a, 0x9e3779b1), 0x85ebca6b) ^ Math.imul(b ^ 0x5bd1e995, 0xc2b2ae35);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
const HIGH = 2 ** 32;

/** Is the sector one that can be neither read nor written? */
export const isBadSector = ({ seed, bad }: DiskFault, sector: number): boolean =>
  bad > 0 && mixed(seed, sector >>> 0, Math.floor(sector / HIGH)) < bad;

/** How much longer a request takes, by the sector that it begins with and the nanosecond that it comes in. */
export const slownessNs = ({ seed, slow, slowNs }: DiskFault, sector: number, ns: bigint): number =>
  slow > 0 && mixed(seed ^ 0x736c6f77, sector >>> 0, Number(BigInt.asUintN(32, ns))) < slow ? slowNs : 0;
