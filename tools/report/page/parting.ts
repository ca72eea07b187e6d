import type { CauseStep, Parting, PartingSide, PartingValue } from '../report-data.ts';
import { el, section } from './dom.ts';
import { countText, momentText, plural } from './format.ts';
import type { View } from './view.ts';

const LETTERS = ['A', 'B'] as const;

/** The first instruction of two runs that has another effect: what differs, where both are, and where that came from. */
export function partingSection(view: View, parting: Parting): HTMLElement {
  const { at, title, place, instruction, cause, sides, rerun } = parting;
  const go = el('button', { type: 'button', on: { click: () => view.goTo(at) } }, 'on the timeline');
  return section(
    'parting',
    'Where they part',
    `Found by replaying ${plural(rerun, 'instruction')}: ${title}.`,
    [go],
    el(
      'div',
      { class: 'parting-head' },
      el('span', { class: 'parting-at' }, momentText(at), el('small', {}, `icount ${countText(at)}`)),
      el('code', { class: 'parting-code' }, el('b', {}, instruction), el('span', {}, place)),
      el('span', { class: 'parting-cause' }, el('b', {}, cause.kind), ` ${cause.text}`),
    ),
    values('Differs behind it', parting.differs, parting.isCut),
    el('div', { class: 'runs' }, ...sides.map((side, number) => sideOf(side, number))),
    values('In devices and hypervisor', parting.devices, false),
    values('Differed before', parting.before, false),
    el('div', { class: 'runs' }, ...sides.map((side, number) => chainOf(view, side, number))),
  );
}

/** What two sides have, with the characters marked in which they differ. */
export function values(
  title: string,
  rows: readonly PartingValue[],
  isCut: boolean,
  shown: (text: string, other: string) => HTMLElement = marked,
): HTMLElement | undefined {
  if (rows.length === 0) return undefined;
  return el(
    'table',
    { class: 'plain values' },
    el('caption', {}, title),
    el('thead', {}, el('tr', {}, ...['what', ...LETTERS].map((text) => el('th', { scope: 'col' }, text)))),
    el(
      'tbody',
      {},
      ...rows.map(({ what, a, b }) =>
        el('tr', {}, el('th', { scope: 'row' }, what), el('td', {}, shown(a, b)), el('td', {}, shown(b, a))),
      ),
      isCut && el('tr', {}, el('td', { colspan: '3', class: 'dim' }, 'and more, which is not listed')),
    ),
  );
}

/** A text with what of it the other has not in its place, counted from the end where numbers are of another length. */
function marked(text: string, other: string): HTMLElement {
  const isNumber = text.startsWith('0x') && other.startsWith('0x');
  const shift = isNumber ? other.length - text.length : 0;
  const code = el('code', {});
  let run = '';
  let isMarked = false;
  const flush = (): void => {
    if (run !== '') code.append(isMarked ? el('mark', {}, run) : run);
    run = '';
  };
  for (let i = 0; i < text.length; i++) {
    const differs = text[i] !== other[i + shift] && !(isNumber && i < 2);
    if (differs !== isMarked) flush();
    isMarked = differs;
    run += text[i];
  }
  flush();
  return code;
}

const letter = (number: number): HTMLElement => el('b', { class: 'letter' }, LETTERS[number] ?? '');

function sideOf({ notes, code, stack }: PartingSide, number: number): HTMLElement {
  return el(
    'div',
    { class: 'parting-side' },
    el('h3', { class: 'run-name' }, letter(number), notes.join(', ')),
    el(
      'ol',
      { class: 'code', 'aria-label': 'Code there' },
      ...code.map(({ pc, symbol, text, isHere }) =>
        el(
          'li',
          isHere ? { class: 'is-here', 'aria-current': 'true' } : {},
          el('span', { class: 'dim' }, symbol ?? pc),
          el('code', { title: pc }, text),
        ),
      ),
    ),
    stack.length === 0
      ? undefined
      : el(
          'ol',
          { class: 'code stack', 'aria-label': 'Call stack, innermost first' },
          ...stack.map((frame) => el('li', {}, el('code', {}, frame))),
        ),
  );
}

function chainOf(view: View, { chain, origin, chainOf: of }: PartingSide, number: number): HTMLElement | undefined {
  if (chain.length === 0 && origin === undefined) return undefined;
  const step = ({ at, place, what, value, by, instruction, from }: CauseStep): HTMLElement =>
    el(
      'li',
      {},
      el(
        'button',
        { type: 'button', class: 'step-at', title: `icount ${countText(at)}`, on: { click: () => view.goTo(at) } },
        momentText(at),
      ),
      el('div', {}, el('code', {}, el('b', {}, `${what} = ${value}`)), ` by ${by}`),
      el('div', {}, el('code', {}, instruction ?? ''), el('span', { class: 'dim' }, ` ${place}`)),
      ...from.map((input) => el('div', { class: 'from' }, el('code', {}, input))),
    );
  return el(
    'div',
    { class: 'chain' },
    el('h3', { class: 'run-name' }, letter(number), `Causes${of === '' ? '' : ` of ${of}`}, backwards`),
    el(
      'ol',
      {},
      ...chain.map(step),
      origin && el('li', { class: 'origin' }, el('span', { class: 'chip' }, origin.kind), ` ${origin.text}`),
    ),
  );
}
