import { Cpu } from '../../src/core/cpu.ts';
import { Engine } from '../../src/core/engine/engine.ts';
import * as cells from '../../src/core/state/cells.ts';
import { ExceptionCall, FlagsKind } from '../../src/core/state/codes.ts';
import { sys } from '../../src/core/system/cells.ts';
import { FlatArchitecture, type VectorStop } from './flat-architecture.ts';
import { defaults, defaultWindow, hexValue, layout, type Vector } from './vector.ts';

const HOST_BYTES = layout.windowBytes + layout.codePages * 4096;
const CODE_AT = cells.HOST_MEMORY + layout.windowBytes + (layout.code - layout.codePage);
const INSTRUCTIONS_MAX = 2000;
const BRK = 0xd4200000;
const { TPIDR_EL0 } = sys;

/** Runs A64 vectors on the real translator and engine, at EL0 over a fixed memory map. */
export class A64Runner {
  readonly #cpu: Cpu;
  readonly #engine: Engine;
  readonly #window = defaultWindow();
  #arch!: FlatArchitecture;

  constructor() {
    this.#cpu = new Cpu(HOST_BYTES, { frequency: 1, countAt: () => 0n, icountAt: () => Number.POSITIVE_INFINITY });
    this.#engine = new Engine(this.#cpu, () => (this.#arch = new FlatArchitecture(this.#cpu)));
    const { u32 } = this.#cpu;
    const code = (cells.HOST_MEMORY + layout.windowBytes) >>> 2;
    u32.fill(BRK, code, code + (layout.codePages * 4096) / 4);
    this.#cpu.set64(cells.CONTEXT, 1n);
    this.#cpu.set64(cells.CONTEXT_UNPRIVILEGED, 1n);
  }

  /** Differences between what happened and what the vector says; none when it passes. */
  run(vector: Vector): string[] {
    this.#load(vector);
    const stop = this.#go();
    const found = this.#compare(vector, stop);
    this.#cpu.u32.fill(BRK, CODE_AT >>> 2, (CODE_AT >>> 2) + vector.code.length);
    return found;
  }

  #load(vector: Vector): void {
    const cpu = this.#cpu;
    const { in: input } = vector;
    for (let i = 0; i < 31; i++) cpu.setX(i, defaults.x(i));
    for (const [n, value] of Object.entries(input.x ?? {})) cpu.setX(Number(n), hexValue(value));
    cpu.set64(cells.SP, input.sp ? hexValue(input.sp) : layout.stackPointer);
    for (let i = 0; i < 32; i++) this.#setV(i, valueOr(input.v?.[i], defaults.v(i)));
    cpu.set32(cells.FLAGS_KIND, FlagsKind.literal);
    cpu.set64(cells.FLAGS_A, (input.nzcv ? hexValue(input.nzcv) : 0n) << 28n);
    cpu.set32(cells.FPCR, input.fpcr ? Number(hexValue(input.fpcr)) : 0);
    cpu.set32(cells.FPSR, input.fpsr ? Number(hexValue(input.fpsr)) : 0);
    cpu.set64(TPIDR_EL0, input.tpidr ? hexValue(input.tpidr) : 0n);
    cpu.set32(cells.EXCLUSIVE_SIZE, 0);
    cpu.u8.set(this.#windowOf(input.mem), cells.HOST_MEMORY);
    for (const [i, word] of vector.code.entries()) cpu.u32[(CODE_AT >>> 2) + i] = Number.parseInt(word, 16);
    this.#engine.code.invalidate(layout.windowBytes / 4096);
    cpu.pc = BigInt(layout.code);
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

  #go(): VectorStop | null {
    this.#arch.stop = null;
    this.#engine.run(this.#cpu.icount + INSTRUCTIONS_MAX);
    return this.#arch.stop;
  }

  #compare(vector: Vector, stop: VectorStop | null): string[] {
    const cpu = this.#cpu;
    const { out } = vector;
    const diff: string[] = [];
    const check = (what: string, got: bigint | number | string, want: bigint | number | string): void => {
      if (got !== want) diff.push(`${what}: got ${show(got)}, want ${show(want)}`);
    };
    const end = layout.code + 4 * vector.code.length;
    const pc = Number(cpu.pc);
    const inCode = pc >= layout.code && pc < end;
    check('outcome', this.#outcome(stop, inCode), out.outcome);
    const wantPc = out.pc ? Number.parseInt(out.pc, 16) : out.outcome === 'ok' ? end : layout.code;
    check('pc', pc, wantPc);
    if (diff.length > 0) return diff;
    if (out.outcome === 'abort') {
      check('fault', stop?.reason === 'alignment' ? 'align' : 'access', out.fault ?? '');
      if (!out.loose && out.far) check('far', stop?.address ?? -1n, hexValue(out.far));
    }
    if (!(out.outcome === 'abort' && out.loose)) this.#compareRegisters(vector, check);
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
      const got = cpu.u8[cells.HOST_MEMORY + i] as number;
      if (got !== want[i]) check(`[${show(layout.window + i)}]`, got, want[i] as number);
    }
    return diff;
  }
  #outcome(stop: VectorStop | null, inCode: boolean): string {
    if (stop === null) return 'did not stop';
    const calls = stop.argument >>> 16;
    if (stop.reason === 'call') {
      if (!inCode) return 'ok';
      return calls === ExceptionCall.undefined ? 'undefined' : `exception ${calls}`;
    }
    return inCode || stop.reason !== 'mmu' ? 'abort' : 'ok';
  }
  #compareRegisters(vector: Vector, check: (what: string, got: bigint, want: bigint) => void): void {
    const cpu = this.#cpu;
    const { in: input, out } = vector;
    for (let i = 0; i < 31; i++) {
      check(`x${i}`, cpu.x(i), valueOr(out.x?.[i] ?? input.x?.[i], defaults.x(i)));
    }
    check('sp', cpu.get64(cells.SP), hexValue(out.sp ?? input.sp ?? layout.stackPointer.toString(16)));
    if (out.outcome !== 'abort') check('nzcv', this.#nzcv(), hexValue(out.nzcv ?? input.nzcv ?? '0'));
  }
  #nzcv(): bigint {
    return BigInt(this.#engine.code.helpers.nzcv() >>> 28);
  }
}

const valueOr = (text: string | undefined, other: bigint): bigint => (text === undefined ? other : hexValue(text));
const show = (v: bigint | number | string): string => (typeof v === 'string' ? v : `0x${v.toString(16)}`);
