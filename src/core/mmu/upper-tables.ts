import { type Field, integer, list, record } from '../../base/fields.ts';
import type { Serials } from './serials.ts';

/** Tables told apart: Linux has two, its own and that of its exception trampoline. */
const TABLES = 4;
/** ASIDs remembered of a table while it is not known to be shared. */
const ASIDS_MAX = 16;
const NONE = -1;

export interface SavedUpperTables {
  victim: number;
  tables: { lo: number; hi: number; shared: number; lastAsid: number; asids: number[] }[];
}
const word = integer(-(2 ** 31), 2 ** 31 - 1);
const serial = integer(0, 2 ** 31 - 1);
export const savedUpperTables: Field<SavedUpperTables> = record<SavedUpperTables>({
  victim: integer(0, TABLES - 1),
  tables: list(
    record({
      lo: word,
      hi: integer(NONE, 0xffff),
      shared: serial,
      lastAsid: serial,
      asids: list(serial, { max: ASIDS_MAX }),
    }),
    TABLES,
  ),
});

/**
 * Finds the tables of TTBR1_EL1 that all address spaces share, so that what is cached of their non-global entries serves
 * every ASID: Linux with its page tables isolated maps all of itself non-global, yet the same in each process.
 *
 * A table is shared once an ASID comes back to it after another has used it, with no TLBI of the ASID or VMID between. A
 * system that did change the table from one use to the other would leave the first ASID's entries stale on any processor.
 * A table in use by one ASID at a time, recycled without a TLBI because its old ASID is dead, never looks like that.
 */
export class UpperTables {
  readonly #serials: Serials;
  readonly #lo = new Int32Array(TABLES);
  readonly #hi = new Int32Array(TABLES).fill(NONE);
  /** Of the entries of a shared table; 0 for the others. */
  readonly #shared = new Int32Array(TABLES);
  readonly #lastAsid = new Int32Array(TABLES);
  readonly #asids: number[][] = Array.from({ length: TABLES }, () => []);
  #victim = 0;
  readonly #onDrop: (serial: number) => void;

  /** `onDrop` is told each serial of a shared table that is given up, with its entries. */
  constructor(serials: Serials, onDrop: (serial: number) => void) {
    this.#serials = serials;
    this.#onDrop = onDrop;
  }

  /** The serial of the table's non-global entries, as the ASID whose serial is given uses it. */
  serialOf(baseLo: number, baseHi: number, asid: number): number {
    const lo = baseLo | 0;
    for (let table = 0; table < TABLES; table++)
      if (this.#lo[table] === lo && this.#hi[table] === baseHi) return this.#use(table, asid);
    const table = this.#victim;
    this.#victim = (table + 1) % TABLES;
    if (this.#shared[table] !== 0) this.#onDrop(this.#shared[table] as number);
    this.#lo[table] = lo;
    this.#hi[table] = baseHi;
    this.#shared[table] = 0;
    this.#lastAsid[table] = asid;
    this.#asids[table] = [asid];
    return asid;
  }

  #use(table: number, asid: number): number {
    const shared = this.#shared[table] as number;
    if (shared !== 0) return shared;
    if (this.#lastAsid[table] === asid) return asid;
    this.#lastAsid[table] = asid;
    const asids = this.#asids[table] as number[];
    if (asids.includes(asid)) return (this.#shared[table] = this.#serials.next());
    if (asids.push(asid) > ASIDS_MAX) asids.shift();
    return asid;
  }

  /** The serial that all ASIDs share of a table, or 0. */
  sharedOf(baseLo: number, baseHi: number): number {
    const lo = baseLo | 0;
    for (let table = 0; table < TABLES; table++)
      if (this.#lo[table] === lo && this.#hi[table] === baseHi) return this.#shared[table] as number;
    return 0;
  }

  /** An ASID's entries are dropped: those that it shares go for all, but of the serial `kept`. */
  dropShared(kept: number): void {
    for (let table = 0; table < TABLES; table++) {
      const shared = this.#shared[table] as number;
      if (shared === 0 || shared === kept) continue;
      this.#onDrop(shared);
      this.#shared[table] = this.#serials.next();
    }
  }
  /** All entries are dropped: what was found out of the tables ends with them. */
  clear(): void {
    this.#lo.fill(0);
    this.#hi.fill(NONE);
    this.#shared.fill(0);
    this.#lastAsid.fill(0);
    this.#asids.fill([]);
    this.#victim = 0;
  }

  /** The serials of shared tables. */
  sharedSerials(): number[] {
    return [...this.#shared].filter((shared) => shared !== 0);
  }

  save(): SavedUpperTables {
    const tables = this.#asids.map((asids, table) => ({
      lo: this.#lo[table] as number,
      hi: this.#hi[table] as number,
      shared: this.#shared[table] as number,
      lastAsid: this.#lastAsid[table] as number,
      asids: [...asids],
    }));
    return { victim: this.#victim, tables };
  }
  restore({ victim, tables }: SavedUpperTables): void {
    this.#victim = victim;
    for (const [table, { lo, hi, shared, lastAsid, asids }] of tables.entries()) {
      this.#lo[table] = lo;
      this.#hi[table] = hi;
      this.#shared[table] = shared;
      this.#lastAsid[table] = lastAsid;
      this.#asids[table] = [...asids];
    }
  }
}
