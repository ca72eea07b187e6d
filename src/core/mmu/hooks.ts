/** What the engine tells the MMU and is told by it. Which translations a TLBI makes invalid: Arm ARM DDI 0487, D8.13. */
export interface MmuHooks {
  /**
   * Numbers of the translation configurations: of the current state, and of the state to which the context of unprivileged
   * accesses (LDTR, STTR) belongs. Below 2^31. Called on every change of context: should allocate nothing.
   */
  configIds(): { readonly current: number; readonly unprivileged: number };
  /** The translation of a page from which instructions were fetched is no longer valid (VA in halves, any ASID). */
  onCodeInvalidate(vaLo: number, vaHi: number): void;
  /** No translation of any code address holds any more; context numbers may start anew. */
  onCodeInvalidateAll(): void;
}
