import { fromLittleEndian } from './packet.ts';

// Agent expressions: the conditions of breakpoints as GDB compiles them (GDB manual, appendix F). Values are 64 bits; a client's
// bytes may be anything, so that each step is checked and the steps are counted.

/** What an expression reads. Undefined where that is not there. */
export interface AgentContext {
  /** By the target description's number. */
  register(number: number): bigint | undefined;
  memory(at: bigint, bytes: number): Uint8Array | undefined;
}

/** A loop that GDB makes of a condition is short. */
const STEPS_MAX = 10_000;
const STACK_MAX = 64;
/** Longest expression that is kept: a page of C is less. */
export const AGENT_BYTES_MAX = 4096;

/** The expression is none, or reads what is not there. */
export class BadExpression extends Error {
  override readonly name = 'BadExpression';
}
const bad = (why: string): never => {
  throw new BadExpression(why);
};

const unsigned = (value: bigint): bigint => BigInt.asUintN(64, value);
const signed = (value: bigint): bigint => BigInt.asIntN(64, value);
const truth = (value: boolean): bigint => (value ? 1n : 0n);

type Binary = (a: bigint, b: bigint) => bigint;
const divisor = (b: bigint): bigint => (b === 0n ? bad('a division by zero') : b);
/** A shift by more is defined nowhere; bigints must not grow by it. */
const shift = (b: bigint): bigint => (b > 63n ? 64n : b);

/** Appendix F, "Bytecode Descriptions". Operands are unsigned; results are cut to 64 bits. */
const binary: Readonly<Record<number, Binary>> = {
  2: (a, b) => a + b,
  3: (a, b) => a - b,
  4: (a, b) => a * b,
  5: (a, b) => signed(a) / signed(divisor(b)),
  6: (a, b) => a / divisor(b),
  7: (a, b) => signed(a) % signed(divisor(b)),
  8: (a, b) => a % divisor(b),
  9: (a, b) => a << shift(b),
  10: (a, b) => signed(a) >> shift(b),
  11: (a, b) => a >> shift(b),
  15: (a, b) => a & b,
  16: (a, b) => a | b,
  17: (a, b) => a ^ b,
  19: (a, b) => truth(a === b),
  20: (a, b) => truth(signed(a) < signed(b)),
  21: (a, b) => truth(a < b),
};
const LOG_NOT = 14;
const BIT_NOT = 18;
const EXT = 22;
const REF8 = 23;
const REF64 = 26;
const IF_GOTO = 32;
const GOTO = 33;
const CONST8 = 34;
const CONST64 = 37;
const REG = 38;
const END = 39;
const DUP = 40;
const POP = 41;
const ZERO_EXT = 42;
const SWAP = 43;
const PICK = 50;
const ROT = 51;

/** The value of an expression. @throws BadExpression */
export function evaluateAgent(code: Uint8Array, context: AgentContext): bigint {
  const stack: bigint[] = [];
  let at = 0;
  const push = (value: bigint): void => {
    if (stack.length >= STACK_MAX) bad('its stack is full');
    stack.push(unsigned(value));
  };
  const pop = (): bigint => stack.pop() ?? bad('its stack is empty');
  const operand = (bytes: number): bigint => {
    if (at + bytes > code.length) bad('it is cut off');
    // Operands are big-endian.
    const value = fromLittleEndian(code.slice(at, at + bytes).reverse());
    at += bytes;
    return value;
  };
  for (let steps = 0; steps < STEPS_MAX; steps++) {
    const op = code[at++] ?? bad('it has no end');
    const two = binary[op];
    if (two !== undefined) {
      const b = pop();
      push(two(pop(), b));
    } else if (op >= REF8 && op <= REF64) {
      const bytes = context.memory(pop(), 1 << (op - REF8)) ?? bad('it reads memory that is not there');
      push(fromLittleEndian(bytes));
    } else if (op >= CONST8 && op <= CONST64) push(operand(1 << (op - CONST8)));
    else
      switch (op) {
        case LOG_NOT:
          push(truth(pop() === 0n));
          break;
        case BIT_NOT:
          push(~pop());
          break;
        case EXT:
          push(BigInt.asIntN(Number(operand(1)), pop()));
          break;
        case ZERO_EXT:
          push(BigInt.asUintN(Number(operand(1)), pop()));
          break;
        case IF_GOTO: {
          const target = Number(operand(2));
          if (pop() !== 0n) at = target;
          break;
        }
        case GOTO:
          at = Number(operand(2));
          break;
        case REG:
          push(context.register(Number(operand(2))) ?? bad('it reads a register that is not there'));
          break;
        case END:
          return pop();
        case DUP: {
          const value = pop();
          push(value);
          push(value);
          break;
        }
        case POP:
          pop();
          break;
        case SWAP: {
          const b = pop();
          const a = pop();
          push(b);
          push(a);
          break;
        }
        case PICK: {
          const value = stack.at(-1 - Number(operand(1)));
          push(value ?? bad('its stack has not so many values'));
          break;
        }
        case ROT: {
          const c = pop();
          const b = pop();
          const a = pop();
          push(c);
          push(a);
          push(b);
          break;
        }
        default:
          bad(`operation ${op} is not known here`);
      }
  }
  return bad('it does not end');
}
