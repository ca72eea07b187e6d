import { low32 } from '../base/bits.ts';
import {
  consoleOut,
  eventByTag,
  KvmClass,
  mmioRead,
  mmioWrite,
  psci,
  sgi,
  stage2Map,
  suspend,
  sysregRead,
  sysregWrite,
  vmExit,
  wfi,
} from '../trace/events/index.ts';
import type { OrderedFrame } from './events-in-order.ts';

/**
 * How the code at a PC is called, whatever place its kernel has, and in whatever build: `name+0x10`, or the name alone where the
 * function is another one there. Undefined where nothing is known of it.
 */
export type CodeAt = (pc: bigint) => string | undefined;

/** PCs whose code is remembered. */
const PCS_KNOWN_MAX = 1 << 16;
/** What of a PC stays where a program is loaded elsewhere. */
const IN_PAGE = 0xfffn;

const START = 0x811c_9dc5 | 0;
const PRIME = 0x0100_0193;
const mix = (hash: number, value: number): number => {
  const mixed = Math.imul(hash ^ value, 0x85eb_ca6b);
  return mixed ^ (mixed >>> 13);
};
/** FNV-1a, of 32 bits. */
export const textHash = (text: string): number => {
  let hash = START;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), PRIME);
  return hash;
};
const INTERRUPTS: ReadonlySet<number> = new Set([
  KvmClass.IRQ,
  KvmClass.FIQ,
  KvmClass.SERROR,
  KvmClass.EL1_SERROR,
] as number[]);

const field = (decl: { readonly fieldNames: readonly string[] }, name: string): number => decl.fieldNames.indexOf(name);
const EXIT_PC = field(vmExit, 'pc');
const EXIT_CLASS = field(vmExit, 'kvmClass');
const ACCESS_PC = field(mmioRead, 'pc');
const ACCESS_IPA = field(mmioRead, 'ipa');
const ACCESS_SIZE = field(mmioRead, 'size');
const SYSREG_PC = field(sysregRead, 'pc');
const SYSREG_ENCODING = field(sysregRead, 'encoding');
const WFI_PC = field(wfi, 'pc');
const PSCI_FUNCTION = field(psci, 'functionId');
const SUSPEND_HOW = field(suspend, 'how');
const SGI_INTID = field(sgi, 'intid');

/**
 * Tells events of the same code from others: those that a guest's instructions bring about where they stand, which two runs of the
 * same code have in the same order. What comes from elsewhere (interrupts, timers, memory that is touched for the first time) has none.
 */
export class CodeTokens {
  readonly #codeAt: CodeAt;
  /** By the low half of a PC: a hash of its code, and the whole PC that it is of. */
  readonly #known = new Map<number, { readonly pc: bigint; readonly code: number }>();

  constructor(codeAt: CodeAt) {
    this.#codeAt = codeAt;
  }

  /** 32 bits; null: the event is of no code. `next`: the tag of the event behind it, which tells an exit from another. */
  of(frame: OrderedFrame, place: number, next: number | undefined): number | null {
    const tag = frame.frame.tags[place] as number;
    const columns = frame.columns(tag);
    const row = frame.row(place);
    const number = (at: number): number => columns[at]?.[row] as number;
    const code = (at: number): number => this.#code(columns[at]?.[row] as bigint);
    const hash = mix(mix(START, tag), frame.frame.vcpus[place] as number);
    switch (tag) {
      case vmExit.tag: {
        const kvmClass = number(EXIT_CLASS);
        // Where memory is touched first depends on what was there before.
        if (INTERRUPTS.has(kvmClass) || next === stage2Map.tag) return null;
        return mix(mix(hash, kvmClass), code(EXIT_PC));
      }
      case mmioRead.tag:
      case mmioWrite.tag: {
        const ipa = columns[ACCESS_IPA]?.[row] as bigint;
        return mix(mix(mix(hash, code(ACCESS_PC)), low32(ipa)), number(ACCESS_SIZE));
      }
      case sysregRead.tag:
      case sysregWrite.tag:
        return mix(mix(hash, code(SYSREG_PC)), number(SYSREG_ENCODING));
      case wfi.tag:
        return mix(hash, code(WFI_PC));
      case psci.tag:
        return mix(hash, number(PSCI_FUNCTION));
      case suspend.tag:
        return mix(hash, number(SUSPEND_HOW));
      case sgi.tag:
        return mix(hash, number(SGI_INTID));
      case consoleOut.tag:
        return hash;
      default:
        return eventByTag(tag) === undefined ? hash : null;
    }
  }

  #code(pc: bigint): number {
    const low = low32(pc);
    const known = this.#known.get(low);
    if (known?.pc === pc) return known.code;
    if (this.#known.size >= PCS_KNOWN_MAX) this.#known.clear();
    const text = this.#codeAt(pc);
    const code = text === undefined ? Number(pc & IN_PAGE) : textHash(text);
    this.#known.set(low, { pc, code });
    return code;
  }
}
