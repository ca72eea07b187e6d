import type { StackFrame } from '../analysis/stack-tree.ts';
import type { ViewLevel } from '../inspect/guest-view.ts';

/** Where names of code come from. */
export interface CodeNameSources {
  /** `function+0x10` of the guest's kernel; undefined where it has none there. */
  readonly kernelAt: (pc: bigint) => string | undefined;
  /** Whether a program's address is one of the kernel's image at this moment: guests without an operating system are like that. */
  readonly isOfKernel?: (pc: bigint) => boolean;
}

/** Code that nobody has a name for, by exception level. */
const UNNAMED: readonly [StackFrame, StackFrame] = [{ name: '[program]' }, { name: '[unknown]' }];
const NAMES_MAX = 1 << 20;

/** The functions that addresses of code lie in, those of the kernel looked up once. */
export class CodeNames {
  readonly #sources: CodeNameSources;
  readonly #known = new Map<bigint, StackFrame>();

  constructor(sources: CodeNameSources) {
    this.#sources = sources;
  }

  /** The function at a PC, undefined where it has no name. */
  at(pc: bigint, el: ViewLevel): StackFrame | undefined {
    // Each program has addresses of its own.
    if (el === 0) return this.#sources.isOfKernel?.(pc) === true ? this.#inKernel(pc) : undefined;
    const known = this.#known.get(pc);
    if (known !== undefined) return known;
    const found = this.#inKernel(pc);
    // What has no name may have one later: a kernel that unpacks itself, a module.
    if (found !== undefined && this.#known.size < NAMES_MAX) this.#known.set(pc, found);
    return found;
  }
  /**
   * The function that a return address leads back into: the call before it, since one that does not return may be its function's last
   * instruction.
   */
  atReturn(pc: bigint, el: ViewLevel): StackFrame | undefined {
    return this.at(pc - 1n, el);
  }
  #inKernel(pc: bigint): StackFrame | undefined {
    const text = this.#sources.kernelAt(pc);
    if (text === undefined) return undefined;
    const plus = text.lastIndexOf('+');
    return { name: plus < 0 ? text : text.slice(0, plus) };
  }

  /** What stands for code without a name. */
  unnamed(el: ViewLevel): StackFrame {
    return UNNAMED[el];
  }
}
