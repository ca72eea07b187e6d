import type { Beside } from '../../src/analysis/beside.ts';
import { OTHERS, type Tally } from '../../src/analysis/event-tallies.ts';
import type { DifferenceKind, HeaderDifference } from '../../src/analysis/headers.ts';
import { hex } from '../../src/base/bits.ts';
import type { RegisterAt } from '../../src/machine/register-names.ts';
import type { RecordedEvent } from '../../src/trace/codec/event-rows.ts';
import type { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import { eventByName, firstDifference, kvmClassName } from '../../src/trace/events/index.ts';
import type { GuestNames } from '../session/event-lines.ts';
import { JsonLines } from '../session/json-lines.ts';
import { type Both, SIDES } from './sides.ts';

/** What was found out about two tapes. */
export interface FoundDifferences {
  readonly readers: Both<TapeReader>;
  readonly headers: readonly HeaderDifference[];
  /** The first events that differ; of a side that has ended, or where none do, nothing. */
  readonly rows: Both<RecordedEvent | undefined>;
  readonly hashes: Both<{ readonly event: number; readonly icount: number } | undefined>;
  readonly kind: DifferenceKind;
  readonly beside: Beside;
  readonly guests: Both<GuestNames>;
  readonly registerAt: RegisterAt;
  /** Rows of each list. */
  readonly limit: number;
}

/** What of the first events differs, in a word. */
export function firstWhat({ a, b }: FoundDifferences['rows']): string {
  if (a === undefined || b === undefined) return `${(a ?? b)?.kind ?? 'nothing'}: the other has ended`;
  const kindOf = (event: RecordedEvent): string =>
    event.kind === 'vm-exit' ? `${event.kind} ${kvmClassName(event.kvmClass)}` : event.kind;
  if (kindOf(a) !== kindOf(b)) return `${kindOf(a)} in a, ${kindOf(b)} in b`;
  const decl = eventByName(a.kind);
  const field = decl && firstDifference(decl, a as never, b as never)?.field;
  return field === undefined ? a.kind : `${a.kind}.${field}`;
}

type Counts = ReadonlyMap<string, Tally>;
const objectOf = (counts: Counts): Readonly<Record<string, Tally>> => Object.fromEntries(counts);

/** The tables of counts: of registers by name, and of the devices that they are of. */
export function countsOf({ beside: { tallies }, registerAt }: FoundDifferences) {
  const byRegister = tallies.byRegister((ipa) => registerAt(ipa) ?? hex(ipa));
  const byDevice = new Map<string, Tally>();
  for (const [register, tally] of byRegister) {
    // A register without a name is of no device that is known.
    const device = register.startsWith('0x') ? OTHERS : (register.split(' ')[0] ?? register);
    const sum = byDevice.get(device) ?? { a: 0, b: 0, onlyA: 0, onlyB: 0, changed: 0 };
    for (const key of Object.keys(sum) as (keyof Tally)[]) sum[key] += tally[key];
    byDevice.set(device, sum);
  }
  const { byClass, bySysreg, byIntid, bySymbol } = tallies;
  return { byClass, byDevice, byRegister, bySysreg, byIntid, bySymbol };
}

/** The one JSON object of `diff`. */
export function differenceJson(found: FoundDifferences): object {
  const { rows, hashes, headers, kind, beside, guests, limit } = found;
  const { events, aligned, changed, onlyA, onlyB, groups, regions, regionCount } = beside;
  const there = SIDES.flatMap((side) => rows[side] ?? []);
  const told = (side: 'a' | 'b'): object | undefined => {
    const event = rows[side];
    return event === undefined ? undefined : (JSON.parse(new JsonLines(guests[side]).line(event)) as object);
  };
  const counts = Object.entries(countsOf(found)).map(([name, table]) => [name, objectOf(table)] as const);
  return {
    identical: false,
    ...(there.length === 0
      ? {}
      : {
          first: {
            event: Math.min(...there.map(({ ordinal }) => ordinal)),
            icount: Math.min(...there.map(({ at }) => at)),
            what: firstWhat(rows),
            ...{ a: told('a'), b: told('b') },
          },
        }),
    ...(hashes.a === undefined && hashes.b === undefined ? {} : { firstHash: hashes }),
    ...{ kind, headers, events, aligned, changed, onlyA, onlyB },
    ...Object.fromEntries(counts),
    ...{ differences: groups.slice(0, limit), differenceCount: groups.length, regions, regionCount },
  };
}
