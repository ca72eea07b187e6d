/** The two tapes that are compared. */
export const SIDES = ['a', 'b'] as const;
/** One of them. */
export type SideName = (typeof SIDES)[number];
/** Something of each. */
export type Both<T> = Readonly<Record<SideName, T>>;

/** The same done for both. */
export const eachSide = <T>(what: (side: SideName) => T): Both<T> => ({ a: what('a'), b: what('b') });
