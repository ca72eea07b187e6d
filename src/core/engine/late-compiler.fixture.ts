import type { ModuleCompiler, OnCompiled } from '../../host/module-compiler.ts';

/** A compiler whose modules are there after so many looks for them, and no sooner; after Infinity, never. */
export class LateCompiler implements ModuleCompiler {
  readonly #looks: number;
  readonly #asked: { readonly bytes: Uint8Array; readonly onCompiled: OnCompiled; readonly due: number }[] = [];
  #now = 0;
  /** So many were asked for, and handed out. */
  asked = 0;
  handedOut = 0;

  constructor(looks: number) {
    this.#looks = looks;
  }
  ask(bytes: Uint8Array, onCompiled: OnCompiled): boolean {
    this.asked++;
    this.#asked.push({ bytes, onCompiled, due: this.#now + this.#looks });
    return true;
  }
  poll(): void {
    this.#now++;
    while (this.#asked[0] !== undefined && this.#asked[0].due <= this.#now) this.next();
  }
  /** Hands out the next one, whenever it is due. */
  next(): void {
    const next = this.#asked.shift();
    if (next === undefined) return;
    this.handedOut++;
    next.onCompiled(new WebAssembly.Module(next.bytes));
  }
}
