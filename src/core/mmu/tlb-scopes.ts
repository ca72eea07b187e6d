/** What TLBI instructions can name, in the current VMID unless said otherwise. */
export interface TlbScopes {
  /** Stage 1 and combined entries. */
  dropVmid(): void;
  /** The same; by `tlb@3` but for global ones of this PE that a walk of the Short-descriptor format would make again. */
  dropVmidChanged(): void;
  /** Entries of stage 2 alone. */
  dropVmidStage2(): void;
  /** All entries of the EL1&0 regime. */
  dropAllVmids(): void;
  /** Entries of an ASID, but for global ones. */
  dropAsid(asid: number): void;
  /** Entries of a page: of an ASID and global ones, or of `ANY_ASID`. */
  dropVa(vaLo: number, vaHi: number, asid: number): void;
  /** Entries of stage 2 alone, of a page. */
  dropIpa(ipaLo: number, ipaHi: number): void;
  dropEl2(): void;
  dropVaEl2(vaLo: number, vaHi: number): void;
}

/** `el`: where it is executed. */
export type Invalidate = (tlb: TlbScopes, xtLo: number, xtHi: number, el: number) => void;
