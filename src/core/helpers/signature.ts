/** Types of values in WebAssembly that helpers and the IR know. */
export type ValueType = 'i32' | 'i64' | 'v128';

/**
 * A helper's WebAssembly type. The function of that name is exported by the AssemblyScript in `as/`. `pure`: it reads state
 * and writes none, so a call whose result nobody wants is left out.
 */
export type HelperSignature = {
  readonly params: readonly ValueType[];
  readonly result: ValueType | 'none';
  readonly pure?: true;
};
