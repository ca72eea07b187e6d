import { CodeWriter } from './code-writer.ts';
import { narrow, type Width, wide } from './float-operations.ts';
import { W } from './opcodes.ts';

let known: boolean | undefined;

/**
 * Whether relaxed_madd rounds once on this host, as it may (WebAssembly 3.0, 4.3.5) and FPMulAdd does (Arm ARM DDI 0487, J1.3): with
 * two roundings, (1 + 2^-30)(1 - 2^-30) - 1 and the like in singles would be 0.
 */
export function hostFuses(): boolean {
  known ??= probe();
  return known;
}

function probe(): boolean {
  const body = new CodeWriter();
  body.uleb(0);
  const test = (
    { bytes: step, constant, splat, madd, lane, ne }: Width,
    { buffer }: Float64Array | Float32Array,
  ): void => {
    const bytes = new Uint8Array(buffer);
    for (let i = 0; i < 3; i++) {
      body.byte(constant);
      body.raw(bytes.subarray(i * step, (i + 1) * step));
      body.simd(splat);
    }
    body.simd(madd);
    body.simd(lane);
    body.byte(0);
    body.byte(constant);
    body.raw(new Uint8Array(step));
    body.byte(ne);
  };
  test(wide, Float64Array.of(1 + 2 ** -30, 1 - 2 ** -30, -1));
  test(narrow, Float32Array.of(1 + 2 ** -15, 1 - 2 ** -15, -1));
  body.byte(W.i32And);
  body.end();
  const out = new CodeWriter();
  out.raw(
    Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 5, 1, 0x60, 0, 1, 0x7f, 3, 2, 1, 0, 7, 5, 1, 1, 0x66, 0, 0),
  );
  const section = new CodeWriter();
  section.uleb(1);
  section.sized(body);
  out.byte(10);
  out.sized(section);
  const { f } = new WebAssembly.Instance(new WebAssembly.Module(out.toBytes())).exports;
  return (f as () => number)() === 1;
}
