import { must } from '../../base/assert.ts';
import { type ModuleCompiler, moduleCompiler } from '../../host/module-compiler.ts';
import type { CodeCache } from './code-cache.ts';
import type { KeptModules, StoredModule } from './kept-modules.ts';
import type { Region } from './regions.ts';
import type { TranslationBounds } from './translate.ts';

/** Groups of modules of an earlier process that are compiled before anything of them is wanted. */
const GROUPS_AHEAD = 1;

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
  /** Modules of an earlier process that are asked for: how often a block of one was evaluated meanwhile. */
  readonly #awaited = new Map<StoredModule, number>();
  #isFromStart = true;
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
    if (this.#ofCells.size === 0 && this.#awaited.size === 0) return;
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

  /** Whether a module of an earlier process is there, or is worth being compiled. */
  isWorth(of: StoredModule): boolean {
    if (of.module !== undefined) return of.module !== null;
    return this.#isFromStart || this.#awaited.has(of);
  }
  /**
   * The machine goes on from a place within its guest's run: of modules that are wanted there most blocks never are, and translating those that
   * are costs no more. From a guest's start one module follows the other, as they were kept.
   */
  goOnElsewhere(): void {
    this.#isFromStart = false;
  }
  /** What such a module is compiled to; undefined: its block is to be evaluated, and it will be there later; null: there is no compiling it. */
  compiled(of: StoredModule, among: KeptModules): WebAssembly.Module | undefined | null {
    if (!this.#awaited.has(of)) this.#askFor(of, among);
    const evaluations = this.#awaited.get(of) ?? Number.POSITIVE_INFINITY;
    if (evaluations < this.#bounds.evaluationsAModule) {
      this.#awaited.set(of, evaluations + 1);
      return undefined;
    }
    this.#awaited.delete(of);
    of.module ??= compiledNow(of, among);
    return of.module;
  }
  #askFor(of: StoredModule, among: KeptModules): void {
    if (among.modules.length < this.#bounds.modulesBeforeAThread) return;
    this.#compiler ??= this.compilerOf();
    if (this.#compiler === undefined) return;
    const group = among.groupOf(of);
    const found = among.unpacked(group);
    // First what is wanted now.
    for (const [module, bytes] of found) if (module === of) this.#await(module, bytes);
    for (const [module, bytes] of found) this.#await(module, bytes);
    for (let next = group + 1; next <= group + GROUPS_AHEAD; next++)
      for (const [module, bytes] of among.unpacked(next)) this.#await(module, bytes);
  }
  #await(module: StoredModule, bytes: Uint8Array): void {
    if (module.module !== undefined || this.#awaited.has(module)) return;
    const arrives = (compiled: WebAssembly.Module | undefined): void => {
      module.module ??= compiled ?? null;
      this.#awaited.delete(module);
    };
    if (this.#compiler?.ask(bytes, arrives) === true) this.#awaited.set(module, 0);
  }

  #install(module: OnItsWay, compiled: WebAssembly.Module | undefined): void {
    if (module.isInstalled) return;
    module.isInstalled = true;
    const { bytes, regions } = module;
    this.#code.install(bytes, compiled, regions);
    for (const { cells } of regions)
      for (const cell of cells) if (this.#ofCells.get(cell)?.module === module) this.#ofCells.delete(cell);
  }
}

function compiledNow(of: StoredModule, among: KeptModules): WebAssembly.Module | null {
  const bytes = among.unpacked(among.groupOf(of)).find(([module]) => module === of)?.[1];
  try {
    return bytes === undefined ? null : new WebAssembly.Module(bytes);
  } catch {
    return null;
  }
}
