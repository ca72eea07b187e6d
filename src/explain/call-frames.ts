import type { StackFrame } from '../analysis/stack-tree.ts';
import { callStack } from '../inspect/call-stack.ts';
import type { GuestView } from '../inspect/guest-view.ts';
import type { WordReader } from '../inspect/memory-at-once.ts';
import type { CodeNames } from './code-names.ts';

/** The functions on the guest's stack at this moment, the outermost first. */
export function callFrames(view: GuestView, names: CodeNames, memory?: WordReader): StackFrame[] {
  const { el, pc } = view;
  const nameOf = (of: bigint): StackFrame | undefined => (of === pc ? names.at(of, el) : names.atReturn(of, el));
  // Programs have frame pointers or not, as they were built.
  const pcs = el === 0 ? [pc] : callStack(view, (of) => nameOf(of)?.name, memory);
  return pcs.map((of) => nameOf(of) ?? names.unnamed(el)).reverse();
}
