/** An address translation operation. */
export interface AtRow {
  /** Whose regime. */
  readonly el: 1 | 2;
  readonly access: number;
  readonly stage2: boolean;
  /** An operation of CP15. */
  readonly aarch32: boolean;
}
