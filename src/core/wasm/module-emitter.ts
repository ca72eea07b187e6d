import { helpers as helperSignatures, helperNames } from '../helpers/signatures.ts';
import { Op } from '../ir/ops.ts';
import type { Type } from '../ir/types.ts';
import { type BlockIr, FunctionEmitter, type Linker } from './function-emitter.ts';
import { valueTypes, W } from './opcodes.ts';
import { ByteWriter } from './writer.ts';

/** A block to be put in a module: its IR, where it starts in the page, and the table slot it gets. */
export interface BlockToEmit {
  readonly ir: BlockIr;
  readonly offset: number;
  readonly slot: number;
}

const MAGIC = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
const Section = { type: 1, import: 2, function: 3, element: 9, code: 10 } as const;
const FUNCTION_TYPE = 0x60;
/** Types that every module starts with: block (i32) -> i32, jump (i32, i64) -> i32, call into the run time (i32, i32) -> i32. */
const fixedTypes: readonly { params: readonly Type[]; result: Type | 'none' }[] = [
  { params: ['i32'], result: 'i32' },
  { params: ['i32', 'i64'], result: 'i32' },
  { params: ['i32', 'i32'], result: 'i32' },
];
const fixedImports = [
  { name: 'jump', type: 1 },
  { name: 'load', type: 2 },
  { name: 'store', type: 2 },
  { name: 'runtime', type: 2 },
] as const;
const imports = { jump: 0, load: 1, store: 2, runtime: 3 } as const;

/** Emits modules of blocks: imports what they use, and puts their functions into the shared table. */
export class ModuleEmitter {
  readonly #body = new ByteWriter();
  readonly #code = new ByteWriter();
  readonly #section = new ByteWriter();
  readonly #module = new ByteWriter();
  readonly #functions = new FunctionEmitter(this.#body);

  /** `slotOf` gives the table slot of any block of the page by its offset. */
  emit(blocks: readonly BlockToEmit[], slotOf: (offset: number) => number): Uint8Array {
    // Bodies come first, to learn which helpers they call; imports take the function indices below the blocks', so
    // helpers are numbered through the table of used ones, whose size must be known: found by a scan of the IR.
    const used = usedHelpers(blocks);
    const firstBlock = fixedImports.length + used.length;
    const helperIndex = new Map(used.map((n, i) => [n, fixedImports.length + i]));
    const byOffset = new Map(blocks.map((b, i) => [b.offset, firstBlock + i]));
    const linker: Linker = {
      imports,
      helper: (n) => helperIndex.get(n) as number,
      blockInModule: (offset) => byOffset.get(offset),
      slot: slotOf,
    };
    this.#code.clear();
    this.#code.uleb(blocks.length);
    for (const block of blocks) this.#function(block, linker);

    const out = this.#module;
    out.clear();
    out.raw(MAGIC);
    const typeOf = this.#types(used);
    this.#imports(used, typeOf);
    this.#begin();
    this.#section.uleb(blocks.length);
    for (let i = 0; i < blocks.length; i++) this.#section.byte(0);
    this.#end(Section.function);
    this.#elements(blocks, firstBlock);
    out.byte(Section.code);
    out.sized(this.#code);
    return out.toBytes();
  }

  #begin(): void {
    this.#section.clear();
  }
  #end(id: number): void {
    this.#module.byte(id);
    this.#module.sized(this.#section);
  }

  #function(block: BlockToEmit, linker: Linker): void {
    this.#body.clear();
    const locals = this.#functions.emit(block.ir, linker);
    const head = this.#section;
    head.clear();
    let runs = 0;
    for (let i = 0; i < locals.length; i++) if (i === 0 || locals[i] !== locals[i - 1]) runs++;
    head.uleb(runs);
    for (let i = 0; i < locals.length; ) {
      let end = i + 1;
      while (end < locals.length && locals[end] === locals[i]) end++;
      head.uleb(end - i);
      head.byte(locals[i] as number);
      i = end;
    }
    this.#code.uleb(head.length + this.#body.length);
    this.#code.raw(head.bytes, head.length);
    this.#code.raw(this.#body.bytes, this.#body.length);
  }

  #types(used: readonly number[]): (helper: number) => number {
    const known = fixedTypes.map(({ params, result }) => `${params}>${result}`);
    const all = [...fixedTypes];
    const numbers = used.map((n) => {
      const signature = signatureOf(n);
      const key = `${signature.params}>${signature.result}`;
      let at = known.indexOf(key);
      if (at < 0) {
        at = known.push(key) - 1;
        all.push(signature);
      }
      return at;
    });
    this.#begin();
    const s = this.#section;
    s.uleb(all.length);
    for (const { params, result } of all) {
      s.byte(FUNCTION_TYPE);
      s.uleb(params.length);
      for (const p of params) s.byte(valueTypes[p]);
      s.uleb(result === 'none' ? 0 : 1);
      if (result !== 'none') s.byte(valueTypes[result]);
    }
    this.#end(Section.type);
    return (n) => numbers[used.indexOf(n)] as number;
  }

  #imports(used: readonly number[], typeOf: (helper: number) => number): void {
    this.#begin();
    const s = this.#section;
    s.uleb(2 + fixedImports.length + used.length);
    s.name('e');
    s.name('memory');
    s.byte(2);
    s.byte(0);
    s.uleb(1);
    s.name('e');
    s.name('table');
    s.byte(1);
    s.byte(0x70);
    s.byte(0);
    s.uleb(1);
    for (const { name, type } of fixedImports) {
      s.name('e');
      s.name(name);
      s.byte(0);
      s.uleb(type);
    }
    for (const n of used) {
      s.name('h');
      s.name(helperNames[n] as string);
      s.byte(0);
      s.uleb(typeOf(n));
    }
    this.#end(Section.import);
  }

  /** One active segment a run of adjacent slots. */
  #elements(blocks: readonly BlockToEmit[], firstBlock: number): void {
    const order = blocks.map((b, i) => ({ slot: b.slot, index: firstBlock + i })).sort((a, b) => a.slot - b.slot);
    const runs: (typeof order)[] = [];
    for (const entry of order) {
      const run = runs.at(-1);
      if (run && (run.at(-1) as { slot: number }).slot + 1 === entry.slot) run.push(entry);
      else runs.push([entry]);
    }
    this.#begin();
    const s = this.#section;
    s.uleb(runs.length);
    for (const run of runs) {
      s.byte(0);
      s.byte(W.i32Const);
      s.sleb((run[0] as { slot: number }).slot);
      s.byte(W.end);
      s.uleb(run.length);
      for (const { index } of run) s.uleb(index);
    }
    this.#end(Section.element);
  }
}

const signatureOf = (n: number): { params: readonly Type[]; result: Type | 'none' } =>
  helperSignatures[helperNames[n] as keyof typeof helperSignatures];

function usedHelpers(blocks: readonly BlockToEmit[]): number[] {
  const used = new Set<number>();
  for (const block of blocks) for (const node of block.ir.nodes) if (node.op === Op.call) used.add(node.imm);
  return [...used];
}
