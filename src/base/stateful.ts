import { assert } from './assert.ts';
import { Failure } from './failure.ts';
import { BadField, type Field } from './fields.ts';
import { firstDifference, isPlainMap, type Plain, type PlainMap } from './plain.ts';

/** A part of a machine that holds state of its own. */
export interface Stateful {
  /** Unique in its machine. */
  readonly name: string;
  /** Raised whenever the saved form changes. */
  readonly version: number;
  /** False for what neither a guest nor its events could tell: it is saved, but is no part of state hashes. */
  readonly hashed?: boolean;
  /** Everything that does not follow from the configuration or from other parts; shares nothing with the part itself. */
  save(): PlainMap;
  /**
   * Takes a state over, and recomputes what follows from it. Tells nobody: no event, no line that changes, since the parts
   * at the other ends have states of their own.
   * @throws BadField where the state is none that this part could have saved
   */
  restore(saved: PlainMap): void;
  /** Brings what an older version saved into the present form. */
  upgrade?(saved: PlainMap, from: number): PlainMap;
}

/** One part's state, as a checkpoint keeps it. */
export interface SavedPart extends PlainMap {
  readonly name: string;
  readonly version: number;
  readonly state: PlainMap;
}

/** A state object whose every field is data. */
export type PlainState<S> = { [K in keyof S]: Plain };

/** A copy of a whole state object. */
export const copyState = <S extends PlainState<S>>(state: S): PlainMap => structuredClone(state) as unknown as PlainMap;

/** Reads a saved state into a state object. @throws BadField */
export function putState<S extends object>(state: S, fields: Field<S>, saved: PlainMap): void {
  Object.assign(state, fields.read(saved, ''));
}

/** The states of all parts, in their order. */
export const saveParts = (parts: readonly Stateful[]): readonly SavedPart[] =>
  parts.map((part) => ({ name: part.name, version: part.version, state: part.save() }));

const ADVICE = 'restore from another checkpoint';
const damaged = (part: string, at: string, problem: string): Failure =>
  new Failure(`saved state: field ${at} of ${part}: ${problem}; ${ADVICE}`);

/**
 * Puts the states of all parts back, in the parts' order.
 * @throws Failure that names part and field, where one is not what it could have been; the parts are of no use then
 */
export function restoreParts(parts: readonly Stateful[], saved: Plain | undefined): void {
  assert(new Set(parts.map((p) => p.name)).size === parts.length, 'parts have names of their own');
  if (!Array.isArray(saved) || saved.length !== parts.length)
    throw new Failure(`saved state: no list of ${parts.length} parts, which this machine has; ${ADVICE}`);
  const states = parts.map((part, i) => stateOf(part, saved[i] as Plain));
  parts.forEach((part, i) => {
    inPart(part.name, () => part.restore(states[i] as PlainMap));
  });
  // What a part has dropped, or computed otherwise, it could not have saved.
  parts.forEach((part, i) => {
    const at = firstDifference(states[i], part.save());
    if (at !== undefined) throw damaged(part.name, at, 'contradicts the rest of the state');
  });
}

/**
 * The first field, as `cpu.x[3]`, in which parts are not as they were saved; undefined: they are.
 * @throws Failure where what was saved is none of their states
 */
export function differenceFromParts(parts: readonly Stateful[], saved: readonly Plain[]): string | undefined {
  if (saved.length !== parts.length) return 'the number of parts';
  for (const [i, part] of parts.entries()) {
    const at = firstDifference(stateOf(part, saved[i] as Plain), part.save());
    if (at !== undefined) return at === '' ? part.name : `${part.name}.${at}`;
  }
  return undefined;
}

function inPart<T>(part: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof BadField) throw damaged(part, error.at, error.problem);
    throw error;
  }
}

function stateOf(part: Stateful, saved: Plain): PlainMap {
  const { name, version } = part;
  if (!isPlainMap(saved)) throw new Failure(`saved state: part ${name} is no map; ${ADVICE}`);
  if (saved.name !== name) throw new Failure(`saved state: another part where ${name} is expected; ${ADVICE}`);
  const from = typeof saved.version === 'bigint' ? Number(saved.version) : saved.version;
  const isKnown = typeof from === 'number' && Number.isSafeInteger(from) && from >= 1;
  if (!isKnown || from > version)
    throw new Failure(
      `saved state: ${name} has version ${String(from)}, this program knows 1 to ${version}; use the hypertape that saved it`,
    );
  for (const key of Object.keys(saved))
    if (key !== 'name' && key !== 'version' && key !== 'state') throw damaged(name, key, 'no field of a part');
  if (!isPlainMap(saved.state)) throw new Failure(`saved state: the state of ${name} is no map; ${ADVICE}`);
  const { state } = saved;
  if (from === version) return state;
  if (!part.upgrade)
    throw new Failure(`saved state: ${name} has version ${from}, which this program no longer reads; ${ADVICE}`);
  return inPart(name, () => part.upgrade?.(state, from) ?? state);
}
