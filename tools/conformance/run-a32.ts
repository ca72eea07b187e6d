import { PAGE_BYTES } from '../../src/base/page.ts';
import * as cells from '../../src/core/state/cells.ts';
import { sys } from '../../src/core/state/system-cells.ts';
import type { Cpu } from '../../src/core/system/cpu.ts';
import type { VectorPlatform, VectorStop } from './platform.ts';
import { defaults, defaultWindow, hexValue, layout, type Vector } from './vector.ts';

const INSTRUCTIONS_MAX = 2000;
/** Undefined in A32, and twice in T32: UDF of both. */
const UDF_A32 = 0xe7fd_def1;
const UDF_T32 = 0xdef1_def1;
/** Pages of the code that interworking leads to: A32's from T32, T32's from A32. */
const A32_TARGETS = 1;
const T32_TARGETS = 2;
const REGISTERS = 15;
const D_REGISTERS = 32;

/** Runs A32 and T32 vectors on the real translator and engine, in user mode. */
export class A32Runner {
  readonly #platform: VectorPlatform;
  readonly #cpu: Cpu;
  readonly #window = defaultWindow();
  readonly #windowAt: number;
  readonly #codePages: number;
  readonly #codeAt: number;
  /** How far the code lies from where vectors have it: for those whose results do not depend on that. */
  readonly #shift: number;

  constructor(platform: VectorPlatform, shift = 0) {
    this.#platform = platform;
    this.#shift = shift;
    this.#cpu = platform.cpu;
    this.#windowAt = cells.HOST_MEMORY + platform.windowAt;
    this.#codePages = cells.HOST_MEMORY + platform.codePagesAt;
    this.#codeAt = this.#codePages + this.#code - layout.codePage;
  }

  get #code(): number {
    return layout.code + this.#shift;
  }

  /** Differences between what happened and what the vector says; none when it passes. */
  run(vector: Vector): string[] {
    const bytes = this.#load(vector);
    return this.#compare(vector, this.#platform.run(INSTRUCTIONS_MAX), this.#code + bytes);
  }

  #load({ isa, code, in: input }: Vector): number {
    const cpu = this.#cpu;
    const thumb = isa === 't32';
    for (let page = 0; page < layout.codePages; page++) {
      const first = (this.#codePages >>> 2) + 1024 * page;
      const isThumb = page === T32_TARGETS || (thumb && page !== A32_TARGETS);
      cpu.u32.fill(isThumb ? UDF_T32 : UDF_A32, first, first + 1024);
    }
    let at = this.#codeAt;
    for (const unit of code) {
      const value = Number.parseInt(unit, 16);
      const halves = !thumb
        ? [value & 0xffff, value >>> 16]
        : unit.length === 4
          ? [value]
          : [value >>> 16, value & 0xffff];
      for (const half of halves) {
        cpu.u8[at++] = half & 0xff;
        cpu.u8[at++] = half >>> 8;
      }
    }
    for (let page = 0; page < layout.codePages; page++)
      this.#platform.engine.code.invalidate(this.#platform.codePagesAt / PAGE_BYTES + page);
    for (let n = 0; n < REGISTERS; n++) cpu.set64(cells.X + 8 * n, valueOr(input.r?.[n], defaults.r(n)));
    for (let n = 0; n < D_REGISTERS; n++) cpu.set64(cells.V + 8 * n, valueOr(input.d?.[n], defaults.d(n)));
    const fpscr = numberOr(input.fpscr);
    cpu.set32(cells.FPCR, fpscr & FPSCR_CONTROL);
    cpu.set32(cells.FPSR, fpscr & ~FPSCR_CONTROL);
    cpu.set64(sys.TPIDR_EL0, valueOr(input.tpidr, 0n));
    cpu.u8.set(this.#windowOf(input.mem), this.#windowAt);
    this.#platform.begin32(this.#code, thumb, numberOr(input.cpsr));
    return at - this.#codeAt;
  }
  #windowOf(mem: Readonly<Record<string, string>> | undefined): Uint8Array {
    return overlay(this.#window.slice(), mem);
  }

  #compare(vector: Vector, stop: VectorStop, end: number): string[] {
    const cpu = this.#cpu;
    const { in: input, out, isa } = vector;
    const diff: string[] = [];
    const check = (what: string, got: bigint | number | string, want: bigint | number | string): void => {
      if (got !== want) diff.push(`${what}: got ${show(got)}, want ${show(want)}`);
    };
    const inCode = stop.pc >= this.#code && stop.pc < end;
    check('outcome', outcomeOf(stop, inCode), out.outcome);
    const pc = out.pc ? Number.parseInt(out.pc, 16) + this.#shift : out.outcome === 'ok' ? end : this.#code;
    check('pc', stop.pc, pc);
    if (diff.length > 0) return diff;
    if (out.outcome === 'abort') {
      check('fault', stop.reason, out.fault ?? '');
      if (!out.loose && out.far) check('far', stop.address, hexValue(out.far));
    }
    if (!(out.outcome === 'abort' && out.loose))
      for (let n = 0; n < REGISTERS; n++)
        check(`r${n}`, BigInt(cpu.get32(cells.X + 8 * n)), valueOr(out.r?.[n] ?? input.r?.[n], defaults.r(n)));
    if (out.outcome === 'abort') return diff;
    check('t', stop.thumb ? 1 : 0, out.t === undefined ? (isa === 't32' ? 1 : 0) : Number(out.t));
    check('cpsr', stop.cpsr, numberOr(out.cpsr ?? input.cpsr));
    for (let n = 0; n < D_REGISTERS; n++)
      check(`d${n}`, cpu.get64(cells.V + 8 * n), valueOr(out.d?.[n] ?? input.d?.[n], defaults.d(n)));
    check('fpscr', (cpu.get32(cells.FPCR) | cpu.get32(cells.FPSR)) >>> 0, numberOr(out.fpscr ?? input.fpscr));
    check('tpidr', cpu.get64(sys.TPIDR_EL0) & 0xffff_ffffn, valueOr(out.tpidr ?? input.tpidr, 0n));
    const want = overlay(this.#windowOf(input.mem), out.mem);
    for (const [i, byte] of want.entries()) {
      const got = cpu.u8[this.#windowAt + i] as number;
      if (got !== byte) check(`[${show(layout.window + i)}]`, got, byte);
    }
    return diff;
  }
}

/** AHP, DN, FZ, RMode, Stride, Len; the rest of FPSCR are flags. */
const FPSCR_CONTROL = 0x07f7_0000;

function overlay(bytes: Uint8Array, mem: Readonly<Record<string, string>> | undefined): Uint8Array {
  for (const [address, data] of Object.entries(mem ?? {}))
    bytes.set(Buffer.from(data, 'hex'), Number.parseInt(address, 16) - layout.window);
  return bytes;
}

function outcomeOf({ reason, what }: VectorStop, inCode: boolean): string {
  if (reason === 'access') return inCode ? 'abort' : 'ok';
  if (reason === 'align') return 'abort';
  if (reason === 'undefined') return inCode ? 'undefined' : 'ok';
  return what;
}

const valueOr = (text: string | undefined, other: bigint): bigint => (text === undefined ? other : hexValue(text));
const numberOr = (text: string | undefined): number => (text === undefined ? 0 : Number.parseInt(text, 16));
const show = (v: bigint | number | string): string => (typeof v === 'string' ? v : `0x${v.toString(16)}`);
