import { Mdcr } from '../fields/debug.ts';
import { PM_CYCLES, PMCR_N_SHIFT, Pmcr, PmEvent, PmFilter, Pmuserenr } from '../fields/pmu.ts';
import type { PeState } from '../state/pe-state.ts';
import { EVENT_COUNTERS, PMEVCNTR, PMEVTYPER, sys } from '../state/system-cells.ts';
import { modelOf, type PmuModel } from './models/index.ts';
import { type PhysicalInterrupts, Ppi } from './physical-interrupts.ts';

const WORD = 2 ** 32;
const U64 = 1n << 64n;
/** PMCR.D: one count in 64. */
const DIVIDER = 64;
const EVENTS_MASK = (1 << EVENT_COUNTERS) - 1;
const CYCLES = (1 << PM_CYCLES) >>> 0;
/** What PMEVTYPER and PMCCFILTR hold: of PMUv3 without EL3 and in Non-secure state, NSK, NSU and M are RES0. */
const FILTERS = {
  2: PmFilter.p | PmFilter.u | PmFilter.nsk | PmFilter.nsu | PmFilter.nsh,
  3: PmFilter.p | PmFilter.u | PmFilter.nsh,
} as const;
const EVENT_MASK = { 2: 0xff, 3: 0x3ff } as const;
const PMCR_MASK = {
  2: Pmcr.e | Pmcr.d | Pmcr.x | Pmcr.dp,
  3: Pmcr.e | Pmcr.d | Pmcr.x | Pmcr.dp | Pmcr.lc,
} as const;

/** PMCEID0_EL0: the events that are counted. None depends on how code was translated, so refills of TLBs and caches are not there. */
export const PMCEID0 = Object.values(PmEvent).reduce<number>((set, event) => set | (1 << event), 0) >>> 0;

/**
 * The performance monitors (Arm ARM DDI 0487, chapter D11; DDI 0406C, chapter C12). An instruction is a cycle, and both are counted where it
 * retires; while the PE waits, nothing is. State is in cells, and follows the instruction count lazily: whoever looks at a counter, or
 * changes what counts, brings them up to the count first (`settle`). Each method is for the loaded PE.
 */
export class Pmu {
  readonly #cpu: PeState;
  readonly #lines: PhysicalInterrupts;
  /** Count up to which the counters have been brought: derived, since all that is saved is settled. */
  #base = 0;
  /** Counters that are enabled, at whatever level: derived. */
  #enabled = 0;
  /** Of these, those that count instructions of the present level: derived. */
  #counting = 0;
  /** Derived. */
  #deadline = Infinity;

  constructor(cpu: PeState, lines: PhysicalInterrupts) {
    this.#cpu = cpu;
    this.#lines = lines;
  }

  get #model(): PmuModel | null {
    return modelOf(this.#cpu).pmu;
  }
  get #version(): 2 | 3 {
    return this.#model?.version ?? 3;
  }
  /** MDCR_EL2.HPMN: the event counters from here on are EL2's. */
  get #guestCounters(): number {
    return Math.min(this.#cpu.get32(sys.MDCR_EL2) & Mdcr.hpmn, EVENT_COUNTERS);
  }
  /** The event counters that the present level may use, as a mask. */
  get #visible(): number {
    return this.#cpu.el === 2 ? EVENTS_MASK : (1 << this.#guestCounters) - 1;
  }

  // --- what counts ---------------------------------------------------------------------------------------------------
  #switchedOn(): number {
    const cpu = this.#cpu;
    const guests = (1 << this.#guestCounters) - 1;
    const lower = cpu.get32(sys.PMCR_EL0) & Pmcr.e ? guests | CYCLES : 0;
    const upper = cpu.get32(sys.MDCR_EL2) & Mdcr.hpme ? EVENTS_MASK & ~guests : 0;
    return (lower | upper) >>> 0;
  }
  /** P and U, each with its bit for Non-secure state, of which there is no other; and NSH. */
  #passes(filter: number, el: number): boolean {
    if (el === 2) return (filter & PmFilter.nsh) !== 0;
    const [bit, nonSecure] = el === 1 ? [PmFilter.p, PmFilter.nsk] : [PmFilter.u, PmFilter.nsu];
    return ((filter & bit) !== 0) === ((filter & nonSecure) !== 0);
  }
  #type(n: number): number {
    return this.#cpu.get32(PMEVTYPER + 8 * n);
  }
  #event(n: number): number {
    return this.#type(n) & EVENT_MASK[this.#version];
  }
  #counts(n: number, event: number, el: number): boolean {
    return ((this.#enabled >>> n) & 1) === 1 && this.#event(n) === event && this.#passes(this.#type(n), el);
  }
  #countingAt(el: number): number {
    let counting = 0;
    for (let n = 0; n < EVENT_COUNTERS; n++)
      if (this.#counts(n, PmEvent.instRetired, el) || this.#counts(n, PmEvent.cpuCycles, el)) counting |= 1 << n;
    if (this.#enabled & CYCLES && this.#passes(this.#cpu.get32(sys.PMCCFILTR_EL0), el)) counting |= CYCLES;
    return counting >>> 0;
  }

  // --- counting ------------------------------------------------------------------------------------------------------
  #overflowed(bits: number): void {
    this.#cpu.set32(sys.PMOVSSET_EL0, this.#cpu.get32(sys.PMOVSSET_EL0) | bits);
  }
  #add(n: number, events: number): void {
    const cell = PMEVCNTR + 8 * n;
    const sum = this.#cpu.get32(cell) + events;
    this.#cpu.set32(cell, sum % WORD);
    if (sum < WORD) return;
    this.#overflowed(1 << n);
    const isChained = (n & 1) === 0 && this.#counts(n + 1, PmEvent.chain, this.#cpu.el);
    if (isChained) this.#add(n + 1, Math.floor(sum / WORD));
  }
  /** PMCR.D counts where LC does not say that all 64 bits are used. */
  #isDivided(): boolean {
    return (this.#cpu.get32(sys.PMCR_EL0) & (Pmcr.d | Pmcr.lc)) === Pmcr.d;
  }
  #isLong(): boolean {
    return (this.#cpu.get32(sys.PMCR_EL0) & Pmcr.lc) !== 0;
  }
  #addCycles(cycles: number): void {
    const cpu = this.#cpu;
    let steps = cycles;
    if (this.#isDivided()) {
      const all = cpu.get32(sys.PM_CYCLE_REST) + cycles;
      cpu.set32(sys.PM_CYCLE_REST, all % DIVIDER);
      steps = Math.floor(all / DIVIDER);
    }
    const old = cpu.get64(sys.PMCCNTR_EL0);
    const sum = old + BigInt(steps);
    const bits = this.#isLong() ? 64n : 32n;
    if (old >> bits !== sum >> bits) this.#overflowed(CYCLES);
    cpu.set64(sys.PMCCNTR_EL0, this.#version === 3 ? sum % U64 : BigInt.asUintN(32, sum));
  }
  #addTo(counters: number, instructions: number): void {
    const before = this.#cpu.get32(sys.PMOVSSET_EL0);
    for (let n = 0; n < EVENT_COUNTERS; n++) if ((counters >>> n) & 1) this.#add(n, instructions);
    if (counters & CYCLES) this.#addCycles(instructions);
    if (this.#cpu.get32(sys.PMOVSSET_EL0) !== before) this.#drive();
  }

  /** Brings the counters up to a count: that of the instructions retired, where no other is given. */
  settle(until = this.#cpu.icount): void {
    const instructions = until - this.#base;
    if (instructions <= 0) return;
    this.#base = until;
    if (this.#counting !== 0) this.#addTo(this.#counting, instructions);
  }
  /** A counter is enabled, whatever it counts. */
  get isOn(): boolean {
    return this.#enabled !== 0;
  }
  /** An instruction of a level below EL2 that a hypervisor has carried out was retired. */
  retiredFor(el: number): void {
    this.#base = this.#cpu.icount;
    this.#addTo(this.#countingAt(el), 1);
  }
  #happened(event: number): void {
    const before = this.#cpu.get32(sys.PMOVSSET_EL0);
    for (let n = 0; n < EVENT_COUNTERS; n++) if (this.#counts(n, event, this.#cpu.el)) this.#add(n, 1);
    if (this.#cpu.get32(sys.PMOVSSET_EL0) !== before) this.#drive();
  }

  // --- levels --------------------------------------------------------------------------------------------------------
  /** Before an exception is taken by an instruction that retires, or that does not. */
  beforeException(retires: boolean): void {
    if (this.#enabled !== 0) this.settle(this.#cpu.icount + (retires ? 1 : 0));
  }
  /** It is of the level that took it. */
  afterException(): void {
    if (this.#enabled === 0) return;
    this.#happened(PmEvent.excTaken);
    this.update();
  }
  /** Before the exception return at hand, which retires. */
  beforeReturn(): void {
    if (this.#enabled === 0) return;
    this.#happened(PmEvent.excReturn);
    this.settle(this.#cpu.icount + 1);
  }
  /** The level is another one. */
  levelChanged(): void {
    if (this.#enabled !== 0) this.update();
  }

  // --- interrupts ----------------------------------------------------------------------------------------------------
  /** The line is a level: as long as an overflow is neither cleared nor disabled (CheckForPMUOverflow). */
  #drive(): void {
    const cpu = this.#cpu;
    const due = cpu.get32(sys.PMOVSSET_EL0) & cpu.get32(sys.PMINTENSET_EL1) & this.#switchedOn();
    this.#lines.setLevel(Ppi.pmu, due !== 0);
  }
  /** Instruction count at which a counter overflows next, Infinity where none does. */
  nextDeadline(): number {
    return this.#deadline;
  }
  /** To be called when the deadline is reached; harmless at other times. */
  poll(): void {
    if (this.#cpu.icount < this.#deadline) return;
    this.settle();
    this.update();
  }
  #untilOverflow(): number {
    const cpu = this.#cpu;
    let least = Infinity;
    for (let n = 0; n < EVENT_COUNTERS; n++)
      if ((this.#counting >>> n) & 1) least = Math.min(least, WORD - cpu.get32(PMEVCNTR + 8 * n));
    if ((this.#counting & CYCLES) === 0) return least;
    const value = cpu.get64(sys.PMCCNTR_EL0);
    const left = this.#isLong() ? Number(U64 - value) : WORD - cpu.get32(sys.PMCCNTR_EL0);
    return Math.min(least, this.#isDivided() ? left * DIVIDER - cpu.get32(sys.PM_CYCLE_REST) : left);
  }
  /** Recomputes what follows from the state in cells, which is settled. */
  update(): void {
    if (this.#model === null) {
      this.#enabled = this.#counting = 0;
      this.#deadline = Infinity;
      return;
    }
    this.#enabled = (this.#switchedOn() & this.#cpu.get32(sys.PMCNTENSET_EL0)) >>> 0;
    this.#counting = this.#enabled === 0 ? 0 : this.#countingAt(this.#cpu.el);
    this.#deadline = this.#counting === 0 ? Infinity : this.#base + this.#untilOverflow();
    this.#drive();
  }
  /** The cells were replaced by settled ones, or time passed without an instruction. */
  resumed(): void {
    this.#base = this.#cpu.icount;
    this.update();
  }

  // --- registers -----------------------------------------------------------------------------------------------------
  /** A change of what counts: settled before, and what follows from it behind it. */
  #change(change: () => void): void {
    this.settle();
    change();
    this.update();
  }
  readPmcr(): number {
    const n = this.#cpu.el === 2 ? EVENT_COUNTERS : this.#guestCounters;
    return (((this.#model?.id ?? 0) << 16) | (n << PMCR_N_SHIFT) | this.#cpu.get32(sys.PMCR_EL0)) >>> 0;
  }
  writePmcr(value: number): void {
    const cpu = this.#cpu;
    this.#change(() => {
      if (value & Pmcr.p)
        for (let n = 0; n < EVENT_COUNTERS; n++) if ((this.#visible >>> n) & 1) cpu.set32(PMEVCNTR + 8 * n, 0);
      if (value & Pmcr.c) {
        cpu.set64(sys.PMCCNTR_EL0, 0n);
        cpu.set32(sys.PM_CYCLE_REST, 0);
      }
      cpu.set32(sys.PMCR_EL0, value & PMCR_MASK[this.#version]);
    });
  }
  /** PMCNTENSET, PMOVSSET, PMINTENSET and their like. */
  readSet(cell: number): number {
    this.settle();
    return (this.#cpu.get32(cell) & (this.#visible | CYCLES)) >>> 0;
  }
  writeSet(cell: number, bits: number, on: boolean): void {
    const mask = bits & (this.#visible | CYCLES);
    this.#change(() => {
      const old = this.#cpu.get32(cell);
      this.#cpu.set32(cell, on ? old | mask : old & ~mask);
    });
  }
  softwareIncrement(bits: number): void {
    this.#change(() => {
      for (let n = 0; n < EVENT_COUNTERS; n++)
        if (((bits & this.#visible) >>> n) & 1 && this.#counts(n, PmEvent.swIncr, this.#cpu.el)) this.#add(n, 1);
    });
  }
  readCycles(): bigint {
    this.settle();
    return this.#cpu.get64(sys.PMCCNTR_EL0);
  }
  /** Of 64 bits, or of the lower 32 alone. */
  writeCycles(lo: number, hi = this.#cpu.get32(sys.PMCCNTR_EL0 + 4)): void {
    this.#change(() => {
      this.#cpu.set32(sys.PMCCNTR_EL0, lo);
      this.#cpu.set32(sys.PMCCNTR_EL0 + 4, hi);
    });
  }
  /** An event counter that is another level's reads as zero, as one that is not there does; writes are ignored. */
  readCounter(n: number): number {
    this.settle();
    return (this.#visible >>> n) & 1 && n < EVENT_COUNTERS ? this.#cpu.get32(PMEVCNTR + 8 * n) : 0;
  }
  writeCounter(n: number, value: number): void {
    if (n < EVENT_COUNTERS && (this.#visible >>> n) & 1) this.#change(() => this.#cpu.set32(PMEVCNTR + 8 * n, value));
  }
  /** PMEVTYPER<n>; PMCCFILTR is the one of the cycle counter. */
  readType(n: number): number {
    if (n === PM_CYCLES) return this.#cpu.get32(sys.PMCCFILTR_EL0);
    return n < EVENT_COUNTERS && (this.#visible >>> n) & 1 ? this.#type(n) : 0;
  }
  writeType(n: number, value: number): void {
    const filters = FILTERS[this.#version];
    if (n === PM_CYCLES) this.#change(() => this.#cpu.set32(sys.PMCCFILTR_EL0, value & filters));
    else if (n < EVENT_COUNTERS && (this.#visible >>> n) & 1)
      this.#change(() => this.#cpu.set32(PMEVTYPER + 8 * n, value & (filters | EVENT_MASK[this.#version])));
  }
  /** Bits of PMUSERENR. */
  get userEnables(): number {
    return this.#version === 3 ? Pmuserenr.en | Pmuserenr.sw | Pmuserenr.cr | Pmuserenr.er : Pmuserenr.en;
  }
  get selected(): number {
    return this.#cpu.get32(sys.PMSELR_EL0);
  }
}
