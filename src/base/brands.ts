declare const brand: unique symbol;
export type Brand<T, Name extends string> = T & { readonly [brand]: Name };

/** A guest virtual address (64 bits). */
export type Va = Brand<bigint, 'Va'>;
/** An intermediate physical address: what a guest believes is physical. */
export type Ipa = Brand<bigint, 'Ipa'>;
/** A physical address of the emulated host. */
export type Pa = Brand<number, 'Pa'>;
/** Retired guest instructions plus idle skips since the reset of the machine: the only clock there is. */
export type Icount = Brand<number, 'Icount'>;
export type VcpuId = Brand<number, 'VcpuId'>;

export const va = (v: bigint): Va => BigInt.asUintN(64, v) as Va;
export const ipa = (v: bigint): Ipa => v as Ipa;
export const pa = (v: number): Pa => v as Pa;
export const icount = (v: number): Icount => v as Icount;
export const vcpuId = (v: number): VcpuId => v as VcpuId;
