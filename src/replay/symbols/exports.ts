import { limits } from '../../base/limits.ts';
import { isName, type SymbolEntry, type SymbolTable } from './table.ts';

// What a Linux kernel exports to modules is in it by name whatever else is left out (include/linux/export.h, struct kernel_symbol):
// tables in ascending order of names, of entries { value, name } and, since 5.4, { value, name, namespace }, each a word or, with
// CONFIG_HAVE_ARCH_PREL32_RELOCATIONS (arm64), a 32-bit distance from its own place. Names may end others.

/** Entries without, and with a namespace. */
const FIELD_BYTES = 4;
const STRIDES = [3 * FIELD_BYTES, 2 * FIELD_BYTES] as const;
/** So many names in order are no chance; a kernel exports thousands. */
const RUN_MIN = 64;
/** The image may be made to waste time: so many bytes of names are compared in all. */
const STEPS_MAX = 2 ** 27;
const NAME_BYTES_MAX = 512;

/** An image as it lies in memory. */
export interface LinkedImage {
  readonly bytes: Uint8Array;
  readonly wordBytes: 4 | 8;
  /** Virtual address of its first byte, as its table of functions counts. */
  readonly start: bigint;
  /** With its BSS. */
  readonly memoryBytes: number;
}

/**
 * The variables that a Linux kernel exports, but for those of each CPU, whose addresses are of no use without a CPU's base. How
 * long one is is not told: a word is taken for its.
 */
export function findExports(image: LinkedImage, functions: SymbolTable): SymbolEntry[] {
  let all: SymbolEntry[] = [];
  for (const stride of STRIDES) if (all.length === 0) all = exportsOf(image, stride);
  const isCode = (at: bigint): boolean => [at, at & ~1n].some((address) => functions.at(address)?.offset === 0n);
  const isPerCpu = perCpuOf(all, functions);
  return all.filter(({ address }) => !isCode(address) && !isPerCpu(address));
}

/**
 * Variables of each CPU lie behind the code of the kernel's start and before its data (include/asm-generic/vmlinux.lds.h,
 * PERCPU_SECTION). Its bounds are not exported, but some that are in it, the last among them. A kernel for one CPU has no bases.
 */
const PER_CPU = new Set(['kernel_cpustat', 'kstat', 'irq_stat', 'softnet_data']);
const PER_CPU_BASES = '__per_cpu_offset';

function perCpuOf(all: readonly SymbolEntry[], functions: SymbolTable): (at: bigint) => boolean {
  const from = functions.find('_einittext')[0]?.from;
  if (from === undefined || !all.some(({ name }) => name === PER_CPU_BASES)) return () => false;
  const to = all.reduce((last, { name, address }) => (PER_CPU.has(name) && address > last ? address : last), 0n);
  return (at) => at >= from && at <= to;
}

/** Entries of all tables of a stride. */
function exportsOf({ bytes, wordBytes, start, memoryBytes }: LinkedImage, stride: number): SymbolEntry[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const base = Number(BigInt.asUintN(32, start));
  /** Where in the image a field points; beyond it where that is elsewhere. */
  const targetOf = (at: number): number =>
    wordBytes === 8 ? at + view.getInt32(at, true) : view.getUint32(at, true) - base;
  const nameAt = (entry: number): number => {
    const at = targetOf(entry + FIELD_BYTES);
    return at > 0 && at < bytes.length && isFirst(bytes[at] as number) ? at : -1;
  };
  const found: SymbolEntry[] = [];
  const last = bytes.length - 2 * stride;
  let steps = STEPS_MAX;
  for (let from = 0; from <= last && steps > 0 && found.length < limits.kernelSymbolsMax; from += FIELD_BYTES) {
    let name = nameAt(from);
    if (name < 0) continue;
    let count = 1;
    for (let at = from + stride; at + stride <= bytes.length; at += stride, count++) {
      const next = nameAt(at);
      if (next < 0) break;
      const same = sameBytes(bytes, name, next);
      steps -= same + 1;
      if ((bytes[name + same] as number) >= (bytes[next + same] as number)) break;
      name = next;
    }
    if (count < RUN_MIN) continue;
    for (let n = 0, at = from; n < count && steps > 0; n++, at += stride) {
      const nameFrom = nameAt(at);
      const end = text.indexOf(0, nameFrom);
      steps -= NAME_BYTES_MAX;
      if (end < 0 || end - nameFrom > NAME_BYTES_MAX) continue;
      const exported = text.toString('latin1', nameFrom, end);
      const offset = targetOf(at);
      const address = BigInt.asUintN(8 * wordBytes, start + BigInt(offset));
      if (offset >= 0 && offset < memoryBytes && isName(exported))
        found.push({ name: exported, address, bytes: BigInt(wordBytes) });
    }
    from += count * stride - FIELD_BYTES;
  }
  return found;
}

/** A letter or an underscore. */
const isFirst = (byte: number): boolean => ((byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a) || byte === 0x5f;

/** How many bytes two names have in common. */
function sameBytes(bytes: Uint8Array, a: number, b: number): number {
  let n = 0;
  while (n < NAME_BYTES_MAX && bytes[a + n] === bytes[b + n] && bytes[a + n] !== 0) n++;
  return n;
}
