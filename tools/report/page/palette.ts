import type { Dimension } from './model.ts';
import type { View } from './view.ts';

/** Colours that are told apart on both backgrounds, as CSS variables of theme.css: the most frequent names get one each, in their order. */
export const COLOURS = 9;
const OTHER = 'var(--series-other)';

/** A colour as the canvas takes it. */
export function resolved(variable: string): string {
  const name = variable.match(/^var\((--[\w-]+)\)$/)?.[1];
  if (name === undefined) return variable;
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** A name's colour: the same in all parts of the page. */
export class Palette {
  readonly #view: View;
  readonly #ranks = new Map<Dimension, Map<string, number>>();

  constructor(view: View) {
    this.#view = view;
  }
  /** Its place among the most frequent; undefined where it has no colour of its own. */
  rank(dimension: Dimension, label: string): number | undefined {
    let ranks = this.#ranks.get(dimension);
    if (ranks === undefined) {
      const { ranked, labels } = this.#view.grouping(dimension);
      ranks = new Map(ranked.slice(0, COLOURS).map((id, rank) => [labels[id] as string, rank]));
      this.#ranks.set(dimension, ranks);
    }
    return ranks.get(label);
  }
  css(dimension: Dimension, label: string): string {
    const rank = this.rank(dimension, label);
    return rank === undefined ? OTHER : `var(--series-${rank + 1})`;
  }
}
