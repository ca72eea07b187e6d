import type { EventFrame } from '../trace/codec/event-rows.ts';
import { mmioRead, mmioWrite, psci, suspend, sysregRead, sysregWrite, vmExit, wfi } from '../trace/events/index.ts';
import type { CodeTokens } from './code-tokens.ts';
import { type EventAt, OrderedFrame } from './events-in-order.ts';

/** An event of code, and what came from elsewhere since the one before. */
export interface LaneEvent extends EventAt {
  readonly token: number;
  /** An exit that the next event tells more of. */
  readonly isTold: boolean;
  readonly others: readonly EventAt[];
}

/** What was done about an exit. */
const TELLING: ReadonlySet<number> = new Set(
  [mmioRead, mmioWrite, sysregRead, sysregWrite, psci, wfi, suspend].map(({ tag }) => tag),
);
const NONE: readonly EventAt[] = [];
/** Events from elsewhere that are kept for one event of code: an idle guest makes no end of them. */
const OTHERS_MAX = 1 << 12;

/** One of two streams of events that are laid beside each other: as many of its events are in memory as are looked ahead. */
export class Lane {
  readonly #frames: Iterator<EventFrame>;
  readonly #tokens: CodeTokens;
  #queue: LaneEvent[] = [];
  #head = 0;
  #frame: OrderedFrame | undefined;
  #next: OrderedFrame | undefined;
  #place = 0;
  #others: EventAt[] = [];
  #ended = false;
  /** What came from elsewhere behind the last event of code, once all is read. */
  tail: readonly EventAt[] = NONE;
  readonly #isWanted: (tag: number) => boolean;
  /** Is shown each event, in the order of the tape. */
  readonly #seen: (at: EventAt) => void;

  constructor(
    frames: Iterable<EventFrame>,
    tokens: CodeTokens,
    isWanted: (tag: number) => boolean,
    seen: (at: EventAt) => void,
  ) {
    this.#frames = frames[Symbol.iterator]();
    this.#tokens = tokens;
    this.#isWanted = isWanted;
    this.#seen = seen;
    this.#frame = this.#read();
    this.#next = this.#frame && this.#read();
  }

  /** So many are in memory, or all that are left: how many there are. */
  ahead(count: number): number {
    while (this.#queue.length - this.#head < count && !this.#ended) this.#advance();
    return Math.min(count, this.#queue.length - this.#head);
  }
  /** One of those ahead. */
  at(index: number): LaneEvent | undefined {
    return this.#queue[this.#head + index];
  }
  take(): LaneEvent | undefined {
    this.ahead(1);
    const event = this.#queue[this.#head];
    if (event === undefined) return undefined;
    this.#head++;
    if (this.#head > 1024 && this.#head * 2 > this.#queue.length) {
      this.#queue = this.#queue.slice(this.#head);
      this.#head = 0;
    }
    return event;
  }

  #read(): OrderedFrame | undefined {
    const next = this.#frames.next();
    return next.done === true ? undefined : new OrderedFrame(next.value);
  }
  #advance(): void {
    const frame = this.#frame;
    if (frame === undefined) {
      this.#ended = true;
      this.tail = this.#others;
      return;
    }
    const { count, tags } = frame.frame;
    if (this.#place >= count) {
      this.#frame = this.#next;
      this.#next = this.#frame === undefined ? undefined : this.#read();
      this.#place = 0;
      return;
    }
    const place = this.#place++;
    if (!this.#isWanted(tags[place] as number)) return;
    const at = { in: frame, place };
    this.#seen(at);
    const following = place + 1 < count ? tags[place + 1] : this.#next?.frame.tags[0];
    const token = this.#tokens.of(frame, place, following);
    if (token === null) {
      if (this.#others.length < OTHERS_MAX) this.#others.push(at);
      return;
    }
    const isTold = tags[place] === vmExit.tag && following !== undefined && TELLING.has(following);
    this.#queue.push({ ...at, token, isTold, others: this.#others.length === 0 ? NONE : this.#others });
    if (this.#others.length > 0) this.#others = [];
  }
}
