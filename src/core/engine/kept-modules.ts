import { must } from '../../base/assert.ts';
import { joined } from '../../base/bytes.ts';
import { ZstdError, zstd } from '../../host/zstd.ts';

/** zstd's (RFC 8878): a quarter of the bytes is left. */
const LEVEL = 1;
/** So many are packed together: where one is wanted, the others soon are. */
const GROUP_MODULES = 16;

/** A module, whose regions go into successive slots of a table. */
export interface StoredModule {
  /** Undefined: an earlier process has translated it, and it is not compiled yet; null: there is no compiling it. */
  module: WebAssembly.Module | undefined | null;
  readonly slot: number;
  readonly regions: number;
}

/** A module with what it is made of. */
export type ModuleBytes = readonly [module: StoredModule, bytes: Uint8Array];

/** Modules of WebAssembly, packed together. */
export class ModuleGroup {
  /** One after the other, as zstd has made them shorter. */
  readonly packed: Uint8Array;
  /** Of each module, in bytes. */
  readonly lengths: readonly number[];

  constructor(packed: Uint8Array, lengths: readonly number[]) {
    this.packed = packed;
    this.lengths = lengths;
  }
  static of(modules: readonly Uint8Array[]): ModuleGroup {
    const lengths = modules.map(({ length }) => length);
    // A copy: what zstd makes lies in memory for all that it might have been.
    return new ModuleGroup(zstd().compress(joined(modules), LEVEL).slice(), lengths);
  }

  /** The modules, each in memory of its own. @throws ZstdError where they are not what was packed */
  unpack(): readonly Uint8Array[] {
    const rawBytes = this.lengths.reduce((sum, length) => sum + length, 0);
    const raw = zstd().decompress(this.packed, rawBytes, 2 ** Math.ceil(Math.log2(rawBytes)));
    let at = 0;
    return this.lengths.map((length) => {
      at += length;
      return raw.slice(at - length, at);
    });
  }
}

/** What translated modules are made of, in the order in which they were wanted, for processes to come. */
export class KeptModules {
  readonly #groups: ModuleGroup[];
  readonly #modules: StoredModule[];
  readonly #numbers: Map<StoredModule, number>;
  /** The bytes of the last ones, not yet packed. */
  #fresh: Uint8Array[] = [];
  #added = 0;
  /** By number of a module that it began with: its group. */
  readonly #groupOf: readonly number[];

  constructor(groups: readonly ModuleGroup[] = [], modules: readonly StoredModule[] = []) {
    this.#groups = [...groups];
    this.#modules = [...modules];
    this.#numbers = new Map(modules.map((module, n) => [module, n]));
    this.#groupOf = groups.flatMap(({ lengths }, group) => lengths.map(() => group));
  }

  get modules(): readonly StoredModule[] {
    return this.#modules;
  }
  /** So many came beside those that it began with. */
  get added(): number {
    return this.#added;
  }
  numberOf(module: StoredModule): number | undefined {
    return this.#numbers.get(module);
  }
  add(module: StoredModule, bytes: Uint8Array): void {
    this.#numbers.set(module, this.#modules.length);
    this.#modules.push(module);
    this.#added++;
    if (this.#fresh.push(bytes) === GROUP_MODULES) this.#pack();
  }
  #pack(): void {
    this.#groups.push(ModuleGroup.of(this.#fresh));
    this.#fresh = [];
  }
  /** All, packed. */
  groups(): readonly ModuleGroup[] {
    if (this.#fresh.length > 0) this.#pack();
    return this.#groups;
  }

  /** Which group has a module that it began with. */
  groupOf(module: StoredModule): number {
    const number = must(this.#numbers.get(module), 'a module that is kept');
    return must(this.#groupOf[number], 'a module that was kept before');
  }
  /** The modules of a group, each with what it is made of; none where there is no such group, or it is not what was packed. */
  unpacked(group: number): readonly ModuleBytes[] {
    const found = this.#groups[group];
    if (found === undefined) return [];
    const first = this.#groups.slice(0, group).reduce((sum, { lengths }) => sum + lengths.length, 0);
    try {
      return found.unpack().map((bytes, n) => [must(this.#modules[first + n], 'a module of the group'), bytes]);
    } catch (error) {
      if (error instanceof ZstdError) return [];
      throw error;
    }
  }
}
