import { hex } from '../../src/base/bits.ts';
import { Failure } from '../../src/base/failure.ts';
import type { NamedPlace } from '../../src/replay/symbols/guest-symbols.ts';
import type { GuestMoment, ReplaySymbols } from '../../src/replay/symbols/replay-symbols.ts';
import { bigOf } from './numbers.ts';

/** An address of the guest's memory. */
export interface GuestAddress {
  readonly kind: 'va' | 'pa';
  readonly at: bigint;
}
/** One by a name of the guest's kernel, so many bytes behind where that begins. */
export interface NamedAddress {
  /** As the option has it, for messages. */
  readonly wanted: string;
  readonly kind?: GuestAddress['kind'];
  readonly name: string;
  readonly offset: bigint;
}

/** What an option's description says of names. */
export const NAME_HELP = "a variable or function of the guest's kernel, NAME or NAME+OFFSET";
/** An option's description that says what addresses are. */
export const ADDRESS_HELP = `va:ADDRESS, or a guest-physical one: pa:ADDRESS or ADDRESS alone; or ${NAME_HELP}`;

/** As C and the kernel's own tools spell them. */
const NAMED = /^([A-Za-z_.$][\w.$]*)(?:\+(.+))?$/;
const LISTED_MAX = 8;

/**
 * `va:0xffff800008000000`, or a guest-physical address: `pa:0x40000000`, `0x40000000`; or a name in the place of the number, with
 * an offset in bytes behind it: `jiffies`, `va:jiffies+8`. @throws Failure where it is none
 */
export function addressOf(option: string, text: string): GuestAddress | NamedAddress {
  const [, kind, rest = text] = (/^(va|pa):(.*)$/.exec(text) ?? []) as [string?, GuestAddress['kind']?, string?];
  const [, name, offset = '0'] = NAMED.exec(rest) ?? [];
  if (rest === '' || name === 'va' || name === 'pa') throw new Failure(`${option} ${text}: give ${ADDRESS_HELP}`);
  if (name === undefined) return { kind: kind ?? 'pa', at: bigOf(option, rest) };
  const wanted = `${option} ${text}`;
  return { wanted, name, offset: bigOf(`${wanted}: +`, offset), ...(kind === undefined ? {} : { kind }) };
}

/**
 * The address that a name has at this moment. Without `va:` or `pa:` it is the virtual one where the guest's tables have it, else
 * where the kernel was loaded: early, and in programs where the kernel is unmapped from them, there is no other. @throws Failure
 */
export function resolveAddress(
  wanted: GuestAddress | NamedAddress,
  at: GuestMoment,
  symbols: ReplaySymbols,
): GuestAddress {
  if (!('name' in wanted)) return wanted;
  const { name, offset, kind } = wanted;
  const places = symbols.named(name, at, wanted.wanted);
  const found = places.map((place) => placeOf(place, kind, at));
  if (found.length > 1) throw new Failure(`${wanted.wanted}: ${several(found)}; give the address of one`);
  const [place, only] = [places[0] as NamedPlace, found[0]];
  if (only === undefined) throw new Failure(`${wanted.wanted}: ${whyNot(place, kind)}`);
  return { kind: only.kind, at: BigInt.asUintN(64, only.at + offset) };
}

function several(found: readonly (GuestAddress | undefined)[]): string {
  const list = found.slice(0, LISTED_MAX).map((one) => (one === undefined ? 'nowhere' : `${one.kind}:${hex(one.at)}`));
  return `${found.length} of this name, at ${list.join(', ')}${found.length > LISTED_MAX ? ' and others' : ''}`;
}

function whyNot({ virtual, physical, isPerCpu }: NamedPlace, kind: GuestAddress['kind'] | undefined): string {
  if (virtual.length + physical.length === 0) return "not in the kernel's image, so that its place is not known";
  if (!isPerCpu) return `its ${kind === 'va' ? 'virtual' : 'physical'} address is not known; leave "${kind}:" out`;
  if (kind === 'pa') return 'a variable of each CPU; leave "pa:" out';
  return 'a variable of each CPU, and the kernel is not mapped at this moment; give another place';
}

function placeOf(
  { virtual, physical, isPerCpu }: NamedPlace,
  kind: GuestAddress['kind'] | undefined,
  at: GuestMoment,
): GuestAddress | undefined {
  const mapped = virtual.find((va) => physical.includes(BigInt(at.ipaOf(va) ?? -1)));
  if (isPerCpu) return mapped === undefined || kind === 'pa' ? undefined : { kind: 'va', at: copyOf(mapped, at) };
  const [va, pa] = [mapped ?? virtual.at(-1), physical[0]];
  if (kind === 'va' || (kind === undefined && mapped !== undefined))
    return va === undefined ? va : { kind: 'va', at: va };
  return pa === undefined ? pa : { kind: 'pa', at: pa };
}

/** Of a variable of each CPU the one of this: Linux keeps how far it is away in a register (arch/arm64 and arch/arm, asm/percpu.h). */
function copyOf(va: bigint, at: GuestMoment): bigint {
  const is32 = va < 1n << 32n;
  const away = at.register('TPIDR_EL1') ?? at.register('TPIDRPRW') ?? 0n;
  return BigInt.asUintN(is32 ? 32 : 64, va + away);
}
