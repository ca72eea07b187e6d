/** Lifters under the names of their rows: what the encoding class adds to the mnemonic, behind it. */
export type Suffixed<T, S extends string> = { readonly [K in keyof T & string as `${K}${S}`]: T[K] };

export function suffixed<T extends object, const S extends string>(lifters: T, suffix: S): Suffixed<T, S> {
  return Object.fromEntries(Object.entries(lifters).map(([name, lift]) => [name + suffix, lift])) as Suffixed<T, S>;
}
