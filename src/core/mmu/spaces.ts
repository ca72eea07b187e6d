import { SPACES_MAX } from './tlb.ts';
import { UpperTables } from './upper-tables.ts';

const ASIDS = 65536;

/**
 * Serial numbers stand in TLB entries for what a TLBI can name as a whole (a VMID, an ASID of it, its stage 2): to drop all
 * its entries it gets a new number. None is used twice; 2^27 of them (Stage2 keeps four bits beside) outlast any run.
 */
export class Serials {
  private last = 0;
  next(): number {
    return ++this.last;
  }
}

/** What owns TLB entries: a VMID of the EL1&0 regime, or the EL2 regime. */
export class Owner {
  private readonly serials: Serials;
  private readonly asids: Int32Array | null;
  private stage2Vtcr = 0;
  private stage2: number;
  /** Of its stage 1 and combined entries. */
  serial: number;
  readonly upperTables: UpperTables;

  constructor(serials: Serials, hasAsids: boolean) {
    this.serials = serials;
    this.asids = hasAsids ? new Int32Array(ASIDS) : null;
    this.serial = serials.next();
    this.stage2 = serials.next();
    this.upperTables = new UpperTables(serials);
  }

  dropStage1(): void {
    this.serial = this.serials.next();
    this.upperTables.clear();
  }
  dropStage2(): void {
    this.stage2 = this.serials.next();
  }
  dropAsid(asid: number): void {
    if (this.asids === null || this.asids[asid] === 0) return;
    this.asids[asid] = this.serials.next();
    this.upperTables.dropShared();
  }

  /** Of the entries that stage 2 alone made, under a setting of VTCR_EL2. */
  stage2Serial(vtcr: number): number {
    if (vtcr !== this.stage2Vtcr) this.dropStage2();
    this.stage2Vtcr = vtcr;
    return this.stage2;
  }
  /** Of an ASID about to be used; 0 in a regime without ASIDs. */
  asidSerial(asid: number): number {
    if (this.asids === null) return 0;
    const serial = this.asids[asid] as number;
    return serial !== 0 ? serial : (this.asids[asid] = this.serials.next());
  }
  /** Of an ASID; 0 if it was never used. */
  asidSerialIfUsed(asid: number): number {
    return this.asids === null ? 0 : (this.asids[asid] as number);
  }
}

/** Numbers the spaces of the TLB: an owner under a setting of the control registers. */
export class Spaces {
  private readonly numbers = new Map<string, number>();
  /** By space: serial of its owner. */
  readonly owners = new Int32Array(SPACES_MAX);

  /** The number of a space, or 0 where it has none and numbers are used up: then `clear` and the TLB must go. */
  of(ownerSerial: number, controls: string): number {
    const key = `${ownerSerial} ${controls}`;
    const known = this.numbers.get(key);
    if (known !== undefined) return known;
    const space = this.numbers.size + 1;
    if (space === SPACES_MAX) return 0;
    this.numbers.set(key, space);
    this.owners[space] = ownerSerial;
    return space;
  }

  clear(): void {
    this.numbers.clear();
    this.owners.fill(0);
  }
}
