/**
 * The bytes of a tape do not follow the format. Internal to the codec: the reader turns it into its integrity report or
 * into a `Failure` that names file and place.
 */
export class Damage extends Error {
  override readonly name = 'Damage';
}

export function expect(condition: unknown, what: string): asserts condition {
  if (!condition) throw new Damage(what);
}
