import { el, section } from './dom.ts';
import { countText, momentText, plural } from './format.ts';
import { lowerBound, type Run } from './model.ts';
import type { View } from './view.ts';

const LINE_PIXELS = 19;
const LINES_SHOWN = 22;
/** Rendered above and below what is seen. */
const MARGIN_LINES = 8;

/** What the guest wrote, a line each, with when it did: lines and moments of the timeline lead to each other. */
export class ConsoleText {
  readonly element: HTMLElement;
  readonly #view: View;
  readonly #run: Run;
  readonly #scroller: HTMLElement;
  readonly #window = el('div', { class: 'console-window' });
  readonly #told = el('span', { class: 'dim', 'aria-live': 'polite' });
  readonly #search: HTMLInputElement;
  /** Exits between each line and the next, as far as the page knows them. */
  readonly #costs: Float64Array;
  readonly #costMax: number;
  /** Lines that the other run's console has not; of one run alone, none. */
  readonly #own: ReadonlySet<number>;
  /** Lines that the search leaves. */
  #lines: readonly number[];
  /** Place in `#lines`. */
  #current = -1;

  constructor(view: View, number: number) {
    this.#view = view;
    const run = view.runs[number] as Run;
    this.#run = run;
    this.#costs = costsOf(run);
    this.#own = ownLines(view.runs, number);
    this.#costMax = this.#costs.reduce((max, cost) => Math.max(max, cost), 1);
    const { lines, cut } = run.data.console;
    this.#lines = [...lines.keys()];
    this.#search = el('input', {
      type: 'search',
      placeholder: 'filter lines',
      'aria-label': 'Filter lines of the console',
      on: { input: () => this.#filter() },
    });
    const id = `console-${number}`;
    this.#scroller = el(
      'div',
      {
        class: 'console',
        id,
        role: 'listbox',
        tabindex: '0',
        'aria-label': 'Lines of the console; Enter goes to the moment',
        style: { height: `${Math.min(LINES_SHOWN, Math.max(3, lines.length)) * LINE_PIXELS}px` },
        on: {
          scroll: () => this.#draw(),
          keydown: (event) => this.#key(event),
          click: (event) => this.#click(event),
          dblclick: () => this.#frame(),
        },
      },
      this.#window,
    );
    const left = cut === undefined ? '' : ` ${plural(cut.lines, 'line')} in the middle are left out.`;
    const other = run.letter === 'A' ? 'B' : 'A';
    const compared = view.runs.length > 1 ? ` Marked: ${plural(this.#own.size, 'line')} that ${other} has not.` : '';
    const name = view.runs.length > 1 ? ` ${run.letter}` : '';
    this.element = section(
      `console${number === 0 ? '' : number}`,
      `Console${name}`,
      `${plural(lines.length, 'line')}, each at its moment; bars show the exits until the next line.${left}${compared}`,
      [this.#told, this.#search],
      lines.length === 0 ? el('p', { class: 'empty' }, 'The guest wrote nothing.') : this.#scroller,
    );
    this.#draw();
    view.listen('quick', (state, changed) => {
      if (changed.has('moment') && state.moment !== undefined) this.#follow(state.moment);
      if (changed.has('range')) this.#draw();
    });
  }

  #filter(): void {
    const wanted = this.#search.value.toLowerCase();
    const { lines } = this.#run.data.console;
    this.#lines = [...lines.keys()].filter(
      (line) => wanted === '' || (lines[line] as string).toLowerCase().includes(wanted),
    );
    this.#told.textContent = wanted === '' ? '' : plural(this.#lines.length, 'line');
    this.#current = -1;
    this.#scroller.scrollTop = 0;
    this.#draw();
  }

  /** The last line before a moment comes into sight. */
  #follow(moment: number): void {
    const { at } = this.#run.data.console;
    const line = lowerBound(at, moment + 1) - 1;
    const place = this.#lines.findLastIndex((candidate) => candidate <= line);
    this.#select(place, false);
  }
  #select(place: number, goes: boolean): void {
    if (place < 0 || place >= this.#lines.length) {
      this.#current = -1;
      this.#draw();
      return;
    }
    this.#current = place;
    const top = place * LINE_PIXELS;
    const { scrollTop, clientHeight } = this.#scroller;
    if (top < scrollTop || top + LINE_PIXELS > scrollTop + clientHeight)
      this.#scroller.scrollTop = top - clientHeight / 2;
    this.#draw();
    if (goes) this.#view.goTo(this.#run.data.console.at[this.#lines[place] as number] as number);
  }

  #draw(): void {
    const { scrollTop, clientHeight } = this.#scroller;
    const { at, lines, cut } = this.#run.data.console;
    const { range } = this.#view.state;
    const first = Math.max(0, Math.floor(scrollTop / LINE_PIXELS) - MARGIN_LINES);
    const seen = Math.ceil((clientHeight || LINES_SHOWN * LINE_PIXELS) / LINE_PIXELS) + 2 * MARGIN_LINES;
    this.#window.style.height = `${this.#lines.length * LINE_PIXELS}px`;
    const shown = this.#lines.slice(first, first + seen).map((line, i) => {
      const when = at[line] as number;
      const isCurrent = first + i === this.#current;
      const isOut = when < range.from || when >= range.to;
      const cost = this.#costs[line] as number;
      const width = Math.sqrt(cost / this.#costMax) * 100;
      return el(
        'div',
        {
          class: `line${isCurrent ? ' is-current' : ''}${isOut ? ' is-out' : ''}${this.#own.has(line) ? ' is-own' : ''}`,
          role: 'option',
          id: `${this.#scroller.id}-${line}`,
          'aria-selected': String(isCurrent),
          'data-place': first + i,
          style: { top: `${(first + i) * LINE_PIXELS}px` },
        },
        el('span', { class: 'line-at', title: `icount ${countText(when)}` }, momentText(when, 1000)),
        el(
          'span',
          { class: 'line-cost', title: `${plural(cost, 'exit')} until the next line` },
          el('i', { style: { width: `${width}%` } }),
        ),
        el('span', { class: 'line-text' }, lines[line] as string),
        cut?.behind === line + 1 && el('span', { class: 'line-cut' }, `… ${plural(cut.lines, 'line')} left out`),
      );
    });
    this.#window.replaceChildren(...shown);
    const current = this.#lines[this.#current];
    if (current === undefined) this.#scroller.removeAttribute('aria-activedescendant');
    else this.#scroller.setAttribute('aria-activedescendant', `${this.#scroller.id}-${current}`);
  }

  #click(event: MouseEvent): void {
    const line = (event.target as Element).closest<HTMLElement>('.line');
    if (line?.dataset.place !== undefined) this.#select(Number(line.dataset.place), true);
  }
  /** Shows the time until the next line. */
  #frame(): void {
    const { at } = this.#run.data.console;
    const line = this.#lines[this.#current];
    if (line === undefined) return;
    const from = at[line] as number;
    const to = at[line + 1] ?? this.#run.data.span.to;
    const room = (to - from) * 0.1;
    this.#view.look(from - room, to + room);
  }
  #key(event: KeyboardEvent): void {
    const page = LINES_SHOWN - 2;
    const steps: Readonly<Record<string, number>> = {
      ArrowDown: this.#current + 1,
      ArrowUp: this.#current - 1,
      PageDown: this.#current + page,
      PageUp: this.#current - page,
      Home: 0,
      End: this.#lines.length - 1,
    };
    const to = steps[event.key];
    if (to !== undefined) this.#select(Math.min(this.#lines.length - 1, Math.max(0, to)), false);
    else if (event.key === 'Enter' && !event.shiftKey) this.#select(this.#current, true);
    else if (event.key === 'Enter') this.#frame();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}

/** What Linux puts before a line: the same line comes at another time. */
const TIMESTAMP = /^\[ *\d+\.\d+\] /;

function ownLines(runs: readonly Run[], number: number): Set<number> {
  const own = new Set<number>();
  const other = runs[1 - number];
  if (other === undefined) return own;
  const left = new Map<string, number>();
  const key = (line: string): string => line.replace(TIMESTAMP, '');
  for (const line of other.data.console.lines) left.set(key(line), (left.get(key(line)) ?? 0) + 1);
  for (const [place, line] of runs[number]?.data.console.lines.entries() ?? []) {
    const count = left.get(key(line)) ?? 0;
    if (count === 0) own.add(place);
    else left.set(key(line), count - 1);
  }
  return own;
}

function costsOf(run: Run): Float64Array {
  const { at } = run.data.console;
  const sums = new Float64Array(run.exits.at.length + 1);
  for (let i = 0; i < run.exits.at.length; i++) sums[i + 1] = (sums[i] as number) + run.count(i);
  const before = (when: number): number => sums[lowerBound(run.exits.at, when)] as number;
  return Float64Array.from(at, (when, line) => before(at[line + 1] ?? Number.POSITIVE_INFINITY) - before(when));
}
