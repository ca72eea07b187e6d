import { hex } from '../../src/base/bits.ts';
import type { ObservedException, ObservedInstruction } from '../../src/core/engine/observation.ts';
import { isCall } from '../../src/inspect/calls.ts';
import type { GuestLook, TraceObserver } from '../../src/timeline/observer.ts';

/** A Linux kernel's stacks (THREAD_SIZE): which of them SP is in tells tasks, and their call graphs, apart. */
const STACK_SHIFT = { a64: 14n, aarch32: 13n } as const;
/** Frames of a stack, at most: code that never returns must not take all memory. */
const FRAMES_MAX = 512;
/** Linux Documentation/trace/ftrace.rst: marks by the microseconds that a function took. */
const MARKS = [
  [1_000_000, '$'],
  [100_000, '@'],
  [10_000, '*'],
  [1_000, '#'],
  [100, '!'],
  [10, '+'],
] as const;
const NO_DURATION = ' '.repeat(15);
const HEADER = [
  '# tracer: function_graph',
  '#',
  '# CPU  DURATION                  FUNCTION CALLS',
  '# |     |   |                     |   |   |   |',
] as const;

interface Frame {
  readonly kind: 'function' | 'interrupt';
  readonly name: string;
  /** Where it returns to, and SP then. */
  readonly returnsTo: bigint;
  readonly sp: bigint;
  readonly icount: number;
  readonly depth: number;
  readonly isShown: boolean;
}
interface Stack {
  readonly key: bigint;
  readonly frames: Frame[];
}
interface Call {
  readonly returnsTo: bigint;
  readonly sp: bigint;
}

interface Interrupted {
  readonly returnsTo: bigint;
  readonly icount: number;
}
/** What is known of a vCPU between two of its instructions. */
interface Between {
  readonly call: Call | undefined;
  readonly interrupted: Interrupted | undefined;
  readonly next: bigint;
}

/** Calls and returns of the kernel as ftrace's function_graph prints them; a count is a nanosecond. */
export class FunctionGraph implements TraceObserver {
  readonly #print: (line: string) => void;
  readonly #root: string | undefined;
  #guest!: GuestLook;
  readonly #stacks = new Map<bigint, Stack>();
  #shownStack: bigint | undefined;
  /** The last instruction was a call, which is behind the next one's first. */
  #call: Call | undefined;
  /** An interrupt was taken: in AArch32 on a stack of its mode, which handlers leave before they call anything. */
  #interrupted: Interrupted | undefined;
  /** Where the next instruction is if nothing jumps. */
  #next = -1n;
  /** The vCPU that all these are of, and what they were of the others. */
  #vcpu = 0;
  readonly #others = new Map<number, Between>();
  /** Printed only as its line shows what it is: a function that calls none is one line. */
  #entered: Frame | undefined;

  /** `root`: only this function with all that it calls. */
  constructor(print: (line: string) => void, root?: string) {
    this.#print = print;
    this.#root = root;
  }

  start(guest: GuestLook): void {
    this.#guest = guest;
    this.#vcpu = guest.vcpu;
    for (const line of HEADER) this.#print(line);
  }
  end(): void {
    this.#flush();
  }

  /** The first column. */
  get #cpu(): string {
    return `${String(this.#guest.vcpu).padStart(2)})`;
  }
  /** Another vCPU may have its turn. */
  #turn(): void {
    const { vcpu } = this.#guest;
    if (vcpu === this.#vcpu) return;
    this.#flush();
    this.#others.set(this.#vcpu, { call: this.#call, interrupted: this.#interrupted, next: this.#next });
    const { call, interrupted, next = -1n } = this.#others.get(vcpu) ?? {};
    this.#vcpu = vcpu;
    this.#call = call;
    this.#interrupted = interrupted;
    this.#next = next;
  }

  before(at: ObservedInstruction): void {
    this.#turn();
    if (at.el === 0) {
      this.#call = undefined;
      this.#next = -1n;
      return;
    }
    const { pc } = at;
    if (pc !== this.#next) this.#jumped(at);
    this.#call = isCall(at) ? { returnsTo: pc + bytesOf(at), sp: this.#sp } : undefined;
    this.#next = pc + bytesOf(at);
  }
  exception({ exception, icount, pc, el }: ObservedException): void {
    this.#turn();
    // What the hypervisor does shows in no call.
    if (exception.target === 2) return;
    this.#call = undefined;
    this.#next = -1n;
    if (exception.kind !== 'sync' && el !== 0) this.#interrupted = { returnsTo: pc, icount };
  }
  /** The kernel's handler calls its first function. */
  #interruptedOn(stack: Stack): void {
    const interrupted = this.#interrupted;
    if (interrupted === undefined) return;
    this.#interrupted = undefined;
    const isShown = this.#isShown(stack, '');
    this.#push(stack, { kind: 'interrupt', name: '', sp: 0n, isShown, ...interrupted });
    if (isShown) this.#line(stack, `${this.#cpu}   ==========> |`);
  }

  #jumped(at: ObservedInstruction): void {
    const { pc, icount } = at;
    const call = this.#call;
    if (call !== undefined) {
      const stack = this.#stackOf(call.sp);
      this.#interruptedOn(stack);
      const name = this.#guest.symbolAt(pc) ?? hex(pc);
      const isShown = this.#isShown(stack, name);
      const frame = this.#push(stack, { kind: 'function', name, ...call, icount, isShown });
      this.#flush();
      if (isShown) this.#entered = frame;
      return;
    }
    const stack = this.#stackOf(this.#sp);
    const sp = this.#sp;
    const found = stack.frames.findLastIndex(
      (frame) => frame.returnsTo === pc && (frame.sp === sp || frame.kind === 'interrupt'),
    );
    if (this.#interrupted?.returnsTo === pc) this.#interrupted = undefined;
    if (found < 0) return;
    // Those above it were left without a return.
    const [frame] = stack.frames.splice(found);
    if (frame?.isShown) this.#returned(stack, frame, icount);
  }

  get #sp(): bigint {
    return this.#guest.register('sp') ?? 0n;
  }
  #stackOf(sp: bigint): Stack {
    const isWide = this.#guest.register('x0') !== undefined;
    const key = sp >> (isWide ? STACK_SHIFT.a64 : STACK_SHIFT.aarch32);
    let stack = this.#stacks.get(key);
    if (!stack) this.#stacks.set(key, (stack = { key, frames: [] }));
    return stack;
  }
  #isShown({ frames }: Stack, name: string): boolean {
    if (this.#root === undefined) return true;
    return name === this.#root || frames.at(-1)?.isShown === true;
  }
  #push({ frames }: Stack, frame: Omit<Frame, 'depth'>): Frame {
    if (frames.length === FRAMES_MAX) frames.shift();
    const above = frames.at(-1);
    const depth = above?.isShown === true ? above.depth + (above.kind === 'function' ? 1 : 0) : 0;
    const pushed = { ...frame, depth };
    frames.push(pushed);
    return pushed;
  }

  #returned(stack: Stack, frame: Frame, icount: number): void {
    const isLeaf = this.#entered === frame;
    if (!isLeaf) this.#flush();
    this.#entered = undefined;
    if (frame.kind === 'interrupt') this.#line(stack, `${this.#cpu}   <========== |`);
    else {
      const what = isLeaf ? `${frame.name}();` : '}';
      this.#line(stack, `${this.#cpu} ${durationText(icount - frame.icount)}|  ${'  '.repeat(frame.depth)}${what}`);
    }
  }
  /** Prints the function that was entered last as one that does more than return. */
  #flush(): void {
    const frame = this.#entered;
    if (frame === undefined) return;
    this.#entered = undefined;
    this.#line(this.#stackOf(frame.sp), `${this.#cpu}${NO_DURATION}|  ${'  '.repeat(frame.depth)}${frame.name}() {`);
  }
  #line({ key }: Stack, line: string): void {
    this.#flush();
    if (this.#shownStack !== undefined && this.#shownStack !== key) {
      const [from, to] = [this.#shownStack, key].map((k) => `stack-${k.toString(16)}`);
      for (const text of [
        ' ------------------------------------------',
        `${this.#cpu}  ${from} => ${to}`,
        ' ------------------------------------------',
        '',
      ])
        this.#print(text);
    }
    this.#shownStack = key;
    this.#print(line);
  }
}

function durationText(counts: number): string {
  const microseconds = counts / 1000;
  const mark = MARKS.find(([least]) => microseconds > least)?.[1] ?? ' ';
  return `${mark} ${`${microseconds.toFixed(3)} us`.padEnd(12)}`;
}

const bytesOf = ({ isa, opcode }: ObservedInstruction): bigint => (isa === 't32' && opcode <= 0xffff ? 2n : 4n);
