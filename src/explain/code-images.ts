import type { StackFrame } from '../analysis/stack-tree.ts';
import { type SymbolEntry, type SymbolPlace, placeText as symbolText } from '../replay/symbols/table.ts';
import type { LineTable } from './dwarf/line-table.ts';

/** What code of the guest came from: its kernel, one of its modules, or a program. */
export interface CodeImage {
  readonly kind: 'kernel' | 'module' | 'program';
  /** As people name it: `vmlinux`, `nf_tables`, `busybox`. */
  readonly name: string;
  /** Its addresses as it was linked, or where it was loaded if it was not. */
  readonly from: bigint;
  readonly to: bigint;
  /** What is to be added to them where the guest has it; 0 where that differs from process to process. */
  readonly slide: bigint;
  /** The function at such an address. */
  functionAt(linked: bigint): SymbolPlace | undefined;
  /** All that have a name. */
  functions(): Iterable<SymbolEntry>;
  /** Lines of its source, where it has them. */
  readonly lines?: LineTable | undefined;
}

/** Code at an address of the guest. */
export interface CodePlace {
  readonly image: CodeImage;
  /** As the image counts. */
  readonly linked: bigint;
}

/** `function+0x10 [module]`, of the kernel without what it is of. */
export function placeText({ image, linked }: CodePlace): string {
  const found = image.functionAt(linked);
  if (found === undefined) return `[${image.name}]+0x${(linked - image.from).toString(16)}`;
  return `${symbolText(found)}${image.kind === 'kernel' ? '' : ` [${image.name}]`}`;
}

/** How a place is shown on a stack: its function, with the module or program that it is of, and the line of the function's beginning. */
export function frameOf({ image, linked }: CodePlace): StackFrame {
  const found = image.functionAt(linked);
  const source = found && image.lines?.beginningAt(linked - found.offset);
  const of = image.kind === 'kernel' ? '' : ` [${image.name}]`;
  if (found === undefined)
    return {
      name: image.kind === 'module' ? `[${image.name}]+0x${(linked - image.from).toString(16)}` : `[${image.name}]`,
    };
  return source === undefined ? { name: `${found.name}${of}` } : { name: `${found.name}${of}`, ...source };
}
