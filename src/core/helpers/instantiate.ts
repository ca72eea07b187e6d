import { must } from '../../base/assert.ts';
import { ownFile } from '../../host/files.ts';

let module: WebAssembly.Module | undefined;

/** All helpers as functions of JavaScript; `nzcv` is called from TypeScript too. */
export type Helpers = Record<string, (...args: never[]) => unknown> & { readonly nzcv: () => number };

/** The AssemblyScript helpers (`as/`), built by tools/build/helpers.ts, over a CPU's memory. */
export function instantiateHelpers(memory: WebAssembly.Memory): Helpers {
  module ??= new WebAssembly.Module(
    must(ownFile('./build/helpers.wasm', import.meta.url), 'the helpers, which tools/build makes'),
  );
  return new WebAssembly.Instance(module, { env: { memory } }).exports as never;
}
