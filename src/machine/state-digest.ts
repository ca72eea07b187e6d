import { createHash } from 'node:crypto';
import type { Plain, Saved } from '../devices/bus/saved.ts';

/** 64-bit values and bytes as hexadecimal text. Keys keep their order, which is that of the declarations. */
const plainText = (_key: string, value: unknown): unknown => {
  if (typeof value === 'bigint') return value.toString(16);
  return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value;
};

/**
 * A digest of state by its names and values: what a tape's state hashes are made of. Neither how code was translated nor
 * where state lies in memory is in it, so that later versions come to the same.
 */
export function stateDigest(
  icount: number,
  cpu: { readonly [name: string]: Plain },
  devices: readonly Saved[],
): Buffer {
  const states = devices.map(({ device, state }) => [device, state]);
  return createHash('sha256')
    .update(JSON.stringify([icount, cpu, states], plainText))
    .digest();
}
