const STEP = 0x9e3779b97f4a7c15n;

/**
 * splitmix64: the deterministic source of every "random" value a guest sees (KASLR seed, rng-seed).
 * Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014.
 */
export class Prng {
  #state: bigint;

  /** As it is once so many numbers were drawn. */
  static at(seed: bigint, drawn: bigint): Prng {
    return new Prng(seed + STEP * drawn);
  }
  constructor(seed: bigint) {
    this.#state = BigInt.asUintN(64, seed);
  }
  /** Another one with this seed goes on as this one does. */
  get state(): bigint {
    return this.#state;
  }
  next64(): bigint {
    this.#state = BigInt.asUintN(64, this.#state + STEP);
    let z = this.#state;
    z = BigInt.asUintN(64, (z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n);
    z = BigInt.asUintN(64, (z ^ (z >> 27n)) * 0x94d049bb133111ebn);
    return z ^ (z >> 31n);
  }
  bytes(count: number): Uint8Array {
    const out = new Uint8Array(count);
    for (let i = 0; i < count; i += 8) {
      let v = this.next64();
      for (let j = i; j < Math.min(count, i + 8); j++, v >>= 8n) out[j] = Number(v & 0xffn);
    }
    return out;
  }
}
