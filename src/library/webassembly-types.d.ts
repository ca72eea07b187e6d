// Types that the package's declarations name. Whoever has the DOM's library has them whole; these add nothing to those.
declare namespace WebAssembly {
  interface Memory {
    readonly buffer: ArrayBuffer;
  }
  interface Table {
    readonly length: number;
  }
  interface Module {}
  interface Instance {}
}
