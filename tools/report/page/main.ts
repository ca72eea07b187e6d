// page/: the page of a report, which runs in a browser: it shows the data that stand in it, and asks nobody for anything.

import { unpackData } from '../container.ts';
import type { ReportData } from '../report-data.ts';
import { followAddress } from './address.ts';
import { ConsoleText } from './console.ts';
import { el } from './dom.ts';
import { ExitList } from './exit-list.ts';
import { Flame } from './flame.ts';
import { Interrupts } from './interrupts.ts';
import { shortcuts } from './keys.ts';
import { Run } from './model.ts';
import { Overview, rangeText } from './overview.ts';
import { Palette } from './palette.ts';
import { findingsSection, summary } from './summary.ts';
import { Tables } from './tables.ts';
import { themeSwitch } from './theme.ts';
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

function build(data: ReportData): void {
  const runs = data.runs.map((run, i) => new Run(run, data.runs.length > 1 ? ('AB'[i] as string) : ''));
  const view = new View(runs);
  const palette = new Palette(view);
  const overview = new Overview(view);
  const timeline = new TimelineSection(view, palette, data.difference);
  const flame = new Flame(view, palette);
  const interrupts = new Interrupts(view);
  const repaint = (): void => {
    for (const part of [overview, timeline, interrupts]) part.repaint();
  };
  const theme = themeSwitch(repaint);

  const { dialog, open } = shortcuts([
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
    ...sections.map(([id, title], i) => ({
      keys: [String(i + 1)],
      text: `to “${title}”`,
      run: () => goTo(id),
    })),
    { keys: ['?'], text: 'this list', run: () => {} },
  ]);

  const stretch = el('output', { class: 'stretch' });
  const showStretch = (): void => {
    const { range } = view.state;
    stretch.textContent = view.isWhole ? 'all of the run' : rangeText(range);
  };
  view.listen('quick', showStretch);
  showStretch();

  followAddress(view);
  document.title = `${data.title} – hypertape report`;
  document.body.replaceChildren(
    el('a', { class: 'skip', href: '#timeline' }, 'to the timeline'),
    el(
      'header',
      { class: 'top' },
      el(
        'div',
        { class: 'top-row' },
        el('div', { class: 'brand' }, el('span', { class: 'logo', 'aria-hidden': 'true' }), el('h1', {}, data.title)),
        el('nav', { 'aria-label': 'Sections' }, ...sections.map(([id, title]) => el('a', { href: `#${id}` }, title))),
        theme,
        el(
          'button',
          { type: 'button', class: 'help', title: 'Keys (?)', 'aria-label': 'Keys', on: { click: open } },
          '?',
        ),
      ),
      el(
        'div',
        { class: 'top-row' },
        overview.element,
        stretch,
        el('button', { type: 'button', title: 'all of the run (0)', on: { click: () => view.reset() } }, 'reset'),
      ),
    ),
    el(
      'main',
      {},
      summary(view, palette),
      findingsSection(view, data.findings),
      timeline.element,
      flame.element,
      new Tables(view, palette).element,
      new ExitList(view, palette).element,
      interrupts.element,
      el('div', { class: 'runs' }, ...runs.map((_, number) => new ConsoleText(view, number).element)),
    ),
    el('footer', {}, el('p', {}, `Made by ${data.producer} with `, el('code', {}, data.command), '.')),
    dialog,
  );
}

const sections = [
  ['summary', 'Summary'],
  ['findings', 'Findings'],
  ['timeline', 'Timeline'],
  ['flame', 'Trap paths'],
  ['tables', 'Numbers'],
  ['exits', 'Exits'],
  ['interrupts', 'Interrupts'],
  ['console', 'Console'],
] as const;

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
