import { hex } from '../../src/base/bits.ts';
import { Failure } from '../../src/base/failure.ts';
import type { GuestLook, TraceObserver } from '../../src/timeline/observer.ts';

const TYPES = ['hex', 'dec', 'string'] as const;
type Type = (typeof TYPES)[number];
interface Argument {
  readonly name: string;
  readonly source: string;
  readonly type: Type;
}
/** What is shown where nothing is asked for. */
const SHOWN = 4;
const STRING_MAX = 256;
/** Arguments in registers: AAPCS64 6.8.2, AAPCS32 6.5; further ones lie on the stack, a word each. */
const IN_REGISTERS = { wide: 8, narrow: 4 } as const;

/** What a probe saw. */
export interface Probed {
  readonly icount: number;
  readonly pc: string;
  readonly probe: string;
  readonly args: Readonly<Record<string, string | number | null>>;
}

/**
 * A line at each call of a function, with what is asked for: registers, or arguments by the calling convention (`arg1` is the first).
 * `vfs_open x0 path=arg1:string`.
 */
export class Probe implements TraceObserver {
  readonly functions: readonly string[];
  readonly #arguments: readonly Argument[];
  readonly #told: (probed: Probed) => void;
  #guest!: GuestLook;

  /** @throws Failure where the text is none */
  constructor(text: string, told: (probed: Probed) => void) {
    const [name = '', ...args] = text.trim().split(/\s+/);
    if (name === '')
      throw new Failure(`--probe "${text}": give a function, and what is to be shown: "vfs_open x0 arg2:string"`);
    this.functions = [name];
    this.#arguments = (args.length > 0 ? args : Array.from({ length: SHOWN }, (_, n) => `arg${n + 1}`)).map((arg) =>
      argumentOf(text, arg),
    );
    this.#told = told;
  }

  start(guest: GuestLook): void {
    this.#guest = guest;
    for (const { source } of this.#arguments)
      if (this.#value(source) === undefined)
        throw new Failure(`--probe "${this.functions[0]}": ${source} is no register of this guest`);
  }

  called(name: string, { icount, pc }: { readonly icount: number; readonly pc: bigint }): void {
    const args = Object.fromEntries(this.#arguments.map((arg) => [arg.name, this.#shown(arg)]));
    this.#told({ icount, pc: hex(pc), probe: name, args });
  }
  #shown({ source, type }: Argument): string | number | null {
    const value = this.#value(source) ?? 0n;
    if (type === 'hex') return hex(value);
    const isWide = this.#isWide;
    if (type === 'dec') return String(BigInt.asIntN(isWide ? 64 : 32, value));
    const bytes = this.#guest.memory(value, STRING_MAX);
    const end = bytes.indexOf(0);
    return bytes.length === 0 ? null : Buffer.from(end < 0 ? bytes : bytes.subarray(0, end)).toString('utf8');
  }
  get #isWide(): boolean {
    return this.#guest.register('x0') !== undefined;
  }
  #value(source: string): bigint | undefined {
    const n = Number(/^arg([1-9][0-9]?)$/.exec(source)?.[1] ?? 0);
    if (n === 0) return this.#guest.register(source);
    const [letter, count, width] = this.#isWide ? ['x', IN_REGISTERS.wide, 8] : ['r', IN_REGISTERS.narrow, 4];
    if (n <= Number(count)) return this.#guest.register(`${letter}${n - 1}`);
    const at = (this.#guest.register('sp') ?? 0n) + BigInt(Number(width) * (n - 1 - Number(count)));
    const bytes = this.#guest.memory(at, Number(width));
    return bytes.length === 0 ? 0n : BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`);
  }
}

/** `x0`, `name=x0`, `arg2:string`. */
function argumentOf(text: string, arg: string): Argument {
  const [, name, source = '', type = 'hex'] = /^(?:([A-Za-z_]\w*)=)?([A-Za-z]\w*)(?::(\w+))?$/.exec(arg) ?? [];
  if (source === '')
    throw new Failure(`--probe "${text}": ${arg}: give a register or arg1, arg2, …; name=x0, arg2:string`);
  if (!(TYPES as readonly string[]).includes(type))
    throw new Failure(`--probe "${text}": ${arg}: show it as ${TYPES.join(', ')}`);
  return { name: name ?? source, source, type: type as Type };
}
