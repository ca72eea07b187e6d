import { PAGE_BYTES } from '../../src/base/page.ts';
import type { Engine } from '../../src/core/engine/engine.ts';
import * as cells from '../../src/core/state/cells.ts';
import { sys } from '../../src/core/state/system-cells.ts';
import type { Cpu } from '../../src/core/system/cpu.ts';
import type { VectorPlatform, VectorStop } from './platform.ts';
import { defaults, defaultWindow, hexValue, layout, type Vector } from './vector.ts';

const INSTRUCTIONS_MAX = 2000;
const BRK = 0xd4200000;
const { TPIDR_EL0 } = sys;

/** Runs A64 vectors on the real translator and engine, at EL0. */
export class A64Runner {
  readonly #platform: VectorPlatform;
  readonly #cpu: Cpu;
  readonly #engine: Engine;
  readonly #window = defaultWindow();
  /** Linear addresses of the window and of a vector's code. */
  readonly #windowAt: number;
  readonly #codeAt: number;

  constructor(platform: VectorPlatform) {
    this.#platform = platform;
    this.#cpu = platform.cpu;
    this.#engine = platform.engine;
    this.#windowAt = cells.HOST_MEMORY + platform.windowAt;
    const codePages = cells.HOST_MEMORY + platform.codePagesAt;
    this.#codeAt = codePages + layout.code - layout.codePage;
    this.#cpu.u32.fill(BRK, codePages >>> 2, (codePages + layout.codePages * PAGE_BYTES) >>> 2);
  }

  /** Differences between what happened and what the vector says; none when it passes. */
  run(vector: Vector): string[] {
    this.#load(vector);
    const found = this.#compare(vector, this.#platform.run(INSTRUCTIONS_MAX));
    this.#cpu.u32.fill(BRK, this.#codeAt >>> 2, (this.#codeAt >>> 2) + vector.code.length);
    return found;
  }

  #load(vector: Vector): void {
    const cpu = this.#cpu;
    const { in: input } = vector;
    for (let i = 0; i < 31; i++) cpu.setX(i, defaults.x(i));
    for (const [n, value] of Object.entries(input.x ?? {})) cpu.setX(Number(n), hexValue(value));
    for (let i = 0; i < 32; i++) this.#setV(i, valueOr(input.v?.[i], defaults.v(i)));
    cpu.set32(cells.FPCR, input.fpcr ? Number(hexValue(input.fpcr)) : 0);
    cpu.set32(cells.FPSR, input.fpsr ? Number(hexValue(input.fpsr)) : 0);
    cpu.set64(TPIDR_EL0, input.tpidr ? hexValue(input.tpidr) : 0n);
    cpu.u8.set(this.#windowOf(input.mem), this.#windowAt);
    for (const [i, word] of vector.code.entries()) cpu.u32[(this.#codeAt >>> 2) + i] = Number.parseInt(word, 16);
    this.#engine.code.invalidate(this.#platform.codePagesAt / PAGE_BYTES);
    const sp = input.sp ? hexValue(input.sp) : layout.stackPointer;
    this.#platform.begin(BigInt(layout.code), sp, input.nzcv ? Number(hexValue(input.nzcv)) : 0);
  }
  #windowOf(mem: Readonly<Record<string, string>> | undefined): Uint8Array {
    const bytes = this.#window.slice();
    for (const [address, data] of Object.entries(mem ?? {}))
      bytes.set(Buffer.from(data, 'hex'), Number.parseInt(address, 16) - layout.window);
    return bytes;
  }
  #setV(n: number, value: bigint): void {
    this.#cpu.set64(cells.V + 16 * n, value & 0xffff_ffff_ffff_ffffn);
    this.#cpu.set64(cells.V + 16 * n + 8, value >> 64n);
  }
  #v(n: number): bigint {
    return this.#cpu.get64(cells.V + 16 * n) | (this.#cpu.get64(cells.V + 16 * n + 8) << 64n);
  }

  #compare(vector: Vector, stop: VectorStop): string[] {
    const cpu = this.#cpu;
    const { out } = vector;
    const diff: string[] = [];
    const check = (what: string, got: bigint | number | string, want: bigint | number | string): void => {
      if (got !== want) diff.push(`${what}: got ${show(got)}, want ${show(want)}`);
    };
    const end = layout.code + 4 * vector.code.length;
    const inCode = stop.pc >= layout.code && stop.pc < end;
    check('outcome', outcomeOf(stop, inCode), out.outcome);
    const wantPc = out.pc ? Number.parseInt(out.pc, 16) : out.outcome === 'ok' ? end : layout.code;
    check('pc', stop.pc, wantPc);
    if (diff.length > 0) return diff;
    if (out.outcome === 'abort') {
      check('fault', stop.reason, out.fault ?? '');
      if (!out.loose && out.far) check('far', stop.address, hexValue(out.far));
    }
    if (!(out.outcome === 'abort' && out.loose)) this.#compareRegisters(vector, stop, check);
    if (out.outcome === 'abort') return diff;
    for (let i = 0; i < 32; i++) {
      check(`v${i}`, this.#v(i), valueOr(out.v?.[i] ?? vector.in.v?.[i], defaults.v(i)));
    }
    const of = (key: 'fpcr' | 'fpsr' | 'tpidr'): bigint => hexValue(out[key] ?? vector.in[key] ?? '0');
    check('fpcr', BigInt(cpu.get32(cells.FPCR)), of('fpcr'));
    check('fpsr', BigInt(cpu.get32(cells.FPSR)), of('fpsr'));
    check('tpidr', cpu.get64(TPIDR_EL0), of('tpidr'));
    const want = this.#windowOf(vector.in.mem);
    for (const [address, data] of Object.entries(out.mem ?? {}))
      want.set(Buffer.from(data, 'hex'), Number.parseInt(address, 16) - layout.window);
    for (let i = 0; i < want.length; i++) {
      const got = cpu.u8[this.#windowAt + i] as number;
      if (got !== want[i]) check(`[${show(layout.window + i)}]`, got, want[i] as number);
    }
    return diff;
  }
  #compareRegisters(vector: Vector, stop: VectorStop, check: (what: string, got: bigint, want: bigint) => void): void {
    const cpu = this.#cpu;
    const { in: input, out } = vector;
    for (let i = 0; i < 31; i++) {
      check(`x${i}`, cpu.x(i), valueOr(out.x?.[i] ?? input.x?.[i], defaults.x(i)));
    }
    check('sp', stop.sp, hexValue(out.sp ?? input.sp ?? layout.stackPointer.toString(16)));
    if (out.outcome !== 'abort') check('nzcv', BigInt(stop.nzcv), hexValue(out.nzcv ?? input.nzcv ?? '0'));
  }
}

function outcomeOf({ reason, what }: VectorStop, inCode: boolean): string {
  // Fetching outside the code pages leaves the code too.
  if (reason === 'access') return inCode ? 'abort' : 'ok';
  if (reason === 'brk' && !inCode) return 'ok';
  if (reason === 'align') return 'abort';
  return reason === 'undefined' ? 'undefined' : what;
}

const valueOr = (text: string | undefined, other: bigint): bigint => (text === undefined ? other : hexValue(text));
const show = (v: bigint | number | string): string => (typeof v === 'string' ? v : `0x${v.toString(16)}`);
