import type { ColumnType } from '../tables/index.ts';

/** What a rule of `check` says: budgets and orderings over a tape's events, as data. */

/** A text in which `*` stands for any letters: what stands between the stars. */
export interface Glob {
  readonly parts: readonly string[];
}
/** What a column must be: one of these values, or in a range, both ends included; null: it has none. */
export type Test =
  | { readonly kind: 'values'; readonly values: readonly (Glob | bigint | number | null)[] }
  | { readonly kind: 'range'; readonly min: number | bigint | undefined; readonly max: number | bigint | undefined };

/** Which events: rows of a table whose columns are so. */
export interface Match {
  readonly table: string;
  readonly conditions: readonly { readonly column: string; readonly type: ColumnType; readonly test: Test }[];
  /** As the rule has it, for messages. */
  readonly text: string;
}

/** What distances are counted in: exits; events; instructions that all vCPUs retired; nanoseconds of virtual time. */
export const units = ['exits', 'events', 'instructions', 'ns'] as const;
/** One of them. */
export type Unit = (typeof units)[number];
/** How far apart. */
export interface Distance {
  readonly unit: Unit;
  readonly value: number;
}

interface Named {
  readonly name: string;
  /** Why it is a rule, for who breaks it. */
  readonly why?: string;
  /** Places between which events count: from the first, up to before the second. */
  readonly from?: string;
  readonly before?: string;
}
/** So many events of a kind, at most or at least; at most so many in any stretch of a length. */
export interface Budget extends Named {
  readonly kind: 'budget';
  readonly count: Match;
  readonly atMost?: number;
  readonly atLeast?: number;
  readonly per?: Distance;
}
/** Every event of a kind has one of another kind behind it, or before it, no farther away. */
export interface Ordering extends Named {
  readonly kind: 'ordering';
  readonly every: Match;
  readonly other: Match;
  readonly isBefore: boolean;
  readonly within: Distance;
  /** Columns that are the same in both. */
  readonly same: readonly string[];
}
/** A place is reached, no farther from the beginning. */
export interface Reach extends Named {
  readonly kind: 'reach';
  readonly reach: string;
  readonly within: Distance;
}
/** A rule. */
export type Rule = Budget | Ordering | Reach;

/** The places that a rule names. */
export const placesOf = (rule: Rule): string[] =>
  [rule.from, rule.before, rule.kind === 'reach' ? rule.reach : undefined].filter((place) => place !== undefined);
