/** An instruction vector, as its generator writes it (shared conformance README). All values are hexadecimal strings. */
export interface VectorState {
  readonly x?: Readonly<Record<string, string>>;
  readonly r?: Readonly<Record<string, string>>;
  readonly v?: Readonly<Record<string, string>>;
  readonly d?: Readonly<Record<string, string>>;
  readonly sp?: string;
  readonly nzcv?: string;
  readonly cpsr?: string;
  readonly fpcr?: string;
  readonly fpsr?: string;
  readonly fpscr?: string;
  readonly tpidr?: string;
  readonly mem?: Readonly<Record<string, string>>;
}
/** The state behind a vector, or the exception that it took. */
export interface VectorOutcome extends VectorState {
  readonly outcome: 'ok' | 'undefined' | 'abort';
  readonly pc?: string;
  readonly t?: string | number;
  readonly fault?: 'access' | 'align';
  readonly far?: string;
  readonly loose?: boolean | number;
}
/** One instruction with the state before and behind it. */
export interface Vector {
  readonly id: string;
  readonly isa: 'a64' | 'a32' | 't32';
  readonly group: string;
  readonly code: readonly string[];
  readonly in: VectorState;
  readonly out: VectorOutcome;
}

/** Where vectors put things. */
export const layout = {
  window: 0x1000_0000,
  windowBytes: 0x1000,
  codePage: 0x1001_0000,
  codePages: 3,
  code: 0x1001_0800,
  stackPointer: 0x1000_0800n,
} as const;

/** Default contents of the memory window. */
export function defaultWindow(): Uint8Array {
  return Uint8Array.from({ length: layout.windowBytes }, (_, k) => (k * 167 + (k >> 8) * 59 + 13) & 0xff);
}

/** What a vector leaves out. */
export const defaults = {
  x: (i: number): bigint => BigInt.asUintN(64, 0x9e3779b97f4a7c15n * BigInt(i + 1)),
  v: (i: number): bigint =>
    (BigInt.asUintN(64, 0x165667b19e3779f9n * BigInt(i + 1)) << 64n) |
    BigInt.asUintN(64, 0xc2b2ae3d27d4eb4fn * BigInt(i + 1)),
  r: (i: number): bigint => (i === 13 ? 0x1000_0800n : BigInt.asUintN(32, 0x9e3779b9n * BigInt(i + 1))),
  d: (i: number): bigint => BigInt.asUintN(64, 0xc2b2ae3d27d4eb4fn * BigInt(i + 1)),
} as const;

/** Of digits without 0x. */
export const hexValue = (text: string): bigint => BigInt(`0x${text}`);
