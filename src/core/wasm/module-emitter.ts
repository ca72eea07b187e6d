// wasm/: WebAssembly of IR: modules, regions, the inline TLB check, and the module that translated code jumps by.

import { helperNames, helpers as helperSignatures } from '../helpers/signatures.ts';
import { Op } from '../ir/ops.ts';
import type { BlockIr, Type } from '../ir/types.ts';
import { CodeWriter } from './code-writer.ts';
import { valueTypes, W } from './opcodes.ts';
import { RegionEmitter } from './region-emitter.ts';
import { type Linker, regionParameters, runtimeFunctionNames, runtimeFunctions } from './runtime-functions.ts';
import { ByteWriter } from './writer.ts';

const MAGIC = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
const Section = { custom: 0, type: 1, import: 2, function: 3, element: 9, code: 10 } as const;
const FUNCTION_TYPE = 0x60;
type Signature = { readonly params: readonly Type[]; readonly result: Type | 'none' };
const keyOf = ({ params, result }: Signature): string => `${params}>${result}`;
const REGION: Signature = { params: regionParameters, result: 'i32' };
const fixedSignatures: readonly Signature[] = runtimeFunctionNames.map((name) => ({
  params: runtimeFunctions[name],
  result: 'i32',
}));
/** Types that every module starts with: that of regions, and those of what it imports of the run time. */
const fixedTypes = [...new Map([REGION, ...fixedSignatures].map((s) => [keyOf(s), s])).values()];
const fixedKeys = fixedTypes.map(keyOf);
const REGION_TYPE = 0;
const fixedImports = runtimeFunctionNames.map((name, i) => ({
  name,
  type: fixedKeys.indexOf(keyOf(fixedSignatures[i] as Signature)),
}));
const imports = Object.fromEntries(runtimeFunctionNames.map((name, i) => [name, i])) as Linker['imports'];

/** Blocks of one page, by ascending offset; `refCell` gives the address of the cell of BLOCK_REFS of any block of the page. */
export interface RegionIr {
  readonly blocks: readonly BlockIr[];
  readonly refCell: (offset: number) => number;
}

/** Emits a module of regions: it imports what they use, and puts their functions into successive slots of the shared table. */
export class ModuleEmitter {
  readonly #body = new CodeWriter();
  readonly #codes = new ByteWriter();
  readonly #hints = new ByteWriter();
  readonly #section = new ByteWriter();
  readonly #module = new ByteWriter();
  readonly #regions = new RegionEmitter(this.#body);

  /** The first region's function goes into `slot`, the others' into those that follow. */
  emit(regions: readonly RegionIr[], slot: number): Uint8Array {
    const used = usedHelpers(regions);
    const first = fixedImports.length + used.length;
    const helperIndex = new Map(used.map((n, i) => [n, fixedImports.length + i]));
    this.#codes.clear();
    this.#codes.uleb(regions.length);
    this.#hints.clear();
    this.#hints.name('metadata.code.branch_hint');
    this.#hints.uleb(regions.length);
    for (const [i, { blocks, refCell }] of regions.entries()) {
      this.#body.clear();
      const locals = this.#regions.emit(blocks, {
        imports,
        helper: (n) => helperIndex.get(n) as number,
        refCell,
      });
      this.#code(locals, first + i);
    }

    const out = this.#module;
    out.clear();
    out.raw(MAGIC);
    const typeOf = this.#types(used);
    this.#imports(used, typeOf);
    const s = this.#begin();
    s.uleb(regions.length);
    for (let n = 0; n < regions.length; n++) s.uleb(REGION_TYPE);
    this.#end(Section.function);
    this.#element(slot, first, regions.length);
    out.byte(Section.custom);
    out.sized(this.#hints);
    out.byte(Section.code);
    out.sized(this.#codes);
    return out.toBytes();
  }

  #begin(): ByteWriter {
    this.#section.clear();
    return this.#section;
  }
  #end(id: number): void {
    this.#module.byte(id);
    this.#module.sized(this.#section);
  }

  /** One function of the code section, its locals in runs of one type; and its branch hints. */
  #code(locals: readonly number[], index: number): void {
    const head = this.#begin();
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
    this.#hintsOf(index, head.length);
    const out = this.#codes;
    out.uleb(head.length + this.#body.length);
    out.raw(head.bytes, head.length);
    out.raw(this.#body.bytes, this.#body.length);
  }

  /** Which ways the function's branches mostly go: by the offset in its body, of which the locals are a part. */
  #hintsOf(index: number, head: number): void {
    const { hints } = this.#body;
    const out = this.#hints;
    out.uleb(index);
    out.uleb(hints.length / 2);
    for (let i = 0; i < hints.length; i += 2) {
      out.uleb(head + (hints[i] as number));
      out.uleb(1);
      out.byte(hints[i + 1] as number);
    }
  }

  #types(used: readonly number[]): (helper: number) => number {
    const known = [...fixedKeys];
    const all = [...fixedTypes];
    const numbers = used.map((n) => {
      const signature = signatureOf(n);
      const key = keyOf(signature);
      let at = known.indexOf(key);
      if (at < 0) {
        at = known.push(key) - 1;
        all.push(signature);
      }
      return at;
    });
    const s = this.#begin();
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
    const s = this.#begin();
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

  #element(slot: number, first: number, count: number): void {
    const s = this.#begin();
    s.uleb(1);
    s.byte(0);
    s.byte(W.i32Const);
    s.sleb(slot);
    s.byte(W.end);
    s.uleb(count);
    for (let n = 0; n < count; n++) s.uleb(first + n);
    this.#end(Section.element);
  }
}

const signatureOf = (n: number): Signature => helperSignatures[helperNames[n] as keyof typeof helperSignatures];

function usedHelpers(regions: readonly RegionIr[]): number[] {
  const used = new Set<number>();
  for (const { blocks } of regions)
    for (const { nodes } of blocks) for (const { op, imm } of nodes) if (op === Op.call) used.add(imm);
  return [...used];
}
