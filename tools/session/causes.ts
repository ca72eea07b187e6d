import { hex } from '../../src/base/bits.ts';
import type { CauseChain, CausedValue, CauseInput, CauseStep, Origin } from '../../src/explain/cause.ts';
import { mainPath } from '../../src/explain/main-path.ts';
import { type Disassembler, instructionText } from '../../src/inspect/disassemble.ts';
import { countText, momentText } from './units.ts';
import type { Look } from './viewer.ts';

/** A value that something was made of, as JSON has it. */
interface ToldInput {
  readonly kind: CauseInput['kind'];
  readonly what: string;
  readonly value: bigint;
  readonly symbol?: string;
}
/** A step, likewise. */
export interface ToldStep {
  readonly icount: number;
  readonly pc: string;
  readonly symbol?: string;
  /** Which of several it was on. */
  readonly vcpu?: number;
  readonly what: string;
  readonly value: bigint;
  readonly by: CauseStep['by'];
  readonly instruction?: string;
  readonly from: readonly ToldInput[];
}
/** An input beside the main path, with a path of its own. */
interface ToldOther extends ToldInput {
  /** Which of the chain's steps it is an input of. */
  readonly step: number;
  readonly chain: readonly ToldStep[];
  readonly origin: Origin;
}

/** A step of a chain as it is told. */
export function stepOf(
  { what, value }: CausedValue,
  { icount, pc, vcpu, by, opcode, isa, inputs }: CauseStep,
  look: Look,
  disassembler: Disassembler | undefined,
): ToldStep {
  const symbol = look.symbolAt(pc);
  const isInstruction = opcode !== undefined && isa !== undefined;
  return {
    ...{ icount, pc: hex(pc) },
    ...(symbol === undefined ? {} : { symbol }),
    ...(vcpu === undefined ? {} : { vcpu }),
    ...{ what, value, by },
    ...(isInstruction ? { instruction: instructionText({ pc, opcode, isa }, disassembler) } : {}),
    from: inputs.map((input) => inputOf(input, look)),
  };
}
function inputOf({ kind, value: { what, value, va, place } }: CauseInput, { nameOf }: Look): ToldInput {
  const pa = place !== null && 'pa' in place ? BigInt(place.pa) : undefined;
  const symbol = (va === undefined ? undefined : nameOf(va)) ?? (pa === undefined ? undefined : nameOf(pa));
  return { kind, what, value, ...(symbol === undefined ? {} : { symbol }) };
}

/** Tells causes, for people and for programs. */
export class Teller {
  readonly #look: Look;
  readonly #disassembler: Disassembler | undefined;
  readonly #all: boolean;

  constructor(look: Look, disassembler: Disassembler | undefined, all: boolean) {
    this.#look = look;
    this.#disassembler = disassembler;
    this.#all = all;
  }

  json({ root, chain, origin }: CauseChain): object {
    const { what, value } = root;
    return { what, value, chain: this.#steps(chain), origin, inputs: this.#others(chain) };
  }

  #steps(chain: CauseChain['chain']): ToldStep[] {
    return chain.map(({ value, step }) => stepOf(value, step, this.#look, this.#disassembler));
  }
  /** What was followed beside the main path. */
  #others(chain: CauseChain['chain']): ToldOther[] {
    return chain.flatMap(({ step }, n) => {
      const next = chain[n + 1]?.value;
      return step.inputs.flatMap((input): ToldOther[] => {
        const isTold = input.kind === 'data' || this.#all;
        if (!isTold || input.value === next || next === undefined) return [];
        const { chain: way, origin } = mainPath(input.value);
        return [{ step: n, ...inputOf(input, this.#look), chain: this.#steps(way), origin }];
      });
    });
  }

  *lines({ root, chain, origin }: CauseChain, icount: number): Generator<string> {
    yield `${root.what} = ${hex(root.value)} at ${momentText(icount)}`;
    const steps = this.#steps(chain);
    for (let n = 0; n < steps.length; ) {
      const { length, times } = repetition(steps, n);
      for (const step of steps.slice(n, n + length)) yield* linesOf(step);
      if (times > 1) {
        const last = steps[n + length * times - 1] as ToldStep;
        const which = length === 1 ? 'this step' : `these ${length} steps`;
        yield `    … ${which} ${countText(times - 1)} times more, back to ${momentText(last.icount)}`;
      }
      n += length * times;
    }
    yield `  ${originText(origin)}`;
    const others = this.#others(chain);
    if (others.length > 0) yield 'other inputs, and where they lead:';
    const alike = Map.groupBy(others, ({ step, what, origin: end }) => `${steps[step]?.pc} ${what} ${originText(end)}`);
    for (const [first, ...more] of [...alike.values()].slice(0, OTHERS_MAX)) {
      const { step, what, value, chain: way, origin: end } = first as ToldOther;
      const from = `icount ${countText((steps[step] as ToldStep).icount)}`;
      const to = `${way.length === 0 ? '' : `${stepsText(way.length)} to `}${originText(end)}`;
      yield `  ${from}: ${what} = ${hex(value)}: ${to}${more.length === 0 ? '' : `; and ${more.length} more like it`}`;
    }
    if (alike.size > OTHERS_MAX) yield `  and ${countText(alike.size - OTHERS_MAX)} others; --json has them all`;
  }
}
const OTHERS_MAX = 16;

const stepsText = (count: number): string => (count === 1 ? '1 step' : `${count} steps`);
const originText = (origin: Origin): string =>
  `${origin.kind}${'event' in origin && origin.event !== undefined ? ` ${origin.event}` : ''}: ${origin.what}`;

const CYCLE_MAX = 24;
/** How many of the steps from one on are a cycle, and how often it comes. */
function repetition(steps: readonly ToldStep[], from: number): { readonly length: number; readonly times: number } {
  const isSame = (a: number, b: number): boolean => {
    const [one, other] = [steps[a], steps[b]];
    return one !== undefined && other !== undefined && one.pc === other.pc && one.what === other.what;
  };
  for (let length = 1; length <= CYCLE_MAX; length++) {
    let end = from;
    while (isSame(end, end + length)) end++;
    const times = Math.floor((end - from) / length) + 1;
    if (times > 2) return { length, times };
  }
  return { length: 1, times: 1 };
}

/** A step for people. */
export function linesOf({ icount, pc, symbol, vcpu, what, value, by, instruction, from }: ToldStep): string[] {
  const where = symbol === undefined ? pc : `${pc} ${symbol}`;
  const inputs = from.map((input) => {
    const name = input.symbol === undefined ? input.what : `${input.what} (${input.symbol})`;
    return `${name} = ${hex(input.value)}${input.kind === 'data' ? '' : ` as ${input.kind}`}`;
  });
  return [
    `  ${momentText(icount)}  ${vcpu === undefined ? '' : `vCPU ${vcpu}  `}${where}: ${instruction ?? by}`,
    `    ${what} = ${hex(value)}${inputs.length === 0 ? '' : ` from ${inputs.join(', ')}`}`,
  ];
}
