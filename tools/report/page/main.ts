// page/: the page of a report, which runs in a browser: it shows the data that stand in it, and asks nobody for anything.

import { unpackData } from '../container.ts';
import type { ReportData } from '../report-data.ts';
import { followAddress } from './address.ts';
import { ConsoleText } from './console.ts';
import { differenceSection } from './difference.ts';
import { el } from './dom.ts';
import { ExitList } from './exit-list.ts';
import { Flame } from './flame.ts';
import { Interrupts } from './interrupts.ts';
import { type Shortcut, shortcuts } from './keys.ts';
import { Run } from './model.ts';
import { Overview, rangeText } from './overview.ts';
import { Palette } from './palette.ts';
import { partingSection } from './parting.ts';
import { findingsSection, summary } from './summary.ts';
import { Tables } from './tables.ts';
import { themeSwitch } from './theme.ts';
import type { TimelineMark } from './timeline.ts';
import { TimelineSection } from './timeline-section.ts';
import { allowOwnMarkup } from './trusted-types.ts';
import { View } from './view.ts';
// Last: the libraries bring styles of their own, which these go over.
import './styles.ts';

/** The data, from the element that holds them as base64 of gzip. */
async function readData(): Promise<ReportData> {
  const text = document.getElementById('data')?.textContent ?? '';
  const chars = atob(text);
  const bytes = new Uint8Array(chars.length);
  for (let i = 0; i < chars.length; i++) bytes[i] = chars.charCodeAt(i);
  const unzipped = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
  return unpackData(new Uint8Array(await new Response(unzipped).arrayBuffer())) as ReportData;
}

/** A section of the page. */
type Part = readonly [id: string, title: string, element: HTMLElement];

function build(data: ReportData): void {
  const runs = data.runs.map((run, i) => new Run(run, data.runs.length > 1 ? ('AB'[i] as string) : ''));
  const view = new View(runs);
  const palette = new Palette(view);
  const repainted: { repaint(): void }[] = [];
  const drawn = <T extends { readonly element: HTMLElement; repaint(): void }>(part: T): HTMLElement => {
    repainted.push(part);
    return part.element;
  };
  const parts: Part[] = [
    ...(data.parting ? [['parting', 'Parting', partingSection(view, data.parting)] as const] : []),
    ...(data.difference ? [['difference', 'Differences', differenceSection(view, data.difference)] as const] : []),
  ];
  if (runs.length > 0)
    parts.push(
      ['summary', 'Summary', summary(view, palette)],
      ...(data.findings ? [['findings', 'Findings', findingsSection(view, data.findings)] as const] : []),
      [
        'timeline',
        'Timeline',
        drawn(new TimelineSection(view, palette, marksOf(data), data.difference?.regions ?? [])),
      ],
      ['flame', 'Trap paths', new Flame(view, palette).element],
      ['tables', 'Numbers', new Tables(view, palette).element],
      ['exits', 'Exits', new ExitList(view, palette).element],
      ['interrupts', 'Interrupts', drawn(new Interrupts(view))],
      ['console', 'Console', consoles(view)],
    );
  const overview = runs.length > 0 ? drawn(new Overview(view)) : undefined;
  const theme = themeSwitch(() => {
    for (const part of repainted) part.repaint();
  });
  const { dialog, open } = shortcuts(keysOf(view, parts));
  followAddress(view);
  document.title = `${data.title} – hypertape report`;
  document.body.replaceChildren(
    el('a', { class: 'skip', href: '#timeline' }, 'to the timeline'),
    top(data.title, view, parts, overview, theme, open),
    el('main', {}, ...parts.map(([, , element]) => element)),
    el('footer', {}, el('p', {}, `Made by ${data.producer} with `, el('code', {}, data.command), '.')),
    dialog,
  );
}

/** Moments that are marked on the timelines: where two runs part. */
function marksOf({ parting, difference }: ReportData): readonly (TimelineMark | undefined)[] {
  if (parting !== undefined) return [0, 1].map(() => ({ at: parting.at, text: 'they part here' }));
  if (difference === undefined || difference.identical) return [];
  return difference.at.map((at) => (at === undefined ? undefined : { at, text: 'first difference' }));
}

const consoles = (view: View): HTMLElement =>
  el('div', { class: 'runs' }, ...view.runs.map((_, number) => new ConsoleText(view, number).element));

/** What stays at the top: title, sections, and what of the run is shown. */
function top(
  title: string,
  view: View,
  parts: readonly Part[],
  overview: HTMLElement | undefined,
  theme: HTMLElement,
  openKeys: () => void,
): HTMLElement {
  const stretch = el('output', { class: 'stretch' });
  const showStretch = (): void => {
    const { range } = view.state;
    stretch.textContent = view.isWhole ? 'all of the run' : rangeText(range);
  };
  view.listen('quick', showStretch);
  showStretch();
  return el(
    'header',
    { class: 'top' },
    el(
      'div',
      { class: 'top-row' },
      el('div', { class: 'brand' }, el('span', { class: 'logo', 'aria-hidden': 'true' }), el('h1', {}, title)),
      el('nav', { 'aria-label': 'Sections' }, ...parts.map(([id, name]) => el('a', { href: `#${id}` }, name))),
      theme,
      el(
        'button',
        { type: 'button', class: 'help', title: 'Keys (?)', 'aria-label': 'Keys', on: { click: openKeys } },
        '?',
      ),
    ),
    overview &&
      el(
        'div',
        { class: 'top-row' },
        overview,
        stretch,
        el('button', { type: 'button', title: 'all of the run (0)', on: { click: () => view.reset() } }, 'reset'),
      ),
  );
}

const keysOf = (view: View, parts: readonly Part[]): Shortcut[] => [
  { keys: ['w', '+', '='], shown: 'W +', text: 'closer', run: () => view.zoom(1 / 1.6) },
  { keys: ['s', '-'], shown: 'S −', text: 'farther', run: () => view.zoom(1.6) },
  { keys: ['a'], shown: 'A', text: 'earlier', run: () => view.pan(-0.2) },
  { keys: ['d'], shown: 'D', text: 'later', run: () => view.pan(0.2) },
  { keys: ['0', 'Home'], shown: '0', text: 'all of the run', run: () => view.reset() },
  { keys: ['z', 'Backspace'], shown: 'Z', text: 'the stretch of time before', run: () => view.back() },
  {
    keys: ['x'],
    shown: 'X',
    text: 'without filters and chosen moment',
    run: () => view.set({ filters: [], moment: undefined }),
  },
  ...parts.slice(0, 9).map(([id, title], i) => ({ keys: [String(i + 1)], text: `to “${title}”`, run: () => goTo(id) })),
  { keys: ['?'], text: 'this list', run: () => {} },
];

function goTo(id: string): void {
  const target = document.getElementById(id);
  target?.scrollIntoView({ block: 'start' });
  target?.focus({ preventScroll: true });
}

allowOwnMarkup();
readData().then(build, (error: unknown) => {
  const message = error instanceof Error ? error.message : String(error);
  document.body.replaceChildren(
    el('main', {}, el('h1', {}, 'This report cannot be shown'), el('p', {}, `Its data cannot be read: ${message}`)),
  );
});
