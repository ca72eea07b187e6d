/** The lives of interrupts as numbers: what belongs to one occurrence, from what raised it to its end, has the same. */
export class InterruptFlows {
  readonly #living = new Map<string, number>();
  #last = 0;

  /** The number of the one that lives, or of a new one. Private interrupts are each vCPU's own. */
  of(intid: number, vcpu: number): number {
    const key = keyOf(intid, vcpu);
    const living = this.#living.get(key);
    if (living !== undefined) return living;
    this.#living.set(key, ++this.#last);
    return this.#last;
  }
  /** The guest has completed it. */
  end(intid: number, vcpu: number): number {
    const flow = this.of(intid, vcpu);
    this.#living.delete(keyOf(intid, vcpu));
    return flow;
  }
}

/** INTIDs below are banked for each PE (Arm IHI 0069, 2.2.1). */
const FIRST_SHARED = 32;
const keyOf = (intid: number, vcpu: number): string => (intid < FIRST_SHARED ? `${vcpu}:${intid}` : `${intid}`);
