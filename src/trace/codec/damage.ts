/**
 * The bytes of a tape do not follow the format. Internal to the codec: the reader turns it into its integrity report or
 * into a `Failure` that names file and place.
 */
export class Damage extends Error {
  override readonly name = 'Damage';
}

/** What stands behind the end of the run: nothing there is worth to be looked at. */
export class BehindEnd extends Damage {
  constructor() {
    super('events behind the end of the run');
  }
}

/** @throws Damage where the bytes of a tape are not as they must be */
export function expect(condition: unknown, what: string): asserts condition {
  if (!condition) throw new Damage(what);
}
