import { assert, must } from '../../base/assert.ts';
import { fromHalves, high32, low32 } from '../../base/bits.ts';

interface RegisterPlace {
  /** Byte offset from the device's base, a multiple of 4. */
  readonly at: number;
  /** The bits that exist: what is read or written is cut to them. */
  readonly mask: number;
  /** The value at reset, 0 where absent; written through `write` where there is one. */
  readonly reset?: number;
}
interface Readable<D> extends RegisterPlace {
  readonly read: (device: D) => number;
  readonly write?: (device: D, value: number) => void;
}
interface WriteOnly<D> extends RegisterPlace {
  readonly read?: never;
  readonly write: (device: D, value: number) => void;
}

/** One 32-bit register. Without `write` it ignores writes; without `read` it reads as zero. */
export type Register<D> = Readable<D> | WriteOnly<D>;

/** A device's registers by their names in its manual. */
export type RegisterFile<D> = { readonly [name: string]: Register<D> };

/** The same by the words of their offsets. */
export type RegisterMap<D> = readonly (Register<D> | undefined)[];

/** The rows of `file` by offset. */
export function registerMap<D>(file: RegisterFile<D>): RegisterMap<D> {
  const words = Math.max(...Object.values(file).map(({ at }) => at / 4 + 1));
  const map = new Array<Register<D> | undefined>(Math.ceil(words)).fill(undefined);
  for (const [name, row] of Object.entries(file)) {
    assert(row.at % 4 === 0 && map[row.at / 4] === undefined, `register ${name} has an offset of its own`);
    assert(((row.reset ?? 0) & ~row.mask) === 0, `register ${name} resets within its mask`);
    map[row.at / 4] = row;
  }
  return map;
}

/** The name of the register at `offset`, for traces. */
export function registerName<D>(file: RegisterFile<D>, offset: number): string | undefined {
  const at = offset - (offset % 4);
  return Object.keys(file).find((name) => must(file[name], 'register').at === at);
}

/** Writes every row's reset value. */
export function resetRegisters<D>(file: RegisterFile<D>, device: D): void {
  for (const row of Object.values(file)) if (row.reset !== undefined) row.write?.(device, row.reset);
}

const readWord = <D>(map: RegisterMap<D>, device: D, at: number): number => {
  const row = map[at >>> 2];
  return row?.read ? (row.read(device) & row.mask) >>> 0 : 0;
};

const writeWord = <D>(map: RegisterMap<D>, device: D, at: number, value: number): void => {
  const row = map[at >>> 2];
  row?.write?.(device, (value & row.mask) >>> 0);
};

/**
 * Reads 1, 2, 4 or 8 bytes: narrow accesses take their byte lanes of the register, 8 bytes are two registers.
 * Offsets without a register read as zero, as APB peripherals' reserved locations do.
 */
export function readRegisters<D>(map: RegisterMap<D>, device: D, offset: number, size: number): bigint {
  if (size === 8) return fromHalves(readWord(map, device, offset), readWord(map, device, offset + 4));
  const lane = offset % 4;
  const word = readWord(map, device, offset - lane) >>> (8 * lane);
  return fromHalves(size === 4 ? word : word & ((1 << (8 * size)) - 1), 0);
}

/** Writes 1, 2, 4 or 8 bytes. APB has no byte strobes: a narrow write gives the register's other lanes zero. */
export function writeRegisters<D>(map: RegisterMap<D>, device: D, offset: number, size: number, value: bigint): void {
  const low = low32(value);
  if (size === 8) {
    writeWord(map, device, offset, low);
    writeWord(map, device, offset + 4, high32(value));
    return;
  }
  const lane = offset % 4;
  writeWord(map, device, offset - lane, (size === 4 ? low : low & ((1 << (8 * size)) - 1)) << (8 * lane));
}
