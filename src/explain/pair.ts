import { hex } from '../base/bits.ts';
import { PAGE_BYTES } from '../base/page.ts';
import type { Plain, PlainMap } from '../base/plain.ts';
import { isPlainMap } from '../base/plain.ts';
import { GuestView } from '../inspect/guest-view.ts';
import type { Followed } from '../machine/guest-ram.ts';
import type { Timeline } from '../timeline/timeline.ts';
import { DifferingBytes } from './differing-bytes.ts';
import { guestRegisters } from './guest-registers.ts';

/** One of two runs that are compared. */
export interface Side {
  readonly timeline: Timeline;
  readonly view: GuestView;
}
/** A register in which two guests differ. */
export interface RegisterDifference {
  /** Its name; `icount`, and of several vCPUs `turn`: whose turn it is. */
  readonly what: string;
  /** Of several vCPUs whose register it is. */
  readonly vcpu?: number;
  readonly a: bigint;
  readonly b: bigint;
}
/** Neighbouring bytes of RAM that differ, by guest-physical address. */
export interface MemoryDifference {
  readonly pa: number;
  readonly a: Uint8Array;
  readonly b: Uint8Array;
}

/** A register among those of all vCPUs. */
export const registerKey = ({ what, vcpu }: RegisterDifference): string =>
  vcpu === undefined ? what : `${what} of vCPU ${vcpu}`;

/** What is known to differ, and no new difference. */
export interface Known {
  /** By `registerKey`. */
  readonly registers: ReadonlySet<string>;
  readonly memory: DifferingBytes;
}
/** Nothing differs. */
export const NOTHING: Known = { registers: new Set(), memory: new DifferingBytes() };

/** Parts of a machine that a guest sees by its registers and memory alone, or not at all: who watches its progress is none of it. */
const NOT_OF_DEVICES = /^(cpu\d*|loaded-pe|tlb|vm-accounts|clock|machine|progress|repeat-proof|panic-words)$/;

/** Two runs, each at a moment of its own, and what they differ in there: registers, memory, devices. */
export class Pair {
  readonly a: Side;
  readonly b: Side;
  /** The one that ran last. */
  running: Side;
  /** Called now and then while one of them is on its way. */
  onSlice: (() => void) | undefined;
  readonly #followed: readonly [Followed, Followed];
  /** Pages of RAM that differ, as of the last look. */
  readonly #pages = new Set<number>();

  /** The machines are of one kind. */
  constructor(a: Timeline, b: Timeline) {
    this.a = { timeline: a, view: new GuestView(a.machine) };
    this.b = { timeline: b, view: new GuestView(b.machine) };
    this.running = this.b;
    const [ofA, ofB] = [a.machine.ram, b.machine.ram];
    this.#followed = [ofA.follow(), ofB.follow()];
    const [hashA, hashB] = [ofA.hash(), ofB.hash()];
    for (let page = 0; page < hashA.pages; page++) {
      const [one, other] = [hashA.digest(page), hashB.digest(page)];
      const isSame = one === null || other === null ? one === other : Buffer.compare(one, other) === 0;
      if (!isSame) this.#pages.add(page);
    }
  }

  /** Both go to the first moment at a count, or into idle time. @throws Failure where one of them does not replay */
  at(icount: number): void {
    for (const side of [this.a, this.b]) this.goTo(side, icount);
  }
  /** One of them does. */
  goTo(side: Side, icount: number): void {
    this.running = side;
    for (const _slice of side.timeline.arriving(icount)) this.onSlice?.();
  }
  /** Both keep the state of their moment. */
  keep(): void {
    this.a.timeline.keep();
    this.b.timeline.keep();
  }
  /** Instructions that both have run, wherever they were. */
  get ran(): number {
    return this.a.timeline.session.ran + this.b.timeline.session.ran;
  }

  /** Where the guest has a page. */
  #at(page: number): number {
    return this.a.view.machine.ram.ipaOf(page);
  }
  #place(at: number): number {
    return this.#at(Math.floor(at / PAGE_BYTES)) + (at % PAGE_BYTES);
  }
  #bytes({ view }: Side, page: number): Uint8Array {
    return view.physical(this.#at(page), PAGE_BYTES);
  }
  #look(): ReadonlySet<number> {
    const { pages } = this.a.view.machine.ram;
    for (const followed of this.#followed)
      for (const { page } of followed.take()) {
        // Those behind are of disks, which the guest has no addresses of.
        if (page >= pages) break;
        if (Buffer.compare(this.#bytes(this.a, page), this.#bytes(this.b, page)) === 0) this.#pages.delete(page);
        else this.#pages.add(page);
      }
    return this.#pages;
  }

  /** All that differs now. */
  known(): Known {
    const memory = new DifferingBytes();
    for (const page of this.#look()) memory.add(page, this.#bytes(this.a, page), this.#bytes(this.b, page));
    return { registers: new Set(this.registers().map(registerKey)), memory };
  }
  /** Nothing differs: what comes differs by inputs alone. */
  isSame({ registers, memory }: Known): boolean {
    return registers.size === 0 && memory.isEmpty && this.devices().length === 0;
  }
  /** Whether registers or memory differ in something that is not known. */
  isNew(known: Known): boolean {
    return this.isNewInRegisters(known) || this.isNewInMemory(known);
  }
  isNewInRegisters({ registers }: Known): boolean {
    return this.registers().some((one) => !registers.has(registerKey(one)));
  }
  isNewInMemory({ memory }: Known): boolean {
    for (const page of this.#look())
      if (memory.isElsewhere(page, this.#bytes(this.a, page), this.#bytes(this.b, page))) return true;
    return false;
  }

  /** Registers that differ, of each vCPU; the count among them, and whose turn it is. */
  registers(): RegisterDifference[] {
    const { a, b } = this;
    const found: RegisterDifference[] = [];
    const compare = (what: string, ofA: bigint, ofB: bigint, on: { readonly vcpu?: number } = {}): void => {
      if (ofA !== ofB) found.push({ what, ...on, a: ofA, b: ofB });
    };
    const { vcpus } = a.view.machine.vm;
    const isOne = vcpus.length === 1;
    compare('icount', BigInt(a.view.machine.icount), BigInt(b.view.machine.icount));
    if (!isOne) compare('turn', BigInt(a.view.machine.vm.current), BigInt(b.view.machine.vm.current));
    for (const { id } of vcpus) {
      const [ofA, ofB] = [a, b].map(({ view }) => view.machine.cpu.peek(id, () => guestRegisters(view)));
      for (const what of new Set([...(ofA?.keys() ?? []), ...(ofB?.keys() ?? [])]))
        compare(what, ofA?.get(what) ?? 0n, ofB?.get(what) ?? 0n, isOne ? {} : { vcpu: id });
    }
    return found;
  }
  /** Memory that differs, ascending; of what is known only where that is asked for. */
  *memory(known: Known | null): Generator<MemoryDifference> {
    for (const page of [...this.#look()].sort((x, y) => x - y)) {
      const [a, b] = [this.#bytes(this.a, page), this.#bytes(this.b, page)];
      for (let i = 0; i < PAGE_BYTES; i++) {
        const differs = (at: number): boolean => a[at] !== b[at] && known?.memory.has(page, at) !== true;
        if (!differs(i)) continue;
        const from = i;
        while (i < PAGE_BYTES && differs(i)) i++;
        yield { pa: this.#at(page) + from, a: a.slice(from, i), b: b.slice(from, i) };
      }
    }
  }
  /** Fields in which the hypervisor and the devices differ, as `pl011.imsc`. */
  devices(): { readonly what: string; readonly a: string; readonly b: string }[] {
    const found: { what: string; a: string; b: string }[] = [];
    const partsOf = ({ view }: Side): Map<string, PlainMap> =>
      new Map(
        view.machine.parts.filter(({ name }) => !NOT_OF_DEVICES.test(name)).map((part) => [part.name, part.save()]),
      );
    const [a, b] = [partsOf(this.a), partsOf(this.b)];
    for (const [name, state] of a)
      leaves(state, b.get(name), name, (what, x, y) => void found.push({ what, a: x, b: y }));
    return found;
  }
  /** Guest-physical addresses of bytes that are known. */
  *rangesOf({ memory }: Known): Generator<{ readonly pa: number; readonly bytes: number }> {
    for (const { at, bytes } of memory.runs())
      for (let from = at; from < at + bytes; ) {
        // Pages follow each other, but where RAM ends.
        const [pa, first] = [this.#place(from), from];
        do from = Math.min(at + bytes, PAGE_BYTES * (Math.floor(from / PAGE_BYTES) + 1));
        while (from < at + bytes && this.#place(from) === pa + (from - first));
        yield { pa, bytes: from - first };
      }
  }
}

type Told = (what: string, a: string, b: string) => void;
function leaves(a: Plain | undefined, b: Plain | undefined, at: string, told: Told): void {
  if (isPlainMap(a) && isPlainMap(b)) {
    for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) leaves(a[key], b[key], `${at}.${key}`, told);
  } else if (Array.isArray(a) && Array.isArray(b)) {
    for (let i = 0; i < Math.max(a.length, b.length); i++) leaves(a[i], b[i], `${at}[${i}]`, told);
  } else if (a instanceof Uint8Array && b instanceof Uint8Array && a.length === b.length) {
    for (const [i, byte] of a.entries()) if (byte !== b[i]) told(`${at}[${i}]`, hex(byte), hex(b[i] as number));
  } else {
    const [x, y] = [textOf(a), textOf(b)];
    if (x !== y) told(at, x, y);
  }
}

function textOf(value: Plain | undefined): string {
  if (value instanceof Uint8Array) return `0x${Buffer.from(value).toString('hex')}`;
  if (typeof value === 'bigint') return `0x${value.toString(16)}`;
  return value === undefined ? 'none' : isPlainMap(value) || Array.isArray(value) ? 'another' : String(value);
}
