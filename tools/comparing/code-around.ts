import { hex } from '../../src/base/bits.ts';
import { type Disassembler, encodingText, instructionBytes, instructionSetOf } from '../../src/inspect/disassemble.ts';
import type { Look } from '../session/viewer.ts';

/** An instruction near the guest's place. */
export interface Around {
  readonly pc: string;
  readonly symbol?: string;
  readonly text: string;
  /** It is the next one. */
  readonly isHere?: true;
}

const BEFORE = 4;
const BEHIND = 4;
const INSTRUCTION_BYTES = 4;

/** The code around the guest's place; of T32, whose instructions cannot be told apart backwards, from the place on. */
export function codeAround({ view, symbolAt }: Look, disassembler: Disassembler | undefined): Around[] {
  const set = instructionSetOf(view);
  const { pc } = view;
  const found: Around[] = [];
  const add = (at: bigint, bytes: Uint8Array): void => {
    const symbol = symbolAt(at);
    found.push({
      pc: hex(at),
      ...(symbol === undefined ? {} : { symbol }),
      text: disassembler?.text(bytes, at, set) ?? encodingText(bytes, set),
      ...(at === pc ? { isHere: true as const } : {}),
    });
  };
  if (set !== 'T32')
    for (let n = BEFORE; n > 0; n--) {
      const at = pc - BigInt(n * INSTRUCTION_BYTES);
      const bytes = at < 0n ? new Uint8Array(0) : view.virtual(at, INSTRUCTION_BYTES);
      if (bytes.length === INSTRUCTION_BYTES) add(at, bytes);
    }
  let at = pc;
  for (let n = 0; n <= BEHIND; n++) {
    const there = view.virtual(at, INSTRUCTION_BYTES);
    const length = there.length < 2 ? 0 : instructionBytes(there, set);
    if (length === 0 || there.length < length) break;
    add(at, there.subarray(0, length));
    at += BigInt(length);
  }
  return found;
}
