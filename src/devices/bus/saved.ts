import { Failure } from '../../base/failure.ts';

/** What a saved state is made of: data that any codec can carry. */
export type Plain =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | readonly Plain[]
  | { readonly [key: string]: Plain };

/** A device's state as a checkpoint keeps it. */
export interface Saved {
  readonly device: string;
  readonly version: number;
  readonly state: { readonly [key: string]: Plain };
}

/** A state object whose every field is data. */
export type PlainState<S> = { [K in keyof S]: Plain };

const shapeOf = (value: Plain | undefined): string =>
  value === null || typeof value === 'bigint'
    ? 'bigint or null'
    : Array.isArray(value)
      ? 'list'
      : value instanceof Uint8Array
        ? 'bytes'
        : typeof value;

/** Saves a whole state object: a field added later is saved without anyone remembering to. */
export function saveState<S extends PlainState<S>>(device: string, version: number, state: S): Saved {
  return { device, version, state: structuredClone(state) as Saved['state'] };
}

/**
 * Writes a saved state into `state`, field by field.
 * @throws Failure when the state is another device's, of another version, or has other fields.
 */
export function restoreState<S extends PlainState<S>>(device: string, version: number, state: S, saved: Saved): void {
  if (saved.device !== device || saved.version !== version)
    throw new Failure(
      `checkpoint: state of ${saved.device} version ${saved.version} where ${device} version ${version} is expected; ` +
        'replay the tape with the version of hypertape that recorded it',
    );
  const target = state as Record<string, Plain>;
  const from = saved.state;
  for (const key of new Set([...Object.keys(target), ...Object.keys(from)])) {
    if (shapeOf(target[key]) !== shapeOf(from[key]))
      throw new Failure(`checkpoint: field ${key} of ${device} is damaged; restore from another checkpoint`);
  }
  Object.assign(target, structuredClone(from));
}
