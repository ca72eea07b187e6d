import { EMPTY_STACK, type StackFrame, type StackTree } from '../analysis/stack-tree.ts';
import { high32, low32 } from '../base/bits.ts';
import type { ObservedException } from '../core/engine/observation.ts';
import * as cells from '../core/state/cells.ts';
import { recordedStack } from '../inspect/call-stack.ts';
import { isCall, isExceptionReturn } from '../inspect/calls.ts';
import type { GuestView, ViewLevel } from '../inspect/guest-view.ts';
import { addressIn, BlockWalk, type PlacedBlock } from './block-walk.ts';
import type { CodeNames } from './code-names.ts';
import { ShadowStack } from './shadow-stack.ts';

/** Instructions of a block that are of one function. */
interface Segment {
  readonly frame: number;
  /** Behind the last of them. */
  readonly end: number;
}
interface NamedBlock extends PlacedBlock {
  readonly segments: readonly Segment[];
  /** The function that it begins in. */
  readonly frame: number;
  readonly isCall: boolean;
  /** Which exception it returns from shows in what is on the stack. */
  readonly isExceptionReturn: boolean;
  /** It is of what a kernel goes from one task's stack to another's in. */
  readonly isSwitch: boolean;
  /** Where it begins, and where a call at its end returns to. */
  readonly lo: number;
  readonly hi: number;
  readonly endLo: number;
  readonly endHi: number;
}

/** What is known of a vCPU while another one has its turn. */
interface Between {
  readonly stack: ShadowStack | undefined;
  readonly stackKey: number;
  readonly caller: number;
  readonly node: number;
  readonly nodeCaller: number;
  readonly nodeFrame: number;
  readonly root: number;
  readonly last: NamedBlock | undefined;
  readonly executed: number;
  readonly el: number;
  readonly taskLo: number;
}
const BEFORE_ITS_FIRST: Between = {
  ...{ stack: undefined, stackKey: -1, caller: EMPTY_STACK, root: EMPTY_STACK },
  ...{ node: EMPTY_STACK, nodeCaller: -1, nodeFrame: -1 },
  ...{ last: undefined, executed: 0, el: -1, taskLo: -1 },
};

/** How instructions are counted. */
export interface InstructionProfileOptions {
  readonly view: GuestView;
  readonly names: CodeNames;
  /** Where the counts go: its first value. */
  readonly tree: StackTree;
  /** Under what called each function; else under each function alone. */
  readonly byStack: boolean;
  /** What stands at the root of what runs now: a task. Asked whenever the kernel may have gone on to another. */
  readonly rootOf?: () => string | undefined;
}

/** Linux arch/arm64/kernel/entry.S, arch/arm/kernel/entry-armv.S; FreeBSD sys/arm64/arm64/swtch.S, sys/arm/arm/swtch-v6.S. */
const SWITCHES: ReadonlySet<string> = new Set(['cpu_switch_to', '__switch_to', 'cpu_switch', 'cpu_throw']);
/** log2 of a kernel's stacks (THREAD_SIZE): which of them SP is in tells tasks apart. */
const STACK_SHIFT = { wide: 14, narrow: 13 } as const;
const STACKS_MAX = 1 << 16;
/** Numbers of stacks are below. */
const OF_VCPU = 2 ** 50;
/** What retired in no block: nothing, unless the walk began in the midst of one. */
const BEFORE: StackFrame = { name: '(begun before)' };
const R13 = cells.X + 8 * 13;
/** No stack pointer is above. */
const ANY_SP = 0xffff_ffff;

/** Counts a guest's instructions by function, and by what called it: exact, from a run that is followed block by block. */
export class InstructionProfile extends BlockWalk<NamedBlock> {
  readonly #options: InstructionProfileOptions;
  readonly #u32: Uint32Array;
  /** By the number of what SP is in. */
  readonly #stacks = new Map<number, ShadowStack>();
  #stack: ShadowStack | undefined;
  #stackKey = -1;
  /** What the running function was called by. */
  #caller = EMPTY_STACK;
  /** The running function in the tree, and what that node was found by. */
  #node = EMPTY_STACK;
  #nodeCaller = -1;
  /** Instructions of that node which the tree does not have yet. */
  #pending = 0;
  #nodeFrame = -1;
  #root = EMPTY_STACK;
  #last: NamedBlock | undefined;
  #executed = 0;
  /** Taken since the last block, by vCPU. */
  readonly #exceptions: (ObservedException | undefined)[] = [];
  #el = -1;
  /** SP_EL0, which is the task in an arm64 kernel. */
  #taskLo = -1;
  /** The vCPU that these are of, and what they were of the others. */
  #vcpu: number;
  readonly #others = new Map<number, Between>();

  constructor(options: InstructionProfileOptions) {
    super(options.view.machine);
    this.#options = options;
    const { cpu } = options.view.machine;
    this.#u32 = cpu.cpu.u32;
    this.#vcpu = cpu.loaded;
  }

  /** Another vCPU may have its turn. */
  #turn(): void {
    const { loaded } = this.machine.cpu;
    if (loaded === this.#vcpu) return;
    this.#flush();
    this.#others.set(this.#vcpu, {
      ...{ stack: this.#stack, stackKey: this.#stackKey, caller: this.#caller, root: this.#root },
      ...{ node: this.#node, nodeCaller: this.#nodeCaller, nodeFrame: this.#nodeFrame },
      ...{ last: this.#last, executed: this.#executed, el: this.#el, taskLo: this.#taskLo },
    });
    const of = this.#others.get(loaded) ?? BEFORE_ITS_FIRST;
    this.#others.delete(loaded);
    this.#vcpu = loaded;
    this.#stack = of.stack;
    this.#stackKey = of.stackKey;
    this.#caller = of.caller;
    this.#node = of.node;
    this.#nodeCaller = of.nodeCaller;
    this.#nodeFrame = of.nodeFrame;
    this.#root = of.root;
    this.#last = of.last;
    this.#executed = of.executed;
    this.#el = of.el;
    this.#taskLo = of.taskLo;
  }

  /** The running function in the tree, under what called it. */
  get stack(): number {
    return this.#node;
  }

  protected override place(placed: PlacedBlock): NamedBlock {
    const { block, length } = placed;
    const { tree } = this.#options;
    const el = block.el === 0 ? 0 : 1;
    const frameAt = (n: number): number => tree.frame(this.#nameAt(addressIn(placed, n), el));
    const frame = frameAt(0);
    const segments: Segment[] = [];
    // Code falls from one function into the next here and there.
    for (let n = 1, of = frame; n <= length; n++) {
      const next = n === length ? -1 : frameAt(n);
      if (next === of) continue;
      segments.push({ frame: of, end: n });
      of = next;
    }
    const opcode = this.#opcodeOf(placed, length - 1);
    const [from, to] = [addressIn(placed, 0), addressIn(placed, length)];
    return {
      ...placed,
      segments,
      frame,
      isCall: isCall({ isa: block.isa, opcode }),
      isExceptionReturn: isExceptionReturn({ isa: block.isa, opcode }),
      isSwitch: SWITCHES.has(this.#nameAt(from, el).name),
      ...{ lo: low32(from), hi: high32(from), endLo: low32(to), endHi: high32(to) },
    };
  }
  #nameAt(pc: bigint, el: ViewLevel) {
    const { names } = this.#options;
    return names.at(pc, el) ?? names.unnamed(el);
  }
  #opcodeOf(placed: PlacedBlock, n: number): number {
    const { block, length } = placed;
    const { cpu } = this.machine.cpu;
    if (block.isa !== 't32') return cpu.host32(block.page + (block.offsets[n] as number));
    const from = addressIn(placed, n);
    const bytes = this.#options.view.virtual(from, Number(addressIn(placed, length) - from));
    const half = (at: number): number => (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8);
    return bytes.length > 2 ? ((half(0) << 16) | half(2)) >>> 0 : half(0);
  }

  protected override ran(placed: NamedBlock | undefined, instructions: number): void {
    this.#executed = instructions;
    if (placed !== undefined && placed.segments.length === 1) this.#pending += instructions;
    else if (instructions > 0) this.#ranElsewhere(placed, instructions);
  }
  /** Code that falls from one function into the next, and what was begun before. */
  #ranElsewhere(placed: NamedBlock | undefined, instructions: number): void {
    this.#flush();
    const { tree } = this.#options;
    let left = instructions;
    if (placed === undefined) this.#node = tree.child(EMPTY_STACK, tree.frame(BEFORE));
    else
      for (const { frame, end } of placed.segments) {
        const done = instructions - left;
        if (left === 0) break;
        this.#node = tree.child(this.#caller, frame);
        const here = Math.min(end - done, left);
        tree.add(this.#node, 0, here);
        left -= here;
      }
    tree.add(this.#node, 0, left);
  }
  /** Puts what is counted into the tree. */
  #flush(): void {
    this.#options.tree.add(this.#node, 0, this.#pending);
    this.#pending = 0;
  }
  override settle(): void {
    super.settle();
    this.#flush();
  }

  override exception(taken: ObservedException): void {
    if (taken.exception.target === 1) this.#exceptions[this.machine.cpu.loaded] = taken;
  }

  protected override arrived(placed: NamedBlock): void {
    this.#turn();
    const { el } = placed.block;
    if (this.#options.rootOf !== undefined) this.#lookForTask(el);
    if (this.#options.byStack) this.#follow(placed, el);
    else this.#caller = this.#root;
    this.#el = el;
    this.#last = placed;
    this.#exceptions[this.#vcpu] = undefined;
    // Of a block that goes on in another function the node is of where it ended.
    if (this.#caller !== this.#nodeCaller || placed.frame !== this.#nodeFrame) {
      this.#flush();
      this.#node = this.#options.tree.child(this.#caller, placed.frame);
    }
    this.#nodeCaller = this.#caller;
    this.#nodeFrame = placed.segments.length === 1 ? placed.frame : -1;
  }

  /** Goes to the stack that the guest is on, and takes note of calls and returns. */
  #follow(placed: NamedBlock, el: number): void {
    const last = this.#last;
    if (el === 0) {
      // Programs have stacks of any size, and are not followed.
      this.#stack = undefined;
      this.#stackKey = -1;
      this.#caller = this.#root;
      return;
    }
    const isWide = placed.block.isa === 'a64';
    const at = (isWide ? cells.SP : R13) >>> 2;
    const sp = this.#u32[at] as number;
    const shift = isWide ? STACK_SHIFT.wide : STACK_SHIFT.narrow;
    const key = (isWide ? (this.#u32[at + 1] as number) : 0) * 2 ** (32 - shift) + (sp >>> shift);
    const stack = this.#stack;
    if (stack !== undefined && last !== undefined) {
      const exception = this.#exceptions[this.#vcpu];
      if (exception !== undefined) {
        // Those of AArch32 are taken on a stack of their mode.
        const bounds = isWide ? { returned: sp, over: sp } : { returned: 0, over: ANY_SP };
        if (exception.el !== 0)
          stack.push({
            ...{ lo: low32(exception.pc), hi: high32(exception.pc), ...bounds },
            caller: this.#node,
            isException: true,
          });
      } else if (this.#executed >= last.length) {
        if (last.isCall && (placed.lo !== last.endLo || placed.hi !== last.endHi))
          stack.push({
            ...{ lo: last.endLo, hi: last.endHi, returned: sp, over: sp },
            caller: this.#node,
            isException: false,
          });
      }
    }
    if (key !== this.#stackKey) this.#select(key, placed, sp);
    const here = this.#stack as ShadowStack;
    if (last?.isExceptionReturn === true && this.#executed >= last.length) here.returnFromException();
    here.arrive(placed.lo, placed.hi, sp);
    this.#caller = here.caller;
  }

  /** Tasks go with their stacks from vCPU to vCPU; where two vCPUs have theirs in the same place, one has a stack of its own there. */
  #stackOf(key: number): ShadowStack {
    const own = key + (this.#vcpu + 1) * OF_VCPU;
    const shared = this.#stacks.get(key);
    const isTaken = shared !== undefined && [...this.#others.values()].some(({ stack }) => stack === shared);
    const known = this.#stacks.get(own) ?? (isTaken ? undefined : shared);
    if (known !== undefined) return known;
    if (this.#stacks.size === STACKS_MAX) this.#stacks.clear();
    const stack = new ShadowStack(EMPTY_STACK);
    this.#stacks.set(isTaken ? own : key, stack);
    return stack;
  }
  #select(key: number, placed: NamedBlock, sp: number): void {
    const isOtherTask = this.#stack === undefined || this.#last?.isSwitch === true;
    const stack = this.#stackOf(key);
    // Of a vCPU that has its first turn nothing is known.
    if (this.#el < 0) stack.clear();
    // Another task goes on where it called the switch; else the stack has become a new one's.
    if (this.#last?.isSwitch === true && !stack.returnsTo(placed.lo, placed.hi, sp)) stack.clear();
    stack.arrive(placed.lo, placed.hi, sp);
    if (stack.isEmpty) {
      // Code that goes on to another stack by itself, as interrupts do, was called on the one before.
      stack.base = isOtherTask ? this.#root : this.#caller;
      // Coming from a program the kernel's stack is empty, and X29 the program's.
      if (isOtherTask && this.#el !== 0) this.#recall(stack, placed);
    }
    this.#stack = stack;
    this.#stackKey = key;
  }
  /** Of a stack that is met first, what its frame records tell. */
  #recall(stack: ShadowStack, placed: NamedBlock): void {
    const { view, names, tree } = this.#options;
    if (placed.block.isa !== 'a64') return;
    const el = 1;
    const frames = recordedStack(view, (pc) => names.at(pc, el)?.name)
      .slice(1)
      .reverse();
    let node = stack.base;
    for (const [n, { pc, record = 0n }] of frames.entries()) {
      node = tree.child(node, tree.frame(names.atReturn(pc, el) ?? names.unnamed(el)));
      // It is over for certain where its caller's record is gone.
      const over = frames[n - 1]?.record;
      stack.push({
        ...{ lo: low32(pc), hi: high32(pc), returned: low32(record), caller: node, isException: false },
        over: over === undefined ? ANY_SP : low32(over),
      });
    }
  }

  /** The task goes with SP_EL0 in the kernel, and may have another name where a program goes on. */
  #lookForTask(el: number): void {
    if (this.#el < 0 || (el === 0 && this.#el !== 0)) this.#setRoot();
    if (el === 0) return;
    const at = cells.SP_EL >>> 2;
    const [lo, hi] = [this.#u32[at] as number, this.#u32[at + 1] as number];
    if (lo === this.#taskLo || hi >>> 31 === 0) return;
    this.#taskLo = lo;
    this.#setRoot();
  }
  #setRoot(): void {
    const name = this.#options.rootOf?.();
    const { tree } = this.#options;
    this.#root = name === undefined ? EMPTY_STACK : tree.child(EMPTY_STACK, tree.frame({ name }));
  }
}
