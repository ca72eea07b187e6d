import type { Dimension } from './model.ts';
import type { State, View } from './view.ts';

/** What the page shows, as the part of its address behind `#`: who gets the file and the address sees the same. */
export function addressOf(view: View): string {
  const { range, by, metric, scale, moment, filters } = view.state;
  const parts = new URLSearchParams();
  if (!view.isWhole) parts.set('t', `${range.from}-${range.to}`);
  if (moment !== undefined) parts.set('at', String(moment));
  if (by !== 'kind') parts.set('by', by);
  if (metric !== 'exits') parts.set('count', metric);
  if (scale !== view.scaleAtFirst) parts.set('scale', scale);
  for (const { dimension, label } of filters) parts.append('only', `${dimension}:${label}`);
  return parts.toString();
}

/** Goes to what an address says; what is none of ours is passed over. */
export function goToAddress(view: View, address: string): void {
  const parts = new URLSearchParams(address);
  const change: { -readonly [K in keyof State]?: State[K] } = {};
  const isDimension = (text: string | undefined): text is Dimension =>
    view.dimensions.some(([dimension]) => dimension === text);
  const by = parts.get('by') ?? undefined;
  if (isDimension(by)) change.by = by;
  const count = parts.get('count');
  if (count === 'instructions' || (count === 'cost' && view.runs.some((run) => run.hasCosts))) change.metric = count;
  const scale = parts.get('scale');
  if (scale === 'linear' || scale === 'log') change.scale = scale;
  const at = Number(parts.get('at') ?? Number.NaN);
  if (Number.isSafeInteger(at)) change.moment = at;
  const filters = parts.getAll('only').flatMap((text) => {
    const colon = text.indexOf(':');
    const [dimension, label] = [text.slice(0, colon), text.slice(colon + 1)];
    return isDimension(dimension) && view.grouping(dimension).labels.includes(label) ? [{ dimension, label }] : [];
  });
  if (filters.length > 0) change.filters = filters;
  view.set(change);
  const [from = Number.NaN, to = Number.NaN] = (parts.get('t') ?? '').split('-').map(Number);
  if (from < to) view.look(from, to, false);
}

/** Keeps the address as the page is. */
export function followAddress(view: View): void {
  if (location.hash.includes('=')) goToAddress(view, location.hash.slice(1));
  window.addEventListener('hashchange', () => {
    if (location.hash.includes('=')) goToAddress(view, location.hash.slice(1));
  });
  view.listen('settled', () => {
    const address = addressOf(view);
    if (address === '' && !location.hash.includes('=')) return;
    history.replaceState(null, '', `#${address}`);
  });
}
