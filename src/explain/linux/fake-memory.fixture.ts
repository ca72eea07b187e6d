import type { WordReader } from '../../inspect/memory-at-once.ts';

/** Memory of a kernel, word by word: what nobody has put there is not mapped. */
export class FakeMemory implements WordReader {
  readonly #words = new Map<bigint, bigint>();
  readonly #wordBytes: 4 | 8;
  constructor(wordBytes: 4 | 8) {
    this.#wordBytes = wordBytes;
  }
  word(va: bigint, bytes: 4 | 8): bigint | undefined {
    const low = this.#words.get(va);
    if (low === undefined) return undefined;
    return bytes === 4 ? low : low | ((this.#words.get(va + 4n) ?? 0n) << 32n);
  }
  put(va: bigint, value: bigint, bytes: 4 | 8 = this.#wordBytes): void {
    this.#words.set(va, value & 0xffff_ffffn);
    if (bytes === 8) this.#words.set(va + 4n, value >> 32n);
  }
  /** Text in so many bytes, a multiple of 4, with zeros behind it. */
  text(va: bigint, text: string, size: number): void {
    const bytes = Buffer.alloc(size);
    bytes.write(text, 'utf8');
    for (let n = 0; n < size; n += 4) this.put(va + BigInt(n), BigInt(bytes.readUInt32LE(n)), 4);
  }
  /** Nodes of a list, each with the next and, where both words are wanted, the one before. */
  list(nodes: readonly bigint[], isDouble = false): void {
    for (const [n, at] of nodes.entries()) {
      this.put(at, nodes[(n + 1) % nodes.length] as bigint);
      if (isDouble) this.put(at + BigInt(this.#wordBytes), nodes.at(n - 1) as bigint);
    }
  }
}
