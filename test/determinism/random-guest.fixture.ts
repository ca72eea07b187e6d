import { Prng } from '../../src/base/prng.ts';
import { a32, branchA32 } from '../hyp/a32.fixture.ts';
import { a64, ELR_EL1, readSystem64, SPSR_EL1, writeSystem64 } from '../hyp/a64.fixture.ts';
import { type Bench, benches, UART } from '../hyp/guest.fixture.ts';
import type { Code, SystemRegisterName } from '../hyp/isa.fixture.ts';
import { controlsOf, type Format, GuestImage, GuestTables } from './tables.fixture.ts';

// Guests that do at random what makes translations stale, code change and interrupts come: edits of descriptors with and without
// TLB maintenance, switches of address spaces and domains, code that is written over, programs at EL0, timers, exclusives. Nothing
// they do is wrong enough to stop them: aborts are counted and stepped over.

const BASE = 0x4008_0000;
const USER_CODE = BASE + 0x3000;
const VECTORS = BASE + 0x4000;
const HANDLERS = 0x100;
const PAGES = BASE + 0x8000;
const PAGES_COUNT = 4;
const TABLES = BASE + 0x1_0000;
const IMAGE_BYTES = 0x6_0000;
/** Where a guest lies; `data`: what it stores to, code that it calls and tables. */
export const IMAGE = { base: BASE, bytes: IMAGE_BYTES, data: PAGES } as const;
const GICC = 0x0801_0000;
const TIMER = 27;

/** Windows: to the pages that code is in, and to the tables. */
const ALIAS = 0x00c0_0000;
const TABLE_WINDOW = 0x0080_0000;
/** Pages that change: a run of them, and one that shares a place in the inline TLB and is sometimes of a block. */
const TARGETS = [0x40_0000, 0x40_1000, 0x40_2000, 0x40_3000, 0x140_0000] as const;
const BLOCK_TARGET = 0x140_0000;
const RAM = 0x4000_0000;

const ROUNDS = 12;
/** Functions in pages: at these offsets, and one that goes on in the next page. */
const FUNCTIONS = [0, 64, 128] as const;

export class Random {
  readonly #prng: Prng;
  constructor(seed: number) {
    this.#prng = new Prng(BigInt(seed));
  }
  below(n: number): number {
    return Number(this.#prng.next64() % BigInt(n));
  }
  of<T>(values: readonly T[]): T {
    return values[this.below(values.length)] as T;
  }
  oneIn(n: number): boolean {
    return this.below(n) === 0;
  }
}

export interface RandomGuest {
  readonly bench: Bench;
  readonly format: Format;
  readonly image: GuestImage;
  /** Addresses of instructions. */
  readonly code: readonly number[];
}

/** A descriptor that the guest writes over: where, and with what. */
interface Edit {
  readonly va: number;
  readonly at: number;
  readonly values: readonly number[];
}

/** Emits a guest's code. Registers: 0 to 3, 5 and 11 as they come, 6 sums up, 8 counts, 10 and 12 are the frame's. */
class Writer {
  readonly random: Random;
  readonly bench: Bench;
  readonly format: Format;
  readonly edits: readonly Edit[];
  readonly roots: readonly number[];
  readonly upperRoots: readonly number[];
  readonly thumb: 0 | 1;
  readonly base: number;
  readonly out: number[] = [];
  /** Where instructions begin. */
  readonly starts: number[] = [];

  constructor(from: Omit<Writer, 'out' | 'starts' | 'here' | 'emit' | 'body'>) {
    this.random = from.random;
    this.bench = from.bench;
    this.format = from.format;
    this.edits = from.edits;
    this.roots = from.roots;
    this.upperRoots = from.upperRoots;
    this.thumb = from.thumb;
    this.base = from.base;
  }
  get here(): number {
    return this.base + 2 * this.out.length;
  }
  emit(...pieces: readonly Code[]): void {
    for (const piece of pieces) {
      if (piece.length > 0) this.starts.push(this.here);
      this.out.push(...piece);
    }
  }

  /** Random operations; `user`: for EL0. */
  body(count: number, user: boolean): void {
    for (let i = 0; i < count; i++) this.#operation(user);
  }
  #operation(user: boolean): void {
    const { random } = this;
    const anywhere = [() => this.#access(), () => this.#access(), () => this.#call(), () => this.#exclusive()];
    const kernel = [
      () => this.#edit(),
      () => this.#edit(),
      () => this.#edit(),
      () => this.#unprivileged(),
      () => this.#maintain(),
      () => this.#rewriteCode(),
      () => this.#switch(),
      () => this.#control(),
      () => this.#timer(),
      () => this.#device(),
      () => this.#loop(),
      () => this.#enterUser(),
    ];
    random.of(user ? anywhere : [...anywhere, ...anywhere, ...kernel])();
  }

  /** An address of a target into a register: in AArch64 of the upper range too. */
  #target(d: number, offset: number, thumb = 0): Code {
    const { isa } = this.bench;
    const low = isa.li(d, this.random.of(TARGETS) + offset + thumb);
    const isUpper = this.format === 'vmsav8' && this.random.oneIn(3);
    return isUpper ? [...low, 0xffe0 | d, 0xf2df, 0xffe0 | d, 0xf2ff] : low;
  }
  #offset(): number {
    return this.random.of([0, 8, 64, 1024, 4092, 4094]);
  }
  #access(): void {
    const { isa } = this.bench;
    if (this.random.oneIn(2)) {
      this.emit(this.#target(0, this.#offset()), isa.load({ t: 5, n: 0, size: 4 }), isa.addRegister(6, 6, 5));
    } else this.emit(this.#target(0, this.#offset()), this.#instruction(1), isa.store({ t: 1, n: 0, size: 4 }));
  }
  #unprivileged(): void {
    const { isa } = this.bench;
    const isLoad = this.random.oneIn(2);
    this.emit(this.#target(0, 8), isLoad ? isa.loadUnprivileged(5, 0) : isa.storeUnprivileged(6, 0));
  }
  /** The encoding of an instruction into a register: what is stored may be executed. */
  #instruction(d: number): Code {
    const { isa } = this.bench;
    const [first = 0, second = 0] = this.random.oneIn(4) ? isa.ret() : isa.add(6, 6, 1 + this.random.below(100));
    return isa.li(d, (first | (second << 16)) >>> 0);
  }
  #call(): void {
    const { isa } = this.bench;
    const end = this.thumb ? 4094 : 4092;
    this.emit(this.#target(11, this.random.of([...FUNCTIONS, end, end]), this.thumb), isa.call(11));
  }
  #exclusive(): void {
    const { isa } = this.bench;
    this.emit(
      this.#target(0, 128),
      isa.loadExclusive(5, 0),
      ...(this.random.oneIn(3) ? [this.#target(0, 128)] : []),
      isa.storeExclusive(2, 5, 0),
      isa.addRegister(6, 6, 2),
    );
  }
  #edit(): void {
    const { isa } = this.bench;
    const { at, va, values } = this.random.of(this.edits);
    this.emit(isa.li(0, at), isa.li(1, this.random.of(values)), isa.store({ t: 1, n: 0, size: 4 }));
    if (this.random.oneIn(2)) this.#maintain(va);
  }
  #maintain(va = this.random.of(TARGETS) as number): void {
    const { isa, arch } = this.bench;
    const { random } = this;
    const name = random.of(['pageOfAll', 'pageOfAll', 'page', 'asid', 'all'] as const);
    const asid = 1 + random.below(3);
    if (random.oneIn(2)) this.emit(isa.dsb());
    if (arch === 'arm64') {
      // VA[55:12] in bits 43:0; ASID in bits 63:48.
      const isUpper = random.oneIn(3);
      this.emit(isa.li(2, ((va >>> 12) | (isUpper ? 0xfff0_0000 : 0)) >>> 0), isUpper ? [0xffe2, 0xf2c1] : []);
      this.emit([((asid << 5) & 0xffff) | 2, 0xf2e0]);
    } else this.emit(isa.li(2, va | asid));
    this.emit(isa.tlbi(name, 2));
    if (random.oneIn(2)) this.emit(isa.dsb(), isa.isb());
  }
  #rewriteCode(): void {
    const { isa } = this.bench;
    const { random } = this;
    const place = random.below(PAGES_COUNT - 1) * 4096 + random.of([...FUNCTIONS, this.thumb ? 4094 : 4092]);
    this.emit(isa.li(0, ALIAS + place), this.#instruction(1), isa.store({ t: 1, n: 0, size: 4 }));
    if (random.oneIn(2)) this.emit(isa.dsb(), isa.isb());
  }
  /** To another address space: another table, or another ASID, or both. */
  #switch(): void {
    const { isa } = this.bench;
    const { random, format } = this;
    const root = random.of(this.roots);
    const asid = 1 + random.below(3);
    if (format === 'vmsav8') {
      const isUpper = random.oneIn(2);
      this.emit(isa.li(1, isUpper ? random.of(this.upperRoots) : root));
      if (!isUpper) this.emit([(asid << 5) | 1, 0xf2e0]);
      this.emit(isa.writeSystem(isUpper ? 'TTBR1' : 'TTBR0', 1));
    } else if (format === 'long') {
      // MCRR of TTBR0, 64 bits.
      const mcrr: Code = this.thumb ? [0xec42, 0x1f02] : [0x1f02, 0xec42];
      this.emit(isa.li(1, root), isa.li(2, asid << 16), mcrr);
    } else {
      this.emit(isa.li(1, asid), isa.writeSystem('CONTEXTIDR', 1));
      if (random.oneIn(2)) this.emit(isa.li(1, root), isa.writeSystem('TTBR0', 1));
    }
    if (random.oneIn(2)) this.emit(isa.isb());
  }
  #control(): void {
    const { isa } = this.bench;
    const { random, format } = this;
    if (format === 'short' && !random.oneIn(3)) {
      this.emit(isa.li(1, 0x5555_5551 | (random.of([0, 1, 3]) << 2)), isa.writeSystem('DACR', 1));
    } else if (format !== 'short') this.emit(isa.li(1, random.of([0xff, 0x44ff])), isa.writeSystem('MAIR', 1));
    if (random.oneIn(2)) this.emit(isa.isb());
  }
  #timer(): void {
    const { isa } = this.bench;
    this.emit(isa.li(1, 20 + this.random.below(400)), isa.writeSystem('CNTV_TVAL', 1));
    this.emit(isa.li(1, 1), isa.writeSystem('CNTV_CTL', 1));
  }
  #device(): void {
    const { isa } = this.bench;
    this.emit(isa.li(0, UART + 0x18), isa.load({ t: 5, n: 0, size: 4 }), isa.addRegister(6, 6, 5));
  }
  #loop(): void {
    const { isa } = this.bench;
    this.emit(isa.li(3, 2 + this.random.below(9)));
    const from = this.out.length;
    for (let i = this.random.below(3); i >= 0; i--) this.random.of([() => this.#access(), () => this.#call()])();
    this.emit(isa.loop(3, 2 * (this.out.length - from)));
  }
  #enterUser(): void {
    const { isa } = this.bench;
    const enter = isa.enterUser(0, 1);
    const before = isa.li(12, 0).length + isa.li(0, 0).length + enter.length;
    this.emit(isa.li(12, this.here + 2 * before + this.thumb), isa.li(0, USER_CODE + this.thumb), enter);
  }
}

/** What an interrupt does: the timer is set anew, so that it comes again. */
const onInterrupt = ({ handlers, gic }: Bench): Code => [
  ...gic.acknowledge(handlers, 4),
  ...handlers.li(9, 777),
  ...handlers.writeSystem('CNTV_TVAL', 9),
  ...gic.end(handlers, 4),
  ...handlers.add(8, 8, 7),
];

function putVectors64(image: GuestImage, bench: Bench): void {
  const told = [
    [3, 0, 6, 0, 0],
    [3, 0, 5, 2, 0],
  ];
  const word = (value: number): Code => [value & 0xffff, value >>> 16];
  const handler = (dataAbort: number, otherwise: Code): Code => {
    const note = told.flatMap((register) => [...readSystem64(register, 9), ...a64.addRegister(6, 6, 9)]);
    // LSR W9, W9, #26; CMP W9, #class; B.EQ over the rest.
    const choose = [
      ...word(0x531a_7d29),
      ...word((0x7100_001f | (dataAbort << 10) | (9 << 5)) >>> 0),
      ...word((0x5400_0000 | ((otherwise.length / 2 + 1) << 5)) >>> 0),
    ];
    const skip = [
      ...readSystem64(ELR_EL1, 9),
      ...word(0x9100_1129),
      ...writeSystem64(ELR_EL1, 9),
      ...word(0xd69f_03e0),
    ];
    return [...a64.add(8, 8, 1), ...note, ...choose, ...otherwise, ...skip];
  };
  // From EL1 a fetch goes back to the caller; from EL0 all ends where the program was entered from.
  image.code(VECTORS + 0x200, handler(0x25, [...writeSystem64(ELR_EL1, 30), ...word(0xd69f_03e0)]));
  const resume = [
    ...writeSystem64(ELR_EL1, 12),
    ...word(0x5280_00a9),
    ...writeSystem64(SPSR_EL1, 9),
    ...word(0xd69f_03e0),
  ];
  image.code(VECTORS + 0x400, handler(0x24, resume));
  for (const at of [0x280, 0x480]) image.code(VECTORS + at, [...onInterrupt(bench), ...word(0xd69f_03e0)]);
}

function putVectors32(image: GuestImage, bench: Bench): void {
  const word = (value: number): Code => [value & 0xffff, value >>> 16];
  const mrc = (crn: number, opc2: number): Code => word((0xee10_0f10 | (crn << 16) | (9 << 12) | (opc2 << 5)) >>> 0);
  const note = (crn: number, opc2: number): Code => [...mrc(crn, opc2), ...a32.addRegister(6, 6, 9)];
  // Where SPSR is user mode's: CPSIE I, #SVC; BX R12. Else MOVS PC, LR_svc.
  const leave = [
    0xe14f_9000, 0xe319_000f, 0x0a00_0003, 0xe102_9300, 0xe3c9_9001, 0xe1a0_e009, 0xe1b0_f00e, 0xf10a_0093, 0xe12f_ff1c,
  ].flatMap((value) => [...word(value)]);
  const handlers: readonly (readonly [vector: number, code: Code])[] = [
    [0x04, [...a32.add(8, 8, 1), ...leave]],
    [0x08, [...word(0xf108_0080), ...word(0xe12f_ff1c)]],
    [0x0c, [...a32.add(8, 8, 1), ...note(6, 2), ...leave]],
    [0x10, [...a32.add(8, 8, 1), ...note(6, 0), ...note(5, 0), ...word(0xe25e_f004)]],
    [0x18, [...onInterrupt(bench), ...word(0xe25e_f004)]],
  ];
  let at = HANDLERS;
  for (const [vector, code] of handlers) {
    image.code(VECTORS + vector, branchA32((at - vector) / 4));
    image.code(VECTORS + at, code);
    at += 2 * code.length;
  }
}

/** The values that a page's descriptor takes: all attributes, several pages, and none. */
function valuesOf(tables: GuestTables, random: Random): number[] {
  const one = (): number =>
    tables.descriptor(PAGES + 4096 * random.below(PAGES_COUNT), {
      af: !random.oneIn(4),
      readOnly: random.oneIn(2),
      user: random.oneIn(2),
      nonGlobal: random.oneIn(2),
      never: tables.format === 'short' && random.oneIn(4),
    });
  return [0, one(), one(), one(), one()];
}
/** Of the block's descriptor: a table, or a block (section), or none. */
function blockValues(format: Format, table: number, random: Random): number[] {
  const pick = (bit: number): number => (random.oneIn(2) ? bit : 0);
  if (format === 'short') {
    const section = RAM | (1 << 10) | (1 << 12) | (3 << 2) | 2 | pick(1 << 11) | pick(1 << 17) | pick(1 << 15);
    return [0, table, table | (1 << 5), section, section | (1 << 5)];
  }
  const block = RAM | 1 | (3 << 8) | (1 << 10) | pick(1 << 6) | pick(1 << 11) | pick(1 << 7);
  return [0, table, table, block];
}

export function randomGuest(seed: number): RandomGuest {
  const random = new Random(seed);
  const bench = random.of(benches);
  const format: Format = bench.arch === 'arm64' ? 'vmsav8' : random.of(['short', 'long'] as const);
  const { isa } = bench;
  const image = new GuestImage(BASE, IMAGE_BYTES);
  let next = TABLES;
  const edits: Edit[] = [];
  const tablePages: number[] = [];
  const window = (at: number): number => {
    const page = at & -4096;
    if (!tablePages.includes(page)) tablePages.push(page);
    return TABLE_WINDOW + 4096 * tablePages.indexOf(page) + (at & 4095);
  };
  const space = (isUpper: boolean): GuestTables => {
    const align = format === 'short' ? 0x4000 : 0x1000;
    const tables = new GuestTables(image, format, Math.ceil(next / align) * align);
    if (!isUpper) {
      for (let at = BASE; at < BASE + 0x8000; at += 4096)
        tables.map(at, at, { readOnly: true, user: at === USER_CODE });
      for (let page = 0; page < PAGES_COUNT; page++)
        tables.map(ALIAS + 4096 * page, PAGES + 4096 * page, { never: true });
      for (const at of [GICC, UART]) tables.map(at, at, { never: true });
    }
    for (const va of TARGETS) {
      const at = tables.map(va, PAGES + 4096 * random.below(PAGES_COUNT), { nonGlobal: random.oneIn(2) });
      edits.push({ va, at: window(at), values: valuesOf(tables, random) });
    }
    const entry = tables.tableEntry(BLOCK_TARGET);
    edits.push({ va: BLOCK_TARGET, at: window(entry), values: blockValues(format, image.word(entry), random) });
    return tables;
  };
  const spaces: GuestTables[] = [];
  const make = (isUpper: boolean): GuestTables => {
    const tables = space(isUpper);
    next = tables.end + 0x2000;
    spaces.push(tables);
    return tables;
  };
  const lower = [make(false), make(false)];
  const upper = format === 'vmsav8' ? [make(true), make(true)] : [];
  for (const tables of lower)
    for (const [i, page] of tablePages.entries()) tables.map(TABLE_WINDOW + 4096 * i, page, { never: true });

  const end = bench.name.includes('T32') ? 4094 : 4092;
  for (let page = 0; page < PAGES_COUNT; page++) {
    for (const [i, offset] of FUNCTIONS.entries())
      image.code(PAGES + 4096 * page + offset, [...isa.add(6, 6, 1 + 16 * page + i), ...isa.ret()]);
  }
  for (let page = 0; page < PAGES_COUNT - 1; page++) image.code(PAGES + 4096 * page + end, isa.add(6, 6, 99 + page));
  if (bench.arch === 'arm64') putVectors64(image, bench);
  else putVectors32(image, bench);

  const thumb = bench.name.includes('T32') ? 1 : 0;
  const roots = lower.map((t) => t.root);
  const upperRoots = upper.map((t) => t.root);
  const writer = (base: number): Writer => new Writer({ random, bench, format, edits, roots, upperRoots, thumb, base });
  const user = writer(USER_CODE);
  user.body(4 + random.below(8), true);
  user.emit(isa.svc());
  image.code(USER_CODE, user.out);

  const main = writer(BASE);
  main.emit(bench.enter);
  main.emit(isa.li(5, VECTORS), isa.writeSystem('VBAR', 5), bench.gic.enable(isa, TIMER));
  for (const [name, value] of controlsOf(format, roots[0] as number)) {
    // With both ranges of AArch64.
    const tcr =
      format === 'vmsav8' && name === 'TCR' ? (32 | (32 << 16) | (2 << 30) | (3 << 12) | (3 << 28)) >>> 0 : value;
    main.emit(isa.li(5, tcr), isa.writeSystem(name as SystemRegisterName, 5));
  }
  if (format === 'vmsav8') main.emit(isa.li(5, upperRoots[0] as number), isa.writeSystem('TTBR1', 5));
  main.emit(isa.isb(), isa.readSystem('SCTLR', 5));
  if (format === 'short') main.emit(isa.li(11, 2 ** 29), isa.addRegister(5, 5, 11));
  main.emit(isa.add(5, 5, 1), isa.writeSystem('SCTLR', 5), isa.isb(), isa.unmaskIrq());
  for (const register of [5, 6, 8]) main.emit(isa.li(register, 0));
  main.emit(isa.li(10, ROUNDS));
  const from = main.out.length;
  main.body(20 + random.below(30), false);
  main.emit(isa.loop(10, 2 * (main.out.length - from)), isa.stop());
  if (main.here > USER_CODE) throw new Error(`seed ${seed}: code of ${main.here - BASE} bytes`);
  image.code(BASE, main.out);
  return { bench, format, image, code: [...main.starts, ...user.starts] };
}
