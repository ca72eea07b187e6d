import type { StackFrame } from '../analysis/stack-tree.ts';
import { recordedStack, type StackOptions } from '../inspect/call-stack.ts';
import type { GuestView } from '../inspect/guest-view.ts';
import type { CodeNames } from './code-names.ts';

/** Frames of a program are as many at most. */
const PROGRAM_FRAMES_MAX = 64;

/** The functions on the guest's stack at this moment, the outermost first. */
export function callFrames(view: GuestView, names: CodeNames, options: StackOptions = {}): StackFrame[] {
  const { el, pc } = view;
  const nameOf = (of: bigint, isExact: boolean): StackFrame | undefined =>
    isExact ? names.at(of, el) : names.atReturn(of, el);
  // Programs have frame pointers or not, as they were built: as far as there are names.
  const first = names.at(pc, el);
  if (el === 0 && first === undefined) return [names.unnamed(el)];
  const { memory: _kernels, ...own } = options;
  const frames = recordedStack(view, (of) => nameOf(of, of === pc)?.name, el === 0 ? own : options);
  const named: StackFrame[] = [];
  for (const [n, { pc: at, isInterrupted = false }] of frames.entries()) {
    const frame = nameOf(at, n === 0 || isInterrupted);
    if (el === 0 && (frame === undefined || n >= PROGRAM_FRAMES_MAX)) break;
    named.push(frame ?? names.unnamed(el));
  }
  return named.reverse();
}
