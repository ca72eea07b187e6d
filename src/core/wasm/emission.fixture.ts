import { instantiateHelpers } from '../helpers/instantiate.ts';
import { Builder } from '../ir/builder.ts';
import type { TranslationConfig } from '../ir/config.ts';
import type { BlockIr } from '../ir/types.ts';
import * as cells from '../state/cells.ts';
import { PeState } from '../state/pe-state.ts';
import { ModuleEmitter } from './module-emitter.ts';
import { instantiateRuntime } from './runtime-module.ts';

const HOST_BYTES = 0x1_0000;
const SLOTS = 8;
const config = { el: 1, sctlr: 0, single: false, it: 0, straddle: -1, fpexc: false } as TranslationConfig;
const counter = { frequency: 1, countAt: () => 0n, icountAt: () => Infinity };

/** The IR of a block of A64 at an offset of its page; `body` lifts its instructions, each begun by `ir.begin`. */
export function blockAt(
  offset: number,
  body: (ir: Builder, next: () => void) => void,
  options: { readonly aarch32?: boolean } = {},
): BlockIr {
  const ir = new Builder(config);
  const begin = (at: number): void => {
    ir.begin(at);
    ir.next = at + 4;
  };
  begin(offset);
  body(ir, () => begin(ir.next));
  return {
    nodes: ir.nodes,
    offsets: ir.offsets,
    endOffset: ir.next,
    targets: ir.targets,
    aarch32: options.aarch32 ?? false,
  };
}

/** A call that translated code made: what for, its first argument, and the budget left before the instruction. */
export interface RuntimeCallMade {
  readonly name: 'load' | 'store' | 'runtime';
  readonly info: number;
  readonly remaining: number;
}

/** Emitted code with all that it runs in: state, table, run time, helpers, and a log of its calls to the outside. */
export class EmittedCode {
  readonly cpu = new PeState(HOST_BYTES, counter);
  readonly table = new WebAssembly.Table({ element: 'anyfunc', initial: SLOTS, maximum: SLOTS });
  readonly calls: RuntimeCallMade[] = [];
  readonly runtime = instantiateRuntime(this.cpu.memory, this.table, {
    load: (info, remaining) => this.#call('load', info, remaining),
    store: (info, remaining) => this.#call('store', info, remaining),
  });
  /** What such a call does; 1 abandons the instruction. */
  onCall: (call: RuntimeCallMade) => number = () => 0;
  readonly #emitter = new ModuleEmitter();
  readonly #helpers = instantiateHelpers(this.cpu.memory);

  constructor() {
    this.table.set(0, this.runtime.stub);
    this.cpu.set32(cells.CONTEXT, 1);
    this.cpu.set32(cells.CONTEXT_UNPRIVILEGED, 2);
  }

  /** Cell of BLOCK_REFS of the block at an offset. */
  refCell(offset: number): number {
    return cells.BLOCK_REFS + 2 * offset;
  }

  /** Translates a region into a slot, and makes its blocks known. */
  install(blocks: readonly BlockIr[], slot = 1): Uint8Array {
    const module = this.#emitter.emit([{ blocks, refCell: (offset) => this.refCell(offset) }], slot);
    const e = {
      memory: this.cpu.memory,
      table: this.table,
      ...this.runtime,
      runtime: (info: number, remaining: number) => this.#call('runtime', info, remaining),
    };
    new WebAssembly.Instance(new WebAssembly.Module(module), { e, h: this.#helpers } as never);
    for (const [entry, block] of blocks.entries())
      this.cpu.set32(this.refCell(block.offsets[0] as number), (slot << cells.REF_SLOT_SHIFT) | entry);
    return module;
  }

  #call(name: RuntimeCallMade['name'], info: number, remaining: number): number {
    const made = { name, info, remaining };
    this.calls.push(made);
    return this.onCall(made);
  }

  /** Runs from an entry of a region until the code comes back. */
  run(budget: number, entry = 0, slot = 1) {
    const left = this.runtime.enter((slot << cells.REF_SLOT_SHIFT) | entry, budget);
    return {
      left,
      reason: this.cpu.get32(cells.EXIT_REASON),
      argument: this.cpu.get32(cells.EXIT_ARGUMENT),
      offset: this.cpu.get32(cells.PC_OFFSET),
    };
  }

  /** Enters a page of guest memory into an inline TLB: its VA, and the address in the emulated host. */
  map(table: number, va: number, pa: number, context = 1): void {
    const entry = table + (((va >>> 12) & (cells.TLB_ENTRIES - 1)) << 4);
    this.cpu.set32(entry, (va & ~0xfff) | context);
    this.cpu.set32(entry + 4, 0);
    this.cpu.set32(entry + 8, (cells.HOST_MEMORY + pa - va) >>> 0);
  }

  /** Cells of X0 to X30. */
  x(n: number): bigint {
    return this.cpu.x(n);
  }
}
