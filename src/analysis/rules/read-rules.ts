import { Failure } from '../../base/failure.ts';
import { type ColumnType, eventTables } from '../tables/index.ts';
import { type Distance, type Glob, type Match, type Rule, type Test, type Unit, units } from './rule.ts';

/** Rules from a file of them (docs/check.md). All of these throw a Failure of one line that names the rule and the key. */

type Json = Readonly<Record<string, unknown>>;
const isMap = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

/** A rule file has at most so many rules, and a list so many values. */
const RULES_MAX = 1000;
const VALUES_MAX = 1000;
/** The events of a window are kept. */
const WINDOW_EVENTS_MAX = 1 << 16;

/** A value with where it stands, for messages. */
class At {
  readonly where: string;
  readonly value: unknown;

  constructor(where: string, value: unknown) {
    this.where = where;
    this.value = value;
  }
  fail(what: string): never {
    throw new Failure(`${this.where}: ${what}`);
  }
  /** Members of a map, of which there are no others. */
  members(known: readonly string[]): (key: string) => At | undefined {
    const { value } = this;
    if (!isMap(value)) return this.fail(`give an object with ${known.join(', ')}`);
    for (const key of Object.keys(value))
      if (!known.includes(key)) this.fail(`there is no ${JSON.stringify(key)}; there are ${known.join(', ')}`);
    return (key) => (Object.hasOwn(value, key) ? new At(`${this.where}: ${key}`, value[key]) : undefined);
  }
  text(): string {
    return typeof this.value === 'string' && this.value !== '' ? this.value : this.fail('give a text');
  }
  count(max = Number.MAX_SAFE_INTEGER): number {
    const { value } = this;
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0 || value > max)
      return this.fail(`give a whole number from 0${max === Number.MAX_SAFE_INTEGER ? '' : ` to ${max}`}`);
    return value;
  }
}

function distance(at: At): Distance {
  const member = at.members(units);
  const [unit, ...more] = units.filter((one) => member(one) !== undefined);
  if (unit === undefined || more.length > 0) return at.fail(`give one of ${units.join(', ')}`);
  return { unit: unit satisfies Unit, value: (member(unit) as At).count() };
}

/** A distance that events lie within. */
function stretch(at: At): Distance {
  const given = distance(at);
  return given.value > 0 ? given : at.fail('give a stretch of 1 or more');
}

const isWord = (type: ColumnType): boolean => type === 'UBIGINT';
const isText = (type: ColumnType): boolean => type === 'VARCHAR';

/** A number; of words of bits one that may be text, since JSON's end at 2^53. */
function number(at: At, type: ColumnType): number | bigint {
  const { value } = at;
  if (isWord(type)) {
    if (typeof value === 'string' && /^(0x[0-9a-f]{1,16}|[0-9]{1,20})$/i.test(value)) return BigInt(value);
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return BigInt(value);
    return at.fail('give a number, or a text such as "0x9000000"');
  }
  return typeof value === 'number' ? value : at.fail('give a number');
}

function value(at: At, type: ColumnType): Glob | bigint | number | null {
  if (at.value === null) return null;
  return isText(type) ? { parts: at.text().split('*') } : number(at, type);
}

function test(at: At, type: ColumnType): Test {
  if (isMap(at.value) && !isText(type)) {
    const member = at.members(['min', 'max']);
    const [min, max] = [member('min'), member('max')].map((end) => end && number(end, type));
    if (min === undefined && max === undefined) at.fail('give min, max or both');
    return { kind: 'range', min, max };
  }
  if (!Array.isArray(at.value)) return { kind: 'values', values: [value(at, type)] };
  if (at.value.length === 0 || at.value.length > VALUES_MAX) at.fail(`give 1 to ${VALUES_MAX} values`);
  return { kind: 'values', values: at.value.map((one: unknown, i) => value(new At(`${at.where}[${i}]`, one), type)) };
}

const tableNames = eventTables.map(({ name }) => name);

function match(at: At): Match {
  if (!isMap(at.value) || typeof at.value.table !== 'string')
    return at.fail(`give an object with a table: ${tableNames.join(', ')}`);
  const table = eventTables.find(({ name }) => name === (at.value as Json).table);
  if (table === undefined)
    return at.fail(`there is no table ${JSON.stringify(at.value.table)}; there are ${tableNames.join(', ')}`);
  const columns = table.columns.filter(({ type }) => type !== 'BLOB');
  const member = at.members(['table', ...columns.map(({ name }) => name)]);
  const conditions = columns.flatMap(({ name: column, type }) => {
    const condition = member(column);
    return condition === undefined ? [] : [{ column, type, test: test(condition, type) }];
  });
  return { table: table.name, conditions, text: JSON.stringify(at.value) };
}

function same(at: At | undefined, matches: readonly Match[]): readonly string[] {
  if (at === undefined) return [];
  if (!Array.isArray(at.value) || at.value.length === 0) return at.fail('give a list of columns that both tables have');
  return at.value.map((name: unknown): string => {
    for (const { table } of matches)
      if (!eventTables.some((one) => one.name === table && one.columns.some((column) => column.name === name)))
        at.fail(`table ${table} has no column ${JSON.stringify(name)}`);
    return String(name);
  });
}

const SHAPES = {
  count: ['atMost', 'atLeast', 'per'],
  every: ['followedBy', 'precededBy', 'within', 'same'],
  reach: ['within'],
} as const;
const COMMON = ['name', 'why', 'from', 'before'] as const;
type Shape = keyof typeof SHAPES;

function ruleOf(at: At): Rule {
  const { value: map } = at;
  const shapes = Object.keys(SHAPES) as Shape[];
  const [shape, ...more] = shapes.filter((one) => isMap(map) && Object.hasOwn(map, one));
  if (shape === undefined || more.length > 0) return at.fail(`give one of ${shapes.join(', ')}`);
  const member = at.members([...COMMON, shape, ...SHAPES[shape]]);
  const needed = (key: string): At => member(key) ?? at.fail(`${key} is missing`);
  const optional = <K extends 'why' | 'from' | 'before'>(key: K): { readonly [P in K]?: string } => {
    const text = member(key)?.text();
    return (text === undefined ? {} : { [key]: text }) as { readonly [P in K]?: string };
  };
  const named = { name: needed('name').text(), ...optional('why'), ...optional('from'), ...optional('before') };
  if (shape === 'reach') {
    if (named.before !== undefined) at.fail('before: it is reached or not; leave it out');
    return { ...named, kind: 'reach', reach: needed('reach').text(), within: distance(needed('within')) };
  }
  if (shape === 'every') {
    const [behind, ahead] = [member('followedBy'), member('precededBy')];
    const other = behind ?? ahead;
    if (other === undefined || (behind !== undefined && ahead !== undefined))
      return at.fail('give one of followedBy, precededBy');
    const matches = [match(needed('every')), match(other)] as const;
    const isBefore = ahead !== undefined;
    const within = distance(needed('within'));
    return {
      ...named,
      kind: 'ordering',
      every: matches[0],
      other: matches[1],
      isBefore,
      within,
      same: same(member('same'), matches),
    };
  }
  const per = member('per');
  const [atMost, atLeast] = [member('atMost'), member('atLeast')];
  if (atMost === undefined && atLeast === undefined) at.fail('give atMost, atLeast or both');
  if (per !== undefined && (atMost === undefined || atLeast !== undefined)) at.fail('per goes with atMost alone');
  return {
    ...named,
    kind: 'budget',
    count: match(needed('count')),
    ...(atMost === undefined ? {} : { atMost: atMost.count(per === undefined ? undefined : WINDOW_EVENTS_MAX) }),
    ...(atLeast === undefined ? {} : { atLeast: atLeast.count() }),
    ...(per === undefined ? {} : { per: stretch(per) }),
  };
}

/** Which events, as a rule names them. @param where for messages */
export const readMatch = (value: unknown, where: string): Match => match(new At(where, value));

/**
 * The rules of a file's text: `{"rules":[…]}`.
 * @param file its name, for messages
 */
export function readRules(text: string, file: string): readonly Rule[] {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new Failure(`${file}: no JSON: ${(error as Error).message}`);
  }
  const top = new At(file, json);
  const list = top.members(['rules'])('rules') ?? top.fail('give {"rules": […]}');
  const { value: all } = list;
  if (!Array.isArray(all) || all.length === 0 || all.length > RULES_MAX)
    return list.fail(`give a list of 1 to ${RULES_MAX} rules`);
  const rules = all.map((one: unknown, i) => {
    const name = isMap(one) && typeof one.name === 'string' ? ` ${JSON.stringify(one.name)}` : '';
    return ruleOf(new At(`${file}: rule ${i + 1}${name}`, one));
  });
  const twice = rules.find(({ name }, i) => rules.findIndex((other) => other.name === name) !== i);
  if (twice !== undefined) throw new Failure(`${file}: two rules have the name ${JSON.stringify(twice.name)}`);
  return rules;
}
