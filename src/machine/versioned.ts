/** Data that tapes ask for by name and version: once a release has written `name@version` on a tape, what it stands for never changes. */
export interface Versioned {
  readonly name: string;
  /** From 1. */
  readonly version: number;
}

/** `name@version`, as a tape's header says it. */
export const versionedName = ({ name, version }: Versioned): string => `${name}@${version}`;

/** The one of this name: `name@version`, or `name` alone for its newest version; undefined where there is none. */
export function findVersioned<V extends Versioned>(all: readonly V[], asked: string): V | undefined {
  const exact = all.find((one) => versionedName(one) === asked);
  if (exact !== undefined) return exact;
  return all.filter(({ name }) => name === asked).sort((a, b) => b.version - a.version)[0];
}

/** The newest version of each name, in the order of the table. */
export const newestOf = <V extends Versioned>(all: readonly V[]): V[] =>
  all.filter((one) => findVersioned(all, one.name) === one);
