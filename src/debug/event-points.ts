import type { TapeEvent } from '../trace/events/index.ts';

/** An event of the hypervisor's at which runs stop. */
export interface EventPoint {
  readonly number: number;
  /** As it was asked for. */
  readonly text: string;
  readonly fits: (event: TapeEvent) => boolean;
}

/** The events at which runs stop: what a hypervisor sees and no breakpoint catches. */
export class EventPoints {
  #points: readonly EventPoint[] = [];
  #next = 1;

  get all(): readonly EventPoint[] {
    return this.#points;
  }
  add(text: string, fits: EventPoint['fits']): EventPoint {
    const point = { number: this.#next++, text, fits };
    this.#points = [...this.#points, point];
    return point;
  }
  /** False where there is none of this number. */
  remove(number: number): boolean {
    const left = this.#points.filter((point) => point.number !== number);
    const found = left.length < this.#points.length;
    this.#points = left;
    return found;
  }
  /** The first point that an event fits. */
  find(event: TapeEvent): EventPoint | undefined {
    return this.#points.find(({ fits }) => fits(event));
  }
}
