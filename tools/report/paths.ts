import type { Exit } from '../../src/analysis/exits.ts';
import { hex } from '../../src/base/bits.ts';
import { PAGE_BYTES } from '../../src/base/page.ts';
import type { RegisterAt } from '../../src/machine/register-names.ts';
import {
  BhyveExit,
  bhyveExitName,
  kvmClassName,
  smcccName,
  syndromeOf,
  sysregName,
} from '../../src/trace/events/index.ts';
import type { CostOf } from '../profiling/costs.ts';
import { FRAME_SEPARATOR } from '../profiling/keys.ts';
import type { Paths } from './report-data.ts';

/** So many paths are told apart; what comes later is of no function and no register. Pages draw and sort them all. */
export const PATHS_MAX = 1 << 15;
/** Names are carried to so many characters: symbols of a forged tape may be of any length. */
const NAME_CHARS_MAX = 200;
/** Addresses whose names are kept, of code and of devices. */
const KNOWN_MAX = 1 << 16;

/** What one exit may cost: four seconds. */
const COST_NS_MAX = 0xffff_ffff;

/** Every name once, by its number; 0 is the empty one. */
export class Names {
  readonly #numbers = new Map<string, number>([['', 0]]);

  number(name: string): number {
    const short = name.length > NAME_CHARS_MAX ? `${name.slice(0, NAME_CHARS_MAX)}…` : name;
    const known = this.#numbers.get(short) ?? this.#numbers.size;
    this.#numbers.set(short, known);
    return known;
  }
  get all(): readonly string[] {
    return [...this.#numbers.keys()];
  }
}

/** What the guest's code and its machine's registers are called. */
export interface NamesOfGuest {
  /** The function at a PC, without an offset in it. */
  readonly functionAt: (pc: bigint) => string | undefined;
  /** `pl011 UARTDR`, `pl011`, or nothing. */
  readonly registerAt: RegisterAt;
  readonly isArmv7: boolean;
  /** What handling an exit costs, in nanoseconds. */
  readonly costOf?: CostOf;
  /** What a replay tells of an exit, where one runs along: its call stack, frames parted by FRAME_SEPARATOR, and the task. */
  readonly seen?: (exit: Exit) => { readonly stack: string | undefined; readonly task: string | undefined };
}

/** A path is told by numbers below these; together they make one number that a double holds. */
const RADIX = { vcpu: 1 << 8, kvm: 1 << 8, bhyve: 1 << 8, detail: 1 << 14, code: 1 << 15 } as const;

type PathRow = readonly [vcpu: number, kvm: number, bhyve: number, detail: number, code: number];

/** Where in the guest's code. */
interface Code {
  readonly symbol: string;
  readonly stack: string;
  readonly task: string;
}

interface Detail {
  readonly device: number;
  readonly register: number;
  readonly access: number;
}

/** Tells exits apart by vCPU, class, function, device and register. */
export class PathTable {
  readonly #guest: NamesOfGuest;
  readonly #names: Names;
  readonly #paths = new Map<number, number>();
  readonly #rows: PathRow[] = [];
  readonly #costs: number[] = [];
  readonly #details: Detail[] = [{ device: 0, register: 0, access: 0 }];
  readonly #detailNumbers = new Map<string, number>();
  readonly #codes: Code[] = [{ symbol: '', stack: '', task: '' }];
  readonly #codeNumbers = new Map<string, number>([['', 0]]);
  readonly #ofPc = new Map<bigint, number>();
  /** By what a register's name follows from. */
  readonly #ofAccess = new Map<string, Map<number | bigint, number>>();
  /** Exits that are of no path of their own. */
  crowded = 0;

  constructor(guest: NamesOfGuest, names: Names) {
    this.#guest = guest;
    this.#names = names;
  }

  /** The number of an exit's path. */
  number(exit: Exit): number {
    const detail = this.#detail(exit);
    const code = this.#code(exit);
    const known = this.#find(exit, detail, code);
    if (known !== undefined) return known;
    if (this.#rows.length < PATHS_MAX) return this.#add(exit, detail, code);
    this.crowded++;
    return this.#find(exit, 0, 0) ?? this.#add(exit, 0, 0);
  }

  #key({ vcpu, kvmClass, bhyveExit }: Exit, detail: number, code: number): number {
    return (((code * RADIX.detail + detail) * RADIX.bhyve + bhyveExit) * RADIX.kvm + kvmClass) * RADIX.vcpu + vcpu;
  }
  #find(exit: Exit, detail: number, code: number): number | undefined {
    return this.#paths.get(this.#key(exit, detail, code));
  }
  #add(exit: Exit, detail: number, code: number): number {
    const number = this.#rows.length;
    this.#rows.push([exit.vcpu, exit.kvmClass, exit.bhyveExit, detail, code]);
    const { costOf } = this.#guest;
    if (costOf !== undefined) this.#costs.push(Math.min(COST_NS_MAX, Math.round(costOf(exit))));
    this.#paths.set(this.#key(exit, detail, code), number);
    return number;
  }

  #code(exit: Exit): number {
    const { seen } = this.#guest;
    if (seen === undefined) return this.#ofPcAlone(exit.pc);
    const { stack = '', task = '' } = seen(exit);
    return this.#numberOf({ symbol: this.#guest.functionAt(exit.pc) ?? '', stack, task });
  }
  #ofPcAlone(pc: bigint): number {
    let number = this.#ofPc.get(pc);
    if (number === undefined) {
      number = this.#numberOf({ symbol: this.#guest.functionAt(pc) ?? '', stack: '', task: '' });
      if (this.#ofPc.size < KNOWN_MAX) this.#ofPc.set(pc, number);
    }
    return number;
  }
  #numberOf(code: Code): number {
    const { symbol, stack, task } = code;
    const key = stack === '' && task === '' ? symbol : [symbol, stack, task].join('\0');
    const known = this.#codeNumbers.get(key);
    if (known !== undefined) return known;
    if (this.#codes.length === RADIX.code) return 0;
    this.#codes.push(code);
    this.#codeNumbers.set(key, this.#codes.length - 1);
    return this.#codes.length - 1;
  }

  #detail(exit: Exit): number {
    const [kind, key] = keyOfAccess(exit);
    let known = this.#ofAccess.get(kind);
    if (known === undefined) {
      known = new Map();
      this.#ofAccess.set(kind, known);
    }
    let number = known.get(key);
    if (number === undefined) {
      number = this.#detailOf(this.#access(exit));
      if (known.size < KNOWN_MAX) known.set(key, number);
    }
    return number;
  }
  #detailOf(names: readonly [device: string, register: string, access: string]): number {
    const key = names.join('\0');
    const known = this.#detailNumbers.get(key);
    if (known !== undefined) return known;
    if (this.#details.length === RADIX.detail) return 0;
    const [device, register, access] = names.map((name) => this.#names.number(name)) as [number, number, number];
    this.#details.push({ device, register, access });
    this.#detailNumbers.set(key, this.#details.length - 1);
    return this.#details.length - 1;
  }

  /** What the guest wanted, of whom. */
  #access({ handled, kvmClass, esr, bhyveExit }: Exit): readonly [device: string, register: string, access: string] {
    switch (handled?.kind) {
      case 'mmio-read':
      case 'mmio-write': {
        const page = hex(handled.ipa - (handled.ipa % BigInt(PAGE_BYTES)));
        const [device = page, ...register] = this.#guest.registerAt(handled.ipa)?.split(' ') ?? [];
        const name = register.join(' ');
        return [device, name === '' ? hex(handled.ipa) : name, handled.kind === 'mmio-read' ? 'read' : 'write'];
      }
      case 'sysreg-read':
      case 'sysreg-write':
        return ['CPU', sysregName(handled.encoding), handled.kind === 'sysreg-read' ? 'read' : 'write'];
      case 'stage2-map':
        return ['RAM', '', syndromeOf(kvmClass, esr, this.#guest.isArmv7).access ?? ''];
      case 'psci':
        return ['firmware', smcccName(handled.functionId), 'call'];
      default: {
        const { register = '', access = '', instruction } = syndromeOf(kvmClass, esr, this.#guest.isArmv7);
        // What a trace of a host tells of a first touch is the exit alone.
        const device = bhyveExit === BhyveExit.PAGING ? 'RAM' : register === '' ? '' : 'CPU';
        return [device, register, instruction ?? access];
      }
    }
  }

  take(): Paths {
    const column = (of: (row: PathRow) => number): Uint32Array => Uint32Array.from(this.#rows, of);
    const detail = (row: PathRow): Detail => this.#details[row[3]] as Detail;
    const code = (row: PathRow): Code => this.#codes[row[4]] as Code;
    const name = (text: string): number => this.#names.number(text);
    const stacks = new Map<string, number>([['', 0]]);
    const stack = (frames: string): number => {
      const number = stacks.get(frames) ?? stacks.size;
      stacks.set(frames, number);
      return number;
    };
    return {
      vcpu: column(([vcpu]) => vcpu),
      className: column(([, kvm]) => name(kvmClassName(kvm))),
      bhyve: column(([, , bhyve]) => name(bhyveExitName(bhyve))),
      symbol: column((row) => name(code(row).symbol)),
      device: column((row) => detail(row).device),
      register: column((row) => detail(row).register),
      access: column((row) => detail(row).access),
      task: column((row) => name(code(row).task)),
      costNs: Uint32Array.from(this.#costs),
      stack: column((row) => stack(code(row).stack)),
      stacks: [...stacks.keys()].map((key) => Uint32Array.from(key === '' ? [] : key.split(FRAME_SEPARATOR), name)),
    };
  }
}

/** What the name of a register follows from: a kind, and an address, an encoding or a syndrome. */
function keyOfAccess({ handled, kvmClass, esr, bhyveExit }: Exit): readonly [kind: string, key: number | bigint] {
  switch (handled?.kind) {
    case 'mmio-read':
    case 'mmio-write':
      return [handled.kind, handled.ipa];
    case 'sysreg-read':
    case 'sysreg-write':
      return [handled.kind, handled.encoding];
    case 'psci':
      return [handled.kind, handled.functionId];
    default: {
      const kind = handled?.kind === 'stage2-map' ? handled.kind : 'exit';
      return [kind, (kvmClass * RADIX.bhyve + bhyveExit) * 2 ** 32 + esr];
    }
  }
}
