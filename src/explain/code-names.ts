import type { StackFrame } from '../analysis/stack-tree.ts';
import type { ViewLevel } from '../inspect/guest-view.ts';
import { type CodePlace, frameOf } from './code-images.ts';

/** Where it is known what code is of. */
export interface CodeSources {
  /** The kernel's image at an address; undefined where it has none there. */
  readonly kernelAt: (pc: bigint) => CodePlace | undefined;
  /** Whether a program's address is one of the kernel's image at this moment: guests without an operating system are like that. */
  readonly isOfKernel?: (pc: bigint) => boolean;
  /** Modules of the kernel, and programs, as they are at this moment. */
  readonly moduleAt?: (pc: bigint) => CodePlace | undefined;
  readonly programAt?: (pc: bigint) => CodePlace | undefined;
}

/** Code that nobody has a name for, by exception level. */
const UNNAMED: readonly [StackFrame, StackFrame] = [{ name: '[program]' }, { name: '[unknown]' }];
const KNOWN_MAX = 1 << 20;

/** What code the guest's addresses are of, and what that is called; what is the kernel's is looked up once. */
export class CodeNames {
  readonly #sources: CodeSources;
  readonly #places = new Map<bigint, CodePlace>();
  readonly #frames = new Map<CodePlace, StackFrame>();

  constructor(sources: CodeSources) {
    this.#sources = sources;
  }

  /** The code at a PC at this moment; undefined where nobody knows what it is. */
  placeOf(pc: bigint, el: ViewLevel): CodePlace | undefined {
    const { kernelAt, isOfKernel, moduleAt, programAt } = this.#sources;
    // Each program has addresses of its own.
    if (el === 0) return isOfKernel?.(pc) === true ? kernelAt(pc) : programAt?.(pc);
    const known = this.#places.get(pc);
    if (known !== undefined) return known;
    const found = kernelAt(pc);
    // What is not known now may be later: a kernel that unpacks itself, a module.
    if (found === undefined) return moduleAt?.(pc);
    if (this.#places.size < KNOWN_MAX) this.#places.set(pc, found);
    return found;
  }

  /** The function at a PC, undefined where it has no name. */
  at(pc: bigint, el: ViewLevel): StackFrame | undefined {
    const place = this.placeOf(pc, el);
    if (place === undefined) return undefined;
    const known = this.#frames.get(place);
    if (known !== undefined) return known;
    const frame = frameOf(place);
    if (this.#places.get(pc) === place) this.#frames.set(place, frame);
    return frame;
  }
  /**
   * The function that a return address leads back into: the call before it, since one that does not return may be its function's last
   * instruction.
   */
  atReturn(pc: bigint, el: ViewLevel): StackFrame | undefined {
    return this.at(pc - 1n, el);
  }

  /** What stands for code without a name. */
  unnamed(el: ViewLevel): StackFrame {
    return UNNAMED[el];
  }
}
