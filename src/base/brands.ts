declare const brand: unique symbol;
/** A `T` that is not to be mixed up with others. */
export type Brand<T, Name extends string> = T & { readonly [brand]: Name };

/** A guest virtual address (64 bits). */
export type Va = Brand<bigint, 'Va'>;
/** An intermediate physical address: what a guest believes is physical. */
export type Ipa = Brand<bigint, 'Ipa'>;
/** A physical address of the emulated host. */
export type Pa = Brand<number, 'Pa'>;
/** Retired guest instructions plus idle skips since the reset of the machine: the only clock there is. */
export type Icount = Brand<number, 'Icount'>;
/** Number of a vCPU, from 0 on. */
export type VcpuId = Brand<number, 'VcpuId'>;

/** A virtual address from any bigint: its low 64 bits. */
export const va = (v: bigint): Va => BigInt.asUintN(64, v) as Va;
/** An intermediate physical address from a number that is one. */
export const ipa = (v: bigint): Ipa => v as Ipa;
/** A physical address from a number that is one. */
export const pa = (v: number): Pa => v as Pa;
/** An instruction count from a number that is one. */
export const icount = (v: number): Icount => v as Icount;
/** A vCPU's number from a number that is one. */
export const vcpuId = (v: number): VcpuId => v as VcpuId;
