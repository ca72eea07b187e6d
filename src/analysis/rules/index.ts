// rules/: budgets and orderings over a tape's events, kept as data.

export { type Breach, evaluate, type Spot, type Verdict } from './evaluate.ts';
export { readRules } from './read-rules.ts';
export { placesOf, type Rule } from './rule.ts';
