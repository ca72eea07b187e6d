import { debugActive } from '../exception/debug.ts';
import { Cpacr, Cptr } from '../fields/coprocessor-access.ts';
import { Mdcr, Mdscr } from '../fields/debug.ts';
import { IchHcr } from '../fields/gic.ts';
import { Hcr } from '../fields/hcr.ts';
import { Pstate } from '../fields/psr.ts';
import { Sctlr } from '../fields/sctlr.ts';
import type { ArchitecturalConfig, ObservedPart, TranslationConfig } from '../ir/config.ts';
import * as cells from '../state/cells.ts';
import type { PeState } from '../state/pe-state.ts';
import { sys } from '../state/system-cells.ts';
import { CNTHCTL_EL1, CNTKCTL_EL0, HCR_TRAPS } from './access.ts';
import { aarch32Fields } from './config-aarch32.ts';
import { modelOf } from './models/index.ts';

// Only what decides translation goes into a configuration: every other bit would translate the same code again.

const HCR_BELOW_EL2 = HCR_TRAPS | Hcr.tdz | Hcr.fmo | Hcr.imo;
/** SCTLR_ELx.{M, A, SA} and SCTLR_EL1.SA0: alignment, of all accesses while the MMU is off. */
const SCTLR_ALIGNMENT = Sctlr.m | Sctlr.a | Sctlr.sa | Sctlr.sa0;
const SCTLR_EL0 = Sctlr.uma | Sctlr.dze | Sctlr.uct | Sctlr.ntwi | Sctlr.ntwe | Sctlr.uci;
const MDCR_TRAPS = Mdcr.tpmcr | Mdcr.tpm | Mdcr.tde | Mdcr.tda | Mdcr.tdosa | Mdcr.tdra;
const ICH_HCR_TRAPS = IchHcr.tc | IchHcr.tall0 | IchHcr.tall1 | IchHcr.tdir;

/** Variants of one family: IT, T and a second halfword or none. */
const VARIANTS = 256 * 2 * 65537;

/**
 * Configurations kept, at most. A boot of Debian comes to a few dozen; a guest can make any number, by the second half of a T32
 * instruction across pages.
 */
export const CONFIGS_MAX = 1 << 16;

type Fields = Omit<TranslationConfig, 'id' | 'family'>;

/** CPACR_EL1.FPEN, then CPTR_EL2.TFP. */
function fpTrapOf(el: number, cpacr: number, cptr: number): 0 | 1 | 2 {
  if (el < 2) {
    const fpen = (cpacr >>> Cpacr.fpenShift) & 3;
    if (fpen === 0 || fpen === 2 || (fpen === 1 && el === 0)) return 1;
  }
  return cptr & Cptr.tfp ? 2 : 0;
}

function fieldsOf(cpu: PeState, el: 0 | 1 | 2, spsel: 0 | 1, illegal: boolean, single: boolean): ArchitecturalConfig {
  const guest = el < 2;
  const hcr = cpu.get32(sys.HCR_EL2);
  const sctlr = cpu.get32(guest ? sys.SCTLR_EL1 : sys.SCTLR_EL2);
  const cptr = cpu.get32(sys.CPTR_EL2);
  const cpacr = cpu.get32(sys.CPACR_EL1);
  return {
    el,
    aarch32: false,
    thumb: false,
    it: 0,
    straddle: -1,
    bigEndian: false,
    spsel,
    illegal,
    single,
    hcr: hcr & (guest ? HCR_BELOW_EL2 : Hcr.hcd),
    sctlr: sctlr & (el === 0 ? SCTLR_ALIGNMENT | Sctlr.e0e | SCTLR_EL0 : SCTLR_ALIGNMENT | Sctlr.ee),
    cpacr: guest ? cpacr & Cpacr.fpen : 0,
    cptr: cptr & (guest ? Cptr.tfp | Cptr.tcpac : Cptr.tfp),
    hstr: 0,
    mdcr: guest ? cpu.get32(sys.MDCR_EL2) & MDCR_TRAPS : 0,
    mdscr: el === 0 ? cpu.get32(sys.MDSCR_EL1) & Mdscr.tdcc : 0,
    cntkctl: el === 0 ? cpu.get32(sys.CNTKCTL_EL1) & CNTKCTL_EL0 : 0,
    cnthctl: guest ? cpu.get32(sys.CNTHCTL_EL2) & CNTHCTL_EL1 : 0,
    fpTrap: fpTrapOf(el, cpacr, cptr),
    simdTrap: 0,
    fpexc: false,
    ichHcr: el === 1 ? cpu.get32(sys.ICH_HCR_EL2) & ICH_HCR_TRAPS : 0,
    gicRegisters: cpu.get32(sys.GIC_MEMORY_MAPPED) === 0,
    pmu: modelOf(cpu).pmu?.version ?? 0,
    didr: 0,
    pmuserenr: el === 0 ? cpu.get32(sys.PMUSERENR_EL0) : 0,
    counterRate: cpu.counter.rate ?? null,
    sendsEvents: cpu.pes > 1,
  };
}

/** Places of configurations by level, SPSel and single; behind them those of AArch32, which has CPSR.E instead of SPSel. */
const PLACES = 12;

/** The translation configurations met so far, each once, and those of the present register values by level and SPSel. */
export class TranslationConfigs {
  /** Derived, as the others: what was met. */
  readonly #interned = new Map<string, TranslationConfig>();
  /** Derived: how many were met, of which some may be forgotten. */
  #nextId = 0;
  /** Derived. */
  readonly #variants = new Map<number, TranslationConfig>();
  /** Derived from the registers: of each PE. */
  readonly #ofPes: (TranslationConfig | null)[][] = [];
  /** Of the loaded one: derived likewise. */
  #known: (TranslationConfig | null)[] = [];

  /** Derived: what somebody outside observes. */
  #observed: ObservedPart = 'nothing';

  constructor() {
    this.select(0);
  }

  /** What is asked for from now on is of this PE. */
  select(pe: number): void {
    this.#known = this.#ofPes[pe] ??= new Array(2 * PLACES).fill(null);
  }
  set observed(part: ObservedPart) {
    this.#observed = part;
    this.#forgetKnown();
  }
  #forgetKnown(): void {
    for (const known of this.#ofPes) known?.fill(null);
  }

  /** Registers of the PE that decide configuration have changed. */
  forget(): void {
    this.#known.fill(null);
  }

  /**
   * The configuration of a level and SPSel, legal state; `single`: with one instruction a block whatever the registers say. In
   * AArch32 state that of its A32 code, outside IT blocks.
   */
  of(cpu: PeState, el: number, spsel: number, single: boolean): TranslationConfig {
    const { isAarch32 } = cpu;
    const option = isAarch32 ? (cpu.get32(cells.CPSR_E) ? 1 : 0) : spsel;
    const at = (isAarch32 ? PLACES : 0) + ((el << 2) | (option << 1) | (single ? 1 : 0));
    const known = this.#known[at];
    if (known) return known;
    const config = this.#intern(this.#fields(cpu, el, spsel, false, single));
    this.#known[at] = config;
    return config;
  }

  /** The configuration of the state the CPU is in. */
  current(cpu: PeState, single: boolean): TranslationConfig {
    const el = cpu.get32(cells.CURRENT_EL);
    const spsel = cpu.get32(cells.SPSEL);
    if ((cpu.get32(cells.PSTATE_SS_IL) & Pstate.il) === 0) return this.of(cpu, el, spsel, single);
    return this.#intern(this.#fields(cpu, el, spsel, true, single));
  }

  #fields(cpu: PeState, el: number, spsel: number, illegal: boolean, single: boolean): Fields {
    const alone = single || debugActive(cpu);
    const fields = cpu.isAarch32
      ? aarch32Fields(cpu, el as 0 | 1 | 2, cpu.get32(cells.CPSR_E) !== 0, illegal, alone)
      : fieldsOf(cpu, el as 0 | 1 | 2, spsel as 0 | 1, illegal, alone);
    return { ...fields, observed: this.#observed };
  }

  /**
   * The same state with other CPSR.{T,IT}, or with the second half of a T32 instruction that reaches into the next page
   * (`straddle`, else -1). It is of the same family.
   */
  variant(config: TranslationConfig, thumb: boolean, it: number, straddle: number): TranslationConfig {
    if (config.thumb === thumb && config.it === it && config.straddle === straddle) return config;
    const key = config.family * VARIANTS + (((straddle + 1) * 256 + it) * 2 + (thumb ? 1 : 0));
    let variant = this.#variants.get(key);
    if (!variant) {
      const { id: _id, family, ...fields } = config;
      this.#variants.set(key, (variant = this.#intern({ ...fields, thumb, it, straddle }, family)));
    }
    return variant;
  }

  /** `family` of a configuration that is a variant of another. */
  #intern(fields: Fields, family?: number): TranslationConfig {
    const key = JSON.stringify(fields);
    let config = this.#interned.get(key);
    if (!config) {
      if (this.#interned.size === CONFIGS_MAX) this.#forgetAll();
      const id = this.#nextId++;
      this.#interned.set(key, (config = { id, family: family ?? id, ...fields }));
    }
    return config;
  }

  /** Those met again get new numbers, and their code is translated again: which a guest cannot notice. */
  #forgetAll(): void {
    this.#interned.clear();
    this.#variants.clear();
    this.#forgetKnown();
  }
}
