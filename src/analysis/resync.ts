import type { Lane } from './lane.ts';

/** How far apart two lanes may be: events of code on both sides together that are tried one after the other. */
const NEAR = 48;
/** Further away, windows in which what occurs once on both sides is looked for. */
const WINDOWS = [1 << 10, 1 << 13, 1 << 16] as const;
/** Events in a row that must agree. */
const RUN = 6;
const PRIME = 0x9e37_79b1 | 0;

/** How many events each side goes on by to where both are at the same code again. */
export interface Sync {
  readonly a: number;
  readonly b: number;
  /** No such place was found as far as was looked. */
  readonly lost?: true;
}

/** Where two lanes that stand at different code meet again: the nearest place from which on several events agree. */
export function resync(a: Lane, b: Lane): Sync {
  const near = nearest(a, b);
  if (near !== undefined) return near;
  for (const window of WINDOWS) {
    const [inA, inB] = [a.ahead(window), b.ahead(window)];
    const found = byAnchors(a, b, inA, inB);
    if (found !== undefined) return found;
    if (inA < window && inB < window) return { a: inA, b: inB, lost: true };
  }
  const half = (WINDOWS.at(-1) as number) / 2;
  return { a: a.ahead(half), b: b.ahead(half), lost: true };
}

const tokenAt = (lane: Lane, index: number): number | undefined => lane.at(index)?.token;

/** Whether a run of events agrees; one that both sides end in does. */
function agrees(a: Lane, i: number, b: Lane, j: number): boolean {
  for (let n = 0; n < RUN; n++) {
    const [one, other] = [tokenAt(a, i + n), tokenAt(b, j + n)];
    if (one !== other) return false;
    if (one === undefined) return n > 0;
  }
  return true;
}

function nearest(a: Lane, b: Lane): Sync | undefined {
  a.ahead(NEAR + RUN);
  b.ahead(NEAR + RUN);
  for (let distance = 1; distance <= NEAR; distance++)
    for (let i = 0; i <= distance; i++) if (agrees(a, i, b, distance - i)) return { a: i, b: distance - i };
  return undefined;
}

/** Places of runs that occur once, by a hash of their tokens. */
function onceIn(lane: Lane, count: number): Map<number, number> {
  const found = new Map<number, number>();
  for (let i = 0; i + RUN <= count; i++) {
    let hash = 0;
    for (let n = 0; n < RUN; n++) hash = Math.imul(hash ^ (tokenAt(lane, i + n) as number), PRIME) ^ (hash >>> 15);
    found.set(hash, found.has(hash) ? -1 : i);
  }
  return found;
}

/** The nearest run that occurs once on both sides, and as much before it as agrees. */
function byAnchors(a: Lane, b: Lane, inA: number, inB: number): Sync | undefined {
  const [ofA, ofB] = [onceIn(a, inA), onceIn(b, inB)];
  let best: { a: number; b: number } | undefined;
  for (const [hash, i] of ofA) {
    const j = ofB.get(hash) ?? -1;
    if (i < 0 || j < 0 || (best !== undefined && i + j >= best.a + best.b)) continue;
    if (agrees(a, i, b, j)) best = { a: i, b: j };
  }
  if (best === undefined) return undefined;
  while (best.a > 0 && best.b > 0 && tokenAt(a, best.a - 1) === tokenAt(b, best.b - 1))
    best = { a: best.a - 1, b: best.b - 1 };
  return best;
}
