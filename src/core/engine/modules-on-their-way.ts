import { must } from '../../base/assert.ts';
import { type ModuleCompiler, moduleCompiler } from '../../host/module-compiler.ts';
import type { CodeCache } from './code-cache.ts';
import type { Region } from './regions.ts';
import type { TranslationBounds } from './translate.ts';

interface OnItsWay {
  readonly bytes: Uint8Array;
  readonly regions: readonly Region[];
  /** So often its blocks were evaluated meanwhile. */
  evaluations: number;
  isInstalled: boolean;
}

/**
 * Modules that are compiled beside the run. Until one is there its blocks are evaluated; then it is installed, but for what was dropped
 * meanwhile, so that code written to is never executed as it was (stricter than DDI 0487, B2.4.4). When that is shows in nothing but speed.
 */
export class ModulesOnTheirWay {
  /** Called when the first module is worth it. */
  compilerOf: () => ModuleCompiler | undefined = moduleCompiler;
  #compiler: ModuleCompiler | undefined;
  readonly #code: CodeCache;
  readonly #bounds: TranslationBounds;
  /** By the cells of their blocks; what was dropped may have come again. */
  readonly #ofCells = new Map<number, { readonly module: OnItsWay; readonly region: Region }>();
  readonly #arrived: { readonly module: OnItsWay; readonly compiled: WebAssembly.Module | undefined }[] = [];

  constructor(code: CodeCache, bounds: TranslationBounds) {
    this.#code = code;
    this.#bounds = bounds;
  }

  /** Has a module compiled, which is the machine's n-th; false where that is not worth it. */
  ask(bytes: Uint8Array, regions: readonly Region[], n: number): boolean {
    if (n < this.#bounds.modulesBeforeAThread) return false;
    this.#compiler ??= this.compilerOf();
    const module = { bytes, regions, evaluations: 0, isInstalled: false };
    if (this.#compiler?.ask(bytes, (compiled) => this.#arrived.push({ module, compiled })) !== true) return false;
    for (const region of regions) for (const cell of region.cells) this.#ofCells.set(cell, { module, region });
    return true;
  }
  /** Installs what is there. */
  poll(): void {
    // At each look-up: most find nothing on its way.
    if (this.#ofCells.size === 0) return;
    this.#compiler?.poll();
    if (this.#arrived.length === 0) return;
    for (let next = this.#arrived.shift(); next; next = this.#arrived.shift())
      this.#install(next.module, next.compiled);
  }

  has(cell: number): boolean {
    return this.#ofCells.get(cell)?.region.stands === true;
  }
  /** Whether the block of one, about to be executed, is to be evaluated; else its module is there now. */
  isToWait(cell: number, isEvaluable: boolean): boolean {
    const { module } = must(this.#ofCells.get(cell), 'a block on its way');
    if (isEvaluable && ++module.evaluations < this.#bounds.evaluationsAModule) return true;
    this.#install(module, undefined);
    return false;
  }

  #install(module: OnItsWay, compiled: WebAssembly.Module | undefined): void {
    if (module.isInstalled) return;
    module.isInstalled = true;
    const { bytes, regions } = module;
    // V8 waits for who compiles the same bytes at this moment.
    this.#code.install(() => compiled ?? new WebAssembly.Module(bytes), regions);
    for (const { cells } of regions)
      for (const cell of cells) if (this.#ofCells.get(cell)?.module === module) this.#ofCells.delete(cell);
  }
}
