import type { CauseChain, CausedValue, Origin } from './cause.ts';

/** How far out an origin is. */
const order: { readonly [K in Origin['kind']]: number } = { input: 4, event: 3, image: 2, constant: 1, unfollowed: 0 };

interface Path {
  readonly steps: CauseChain['chain'];
  readonly origin: Origin;
}
const NOT_FOLLOWED: Origin = { kind: 'unfollowed', what: 'its writer was not looked for' };

/**
 * Of a tree of causes the path that leads the furthest out, to an input, an event of the tape, an image, in this order; of paths that
 * end alike the one by the first inputs, and of the parts of a value the one that was written last.
 */
export function mainPath(root: CausedValue): Pick<CauseChain, 'chain' | 'origin'> {
  const { steps, origin } = pathOf(root, new Map(), new Set());
  return { chain: steps, origin };
}

function pathOf(value: CausedValue, known: Map<CausedValue, Path>, open: Set<CausedValue>): Path {
  const found = known.get(value);
  if (found !== undefined) return found;
  open.add(value);
  const path = ownPath(value, known, open);
  open.delete(value);
  known.set(value, path);
  return path;
}
function ownPath(value: CausedValue, known: Map<CausedValue, Path>, open: Set<CausedValue>): Path {
  const { by, parts, origin } = value;
  const next = parts ?? (by?.inputs ?? []).filter(({ kind }) => kind === 'data').map((input) => input.value);
  const own = by === undefined ? [] : [{ value, step: by }];
  let best: Path | undefined;
  for (const one of next) {
    if (open.has(one)) continue;
    const path = pathOf(one, known, open);
    if (best === undefined || order[path.origin.kind] > order[best.origin.kind]) best = path;
  }
  // A constant of its own is worth no more than where the rest comes from.
  if (best === undefined || (origin !== undefined && order[origin.kind] > order[best.origin.kind]))
    return { steps: own, origin: origin ?? best?.origin ?? NOT_FOLLOWED };
  return { steps: [...own, ...best.steps], origin: best.origin };
}
