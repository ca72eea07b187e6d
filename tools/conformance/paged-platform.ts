import { must } from '../../src/base/assert.ts';
import { PAGE_BYTES } from '../../src/base/page.ts';
import { ArmArchitecture } from '../../src/core/architecture.ts';
import { Engine } from '../../src/core/engine/engine.ts';
import { selectLevel, writeNzcv } from '../../src/core/exception/pstate.ts';
import { Ec } from '../../src/core/fields/esr.ts';
import * as cells from '../../src/core/state/cells.ts';
import { Cpu } from '../../src/core/system/cpu.ts';
import { SystemRegister } from '../../src/core/system/index.ts';
import { resetCpu } from '../../src/core/system/reset.ts';
import { beginUser, NO_COUNTER, runVector, USER_MODE, type VectorPlatform, type VectorStop } from './platform.ts';
import { layout } from './vector.ts';

/** Where EL1's exception vectors are, in VA. */
const VECTORS = 0x2000_0000;
const HVC = 0xd400_0002;
/** Physical pages: the window, the code pages, then these. */
const page = (n: number): number => layout.windowBytes + PAGE_BYTES * (layout.codePages + n);
const VECTORS_AT = page(0);
const LEVEL1 = page(1);
const LEVEL2 = page(2);
const LEVEL3 = page(3);
const LEVEL3_VECTORS = page(4);
const HOST_BYTES = page(5);

/** Stage 1 descriptors (Arm ARM DDI 0487, D8.3). */
const TABLE = 3n;
const PAGE = 3n | (1n << 10n) | (3n << 8n) | (1n << 11n);
const AP_EL0_RW = 1n << 6n;
const AP_EL0_RO = 3n << 6n;
const AP_EL1_RO = 2n << 6n;
const UXN = 1n << 54n;
const PXN = 1n << 53n;

/** VAs of 32 bits by TTBR0_EL1, 4 KiB pages, Normal write-back memory; TTBR1_EL1 is off. */
const TCR = (2n << 32n) | (1n << 23n) | (3n << 12n) | (1n << 10n) | (1n << 8n) | 32n;
/** M, C, I, and what Linux lets EL0 do: UCI, UCT, DZE, CP15BEN; no alignment checks. RES1 bits. */
const SCTLR = 0x30d0_0820n | (1n << 26n) | (1n << 15n) | (1n << 14n) | (1n << 12n) | (1n << 2n) | 1n;
const registers: Readonly<Record<string, bigint>> = {
  HCR_EL2: 1n << 31n,
  MAIR_EL1: 0xffn,
  TCR_EL1: TCR,
  TTBR0_EL1: BigInt(LEVEL1),
  VBAR_EL1: BigInt(VECTORS),
  CPACR_EL1: 3n << 20n,
  SCTLR_EL1: SCTLR,
};
/** SPSR of AArch32 state: T; N Z C V Q and GE. */
const SPSR_T = 1 << 5;
const SPSR_USER = 0xf80f_0000;
/** ISS.DFSC of an alignment fault. */
const DFSC_ALIGNMENT = 0x21;

/** Vectors at EL0 of the whole CPU: through real translation tables, with real exceptions to an EL1 that tells by HVC. */
export class PagedPlatform implements VectorPlatform {
  readonly windowAt = 0;
  readonly codePagesAt = layout.windowBytes;
  readonly cpu = new Cpu(HOST_BYTES, NO_COUNTER);
  readonly engine: Engine;
  readonly architecture: ArmArchitecture;
  readonly #esr: SystemRegister;
  readonly #far: SystemRegister;
  readonly #elr: SystemRegister;
  readonly #spsr: SystemRegister;

  constructor() {
    const { cpu } = this;
    let architecture: ArmArchitecture | undefined;
    this.engine = new Engine(cpu, ({ code }) => (architecture = new ArmArchitecture(cpu, code.jumps)));
    this.architecture = must(architecture, 'architecture');
    resetCpu(cpu, { el: 2, entry: 0n });
    this.#buildTables();
    for (const [name, value] of Object.entries(registers)) new SystemRegister(cpu, name).write(value);
    this.#esr = new SystemRegister(cpu, 'ESR_EL1');
    this.#far = new SystemRegister(cpu, 'FAR_EL1');
    this.#elr = new SystemRegister(cpu, 'ELR_EL1');
    this.#spsr = new SystemRegister(cpu, 'SPSR_EL1');
  }

  #buildTables(): void {
    const { cpu } = this;
    const entry = (table: number, index: number, value: bigint): void =>
      cpu.set64(cells.HOST_MEMORY + table + 8 * index, value);
    entry(LEVEL1, 0, BigInt(LEVEL2) | TABLE);
    entry(LEVEL2, layout.window >>> 21, BigInt(LEVEL3) | TABLE);
    entry(LEVEL2, VECTORS >>> 21, BigInt(LEVEL3_VECTORS) | TABLE);
    entry(LEVEL3, 0, BigInt(this.windowAt) | PAGE | AP_EL0_RW | UXN | PXN);
    const first = (layout.codePage - layout.window) >>> 12;
    for (let n = 0; n < layout.codePages; n++)
      entry(LEVEL3, first + n, BigInt(this.codePagesAt + PAGE_BYTES * n) | PAGE | AP_EL0_RO | PXN);
    entry(LEVEL3_VECTORS, 0, BigInt(VECTORS_AT) | PAGE | AP_EL1_RO | UXN);
    const vectors = (cells.HOST_MEMORY + VECTORS_AT) >>> 2;
    cpu.u32.fill(HVC, vectors, vectors + 1024);
  }

  begin(pc: bigint, sp: bigint, nzcv: number): void {
    const { cpu } = this;
    selectLevel(cpu, 0, 0);
    cpu.set32(cells.AARCH32_MODE, 0);
    cpu.set64(cells.SP, sp);
    writeNzcv(cpu, nzcv << 28);
    cpu.set32(cells.EXCLUSIVE_SIZE, 0);
    cpu.pc = pc;
    cpu.configStale = true;
  }

  begin32(pc: number, thumb: boolean, cpsr: number): void {
    const { cpu } = this;
    selectLevel(cpu, 0, 0);
    beginUser(cpu, pc, thumb, cpsr);
    cpu.set32(cells.AARCH32_MODE, USER_MODE);
    cpu.configStale = true;
  }

  run(instructionsMax: number): VectorStop {
    const { cpu } = this;
    const stop = runVector(this, instructionsMax);
    if (stop !== 'exception-el2')
      return {
        reason: 'none',
        pc: Number(cpu.pc),
        address: 0n,
        sp: 0n,
        nzcv: 0,
        thumb: false,
        cpsr: 0,
        what: `did not stop: ${stop}`,
      };
    const esr = this.#esr.low();
    const pc = Number(this.#elr.read());
    return {
      reason: reasonOf(esr),
      pc,
      address: this.#far.read(),
      sp: cpu.get64(cells.SP_EL),
      nzcv: this.#spsr.low() >>> 28,
      thumb: (this.#spsr.low() & SPSR_T) !== 0,
      cpsr: (this.#spsr.low() & SPSR_USER) >>> 0,
      what: `exception with ESR ${esr.toString(16)}`,
    };
  }
}

function reasonOf(esr: number): VectorStop['reason'] {
  switch (esr >>> 26) {
    case Ec.unknown:
      return 'undefined';
    case Ec.brk64:
      return 'brk';
    case Ec.dabtLow:
      return (esr & 0x3f) === DFSC_ALIGNMENT ? 'align' : 'access';
    case Ec.iabtLow:
      return 'access';
    default:
      return 'other';
  }
}
