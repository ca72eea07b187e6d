import { AGENT_BYTES_MAX, type AgentContext, BadExpression, evaluateAgent } from './agent-expression.ts';
import type { StopPoints, WatchRange } from './debuggee.ts';
import { bytesOf, hexNumber } from './packet.ts';

/** So many points a client may set, and so many conditions one of them may have. */
const POINTS_MAX = 4096;
const CONDITIONS_MAX = 64;
/** Longest range that is watched. */
const WATCH_BYTES_MAX = 1 << 16;

interface Point {
  readonly type: number;
  readonly at: bigint;
  readonly bytes: number;
  readonly conditions: readonly Uint8Array[];
}

const SOFTWARE = 0;
const HARDWARE = 1;
const watchKinds: Readonly<Record<number, WatchRange['kind']>> = { 2: 'write', 3: 'read', 4: 'access' };
const TYPE_MAX = 4;

/** Breakpoints and watchpoints of a client: packets Z0 to Z4. They are given to the machine when it is to run, as a whole. */
export class PointTable {
  readonly #points = new Map<string, Point>();
  /** Different from what the machine has. */
  #isChanged = true;
  #given = '';

  /** `text` is what follows the letter. The reply. */
  insert(text: string): string {
    const [head = '', conditions, ...more] = text.split(';');
    const point = parsePoint(head);
    if (point === 'unknown') return '';
    if (point === undefined || more.length > 0) return 'E16';
    const parsed = conditions === undefined ? [] : parseConditions(conditions);
    if (parsed === undefined) return 'E16';
    const key = keyOf(point);
    if (!this.#points.has(key) && this.#points.size >= POINTS_MAX) return `E.no more than ${POINTS_MAX} points`;
    this.#points.set(key, { ...point, conditions: parsed });
    this.#isChanged = true;
    return 'OK';
  }
  remove(text: string): string {
    const point = parsePoint(text.split(';')[0] ?? '');
    if (point === 'unknown') return '';
    if (point === undefined) return 'E16';
    this.#isChanged = this.#points.delete(keyOf(point)) || this.#isChanged;
    return 'OK';
  }

  /** What is to be given to the machine; undefined where it has that. */
  changed(context: () => AgentContext): StopPoints | undefined {
    if (!this.#isChanged) return undefined;
    this.#isChanged = false;
    const points = [...this.#points.values()];
    const breakpoints = [...new Set(points.filter(isBreakpoint).map(({ at }) => at))];
    const watchpoints = points.flatMap(({ type, at, bytes }) => {
      const kind = watchKinds[type];
      return kind === undefined ? [] : [{ at, bytes, kind }];
    });
    // A client takes all of them away at each stop and sets them again.
    const given = `${breakpoints.join()} ${watchpoints.map((w) => `${w.kind}${w.at}+${w.bytes}`).join()}`;
    if (given === this.#given) return undefined;
    this.#given = given;
    return { breakpoints, watchpoints, accepts: (at) => this.#accepts(at, context()) };
  }

  /** How a breakpoint there is told of: which of the two the client set. */
  kindAt(at: bigint): 'swbreak' | 'hwbreak' | undefined {
    if (this.#points.has(`${SOFTWARE}:${at}`)) return 'swbreak';
    return this.#points.has(`${HARDWARE}:${at}`) ? 'hwbreak' : undefined;
  }

  /** Without conditions, or one of them holds; or cannot be worked out: the client looks at it again. */
  #accepts(at: bigint, context: AgentContext): boolean {
    const here = [SOFTWARE, HARDWARE].flatMap((type) => this.#points.get(`${type}:${at}`) ?? []);
    return here.some(({ conditions }) => conditions.length === 0 || conditions.some((code) => holds(code, context)));
  }
}

const isBreakpoint = ({ type }: Point): boolean => type === SOFTWARE || type === HARDWARE;
const keyOf = ({ type, at, bytes }: Omit<Point, 'conditions'>): string =>
  type === SOFTWARE || type === HARDWARE ? `${type}:${at}` : `${type}:${at}:${bytes}`;

function holds(code: Uint8Array, context: AgentContext): boolean {
  try {
    return evaluateAgent(code, context) !== 0n;
  } catch (error) {
    if (error instanceof BadExpression) return true;
    throw error;
  }
}

/** `type,addr,kind`: of a breakpoint `kind` is the length of its instruction, of a watchpoint that of its range. */
function parsePoint(text: string): Omit<Point, 'conditions'> | 'unknown' | undefined {
  const [type = '', address, length, ...more] = text.split(',');
  if (!/^[0-9]$/.test(type) || Number(type) > TYPE_MAX) return 'unknown';
  const at = hexNumber(address);
  const bytes = hexNumber(length);
  if (at === undefined || bytes === undefined || more.length > 0) return undefined;
  if (watchKinds[Number(type)] !== undefined && (bytes === 0n || bytes > BigInt(WATCH_BYTES_MAX))) return undefined;
  return { type: Number(type), at, bytes: Number(BigInt.asUintN(32, bytes)) };
}

/** `Xlen,code` one after the other. */
function parseConditions(text: string): Uint8Array[] | undefined {
  const conditions: Uint8Array[] = [];
  let rest = text;
  while (rest !== '') {
    const length = Number.parseInt(/^X([0-9a-f]{1,4}),/i.exec(rest)?.[1] ?? '', 16);
    if (!(length > 0 && length <= AGENT_BYTES_MAX) || conditions.length >= CONDITIONS_MAX) return undefined;
    const from = rest.indexOf(',') + 1;
    const code = bytesOf(rest.slice(from, from + 2 * length));
    if (code?.length !== length) return undefined;
    conditions.push(code);
    rest = rest.slice(from + 2 * length);
  }
  return conditions;
}
