import { hex } from '../base/bits.ts';
import type { MemoryAccess } from '../core/dependence/execution.ts';
import type { Outside } from '../core/dependence/register-functions.ts';
import type { Inputs } from '../core/dependence/slice.ts';
import { Kind } from '../core/dependence/types.ts';
import type { CellReader } from '../core/state/pe-state.ts';
import { irqAck, isEmitted, mmioRead } from '../trace/events/index.ts';
import type { CausedValue, DependenceKind, Origin } from './cause.ts';
import type { RecordedAccess, SeenEvent } from './recording.ts';
import { partsOf, valueOfRegisters } from './register-places.ts';
import { baseOf, type Descriptor } from './tables.ts';

/** A value that something hangs on, before it is followed. */
export interface Found {
  readonly kind: DependenceKind;
  readonly value: CausedValue;
}
const KINDS = [
  ['data', Kind.data],
  ['address', Kind.address],
  ['control', Kind.control],
] as const;

/** What is needed of a step to tell its inputs. */
export interface InputsOf {
  readonly icount: number;
  readonly state: CellReader;
  /** What an address translation instruction went by. */
  readonly tables: readonly Descriptor[];
  readonly events: readonly SeenEvent[];
  /** Device and register at a guest-physical address. */
  readonly registerAt: (ipa: bigint) => string | undefined;
}

/** What a slice has found, as values; what is an input as data is not told of again. */
export function inputsOf({ registers, loads, outside }: Inputs, of: InputsOf): Found[] {
  const known = new Set<string>();
  return KINDS.flatMap(([kind, k]) => {
    const values = [
      ...[...loads[k]].flatMap(([access, offsets]) => loaded(access as RecordedAccess, offsets, of)),
      ...registerValues(registers[k].keys(), of.state),
      ...[...outside[k]].flatMap((one) => outsideValues(one, of)),
      ...(k === Kind.address ? translations([...loads.flatMap((each) => [...each.keys()])], of) : []),
    ];
    return values.flatMap((value): Found[] => {
      if (known.has(value.what)) return [];
      known.add(value.what);
      return [{ kind, value }];
    });
  });
}

/** Bytes of registers as values, a register each. */
export const registerValues = (registers: Iterable<number>, state: CellReader): CausedValue[] =>
  partsOf(registers, state).map(({ name, registers: bytes }) => ({
    what: name,
    place: { registers: bytes },
    value: valueOfRegisters(bytes, state),
  }));

/** Bytes of a load: of memory by where they lie, of devices by what was answered. */
function loaded(access: RecordedAccess, offsets: ReadonlySet<number>, of: InputsOf): CausedValue[] {
  const sorted = [...offsets].sort((a, b) => a - b);
  const values: CausedValue[] = [];
  let start = 0;
  for (const { pa, va, bytes } of access.pieces) {
    const within = sorted.filter((offset) => offset >= start && offset < start + bytes);
    if (pa < 0) values.push(...(within.length > 0 ? answers(access, va, of) : []));
    else
      for (const [first, count] of runs(within)) {
        const at = pa + first - start;
        const value = littleEndian(access.found.subarray(first, first + count));
        const address = BigInt.asUintN(64, va + BigInt(first - start));
        values.push({ what: memoryText(at, count), place: { pa: at, bytes: count }, va: address, value });
      }
    start += bytes;
  }
  if (access.pieces.length === 0) values.push(nowhere('memory at an address that is not known here'));
  return values;
}
/** What devices answered an access that begins at an address. */
function answers(access: MemoryAccess, va: bigint, { events, registerAt }: InputsOf): CausedValue[] {
  const reads = events.flatMap(({ ordinal, decl, fields }) =>
    isEmitted(mmioRead, decl, fields) ? [{ ordinal, ...fields }] : [],
  );
  const bytes = access.pieces.reduce((sum, piece) => sum + piece.bytes, 0);
  const first = Number(va & 0xfffn);
  const own = reads.filter(({ ipa }) => {
    const offset = Number(ipa & 0xfffn);
    return offset >= first && offset < first + bytes;
  });
  if (own.length === 0)
    return [acknowledged(events) ?? nowhere('a device of the CPU, or memory that is none of the guest')];
  return own.map(({ ordinal, ipa, value }) => {
    const name = registerAt(ipa) ?? `a device at ${hex(ipa)}`;
    const origin: Origin = { kind: 'event', event: ordinal, what: `${name} was read` };
    return { what: name, place: null, value, origin };
  });
}
const nowhere = (what: string): CausedValue => ({ what, place: null, value: 0n, origin: { kind: 'unfollowed', what } });

/** What loads were translated by, as far as that was recorded. */
const translations = (accesses: readonly MemoryAccess[], { state }: InputsOf): CausedValue[] =>
  tableValues({ state, tables: accesses.flatMap((access) => (access as RecordedAccess).tables) });
/** Descriptors, the last level's first, and the register of their base. */
export function tableValues({ state, tables }: Pick<InputsOf, 'state' | 'tables'>): CausedValue[] {
  const base = baseOf(tables, state);
  const bytes = base === undefined ? [] : Array.from({ length: 8 }, (_, n) => base + n);
  const descriptors = tables.map(({ pa, bytes: count, value }) => ({
    ...{ what: memoryText(pa, count), place: { pa, bytes: count }, value },
  }));
  return [...descriptors.toReversed(), ...registerValues(bytes, state)];
}

const outsideTexts: { readonly [O in Outside]: Origin } = {
  clock: { kind: 'event', what: 'the clock: instructions and idle time so far' },
  identity: { kind: 'constant', what: 'what the processor says of itself' },
  interrupts: { kind: 'event', what: 'interrupts that the hypervisor has made pending' },
  tables: { kind: 'unfollowed', what: 'the translation tables' },
};
function outsideValues(outside: Outside, of: InputsOf): CausedValue[] {
  const origin = outsideTexts[outside];
  if (outside === 'clock') return [{ what: 'the clock', place: null, value: BigInt(of.icount), origin }];
  if (outside === 'tables') return tableValues(of);
  const taken = outside === 'interrupts' ? acknowledged(of.events) : undefined;
  return [taken ?? { what: outside === 'identity' ? 'the processor' : outside, place: null, value: 0n, origin }];
}
/** An interrupt that was taken from the list registers. */
function acknowledged(events: readonly SeenEvent[]): CausedValue | undefined {
  for (const { ordinal, decl, fields } of events) {
    if (!isEmitted(irqAck, decl, fields)) continue;
    const { intid } = fields;
    const origin: Origin = { kind: 'event', event: ordinal, what: `interrupt ${intid} is acknowledged` };
    return { what: 'the interrupt', place: null, value: BigInt(intid), origin };
  }
  return undefined;
}

/** Numbers in ascending order, as runs of neighbours: each its first and how many they are. */
export function runs(sorted: readonly number[]): [first: number, count: number][] {
  const found: [number, number][] = [];
  for (const n of sorted) {
    const last = found.at(-1);
    if (last !== undefined && last[0] + last[1] === n) last[1]++;
    else found.push([n, 1]);
  }
  return found;
}
/** Bytes as a number, the first the lowest. */
export const littleEndian = (bytes: Uint8Array): bigint =>
  bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
/** How memory is called. */
export const memoryText = (pa: number, bytes: number): string =>
  bytes === 1 ? `the byte at pa:${hex(pa)}` : `${bytes} bytes at pa:${hex(pa)}`;
