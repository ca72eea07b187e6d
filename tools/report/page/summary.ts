import type { Finding } from '../report-data.ts';
import { el, section } from './dom.ts';
import { bytesText, countText, momentText, plural, shareText, shortCount } from './format.ts';
import type { Dimension, Run } from './model.ts';
import type { Palette } from './palette.ts';
import type { View } from './view.ts';

/** What each run is, in a few numbers; what rules say about it. */
export function summary(view: View, palette: Palette): HTMLElement {
  const whole = view.runs.map((run) =>
    el(
      'div',
      { class: 'run-summary' },
      view.runs.length > 1 && el('h3', { class: 'run-name' }, el('b', { class: 'letter' }, run.letter), run.data.name),
      tiles(run),
      composition(run, view, palette),
      facts(run),
      ...run.data.notes.map((note) => el('p', { class: 'note' }, note)),
    ),
  );
  return section(
    'summary',
    'Summary',
    'What was run, and what it asked of its hypervisor.',
    [],
    el('div', { class: 'runs' }, ...whole),
  );
}

function tiles(run: Run): HTMLElement {
  const { data, total } = run;
  const { from, to } = data.span;
  const milliseconds = (to - from) / 1e6;
  const tile = (name: string, value: string, detail: string, tone = ''): HTMLElement =>
    el(
      'div',
      { class: `tile ${tone}` },
      el('dt', {}, name),
      el('dd', {}, value),
      el('dd', { class: 'detail', title: detail }, detail),
    );
  const interrupts = data.interrupts.kinds.reduce((sum, { raised }) => sum + raised, 0);
  return el(
    'dl',
    { class: 'tiles' },
    data.clock === 'host'
      ? tile('source', 'a host', 'an imported trace')
      : tile(
          'outcome',
          data.outcome?.text ?? 'unknown',
          data.outcome?.reason ?? 'the tape does not tell',
          data.outcome === undefined ? '' : data.outcome.isGood ? 'is-good' : 'is-bad',
        ),
    tile('exits', countText(total), `${shortCount(total / Math.max(1e-9, milliseconds))} a millisecond`),
    tile(
      data.clock === 'guest' ? 'time of the guest' : 'time',
      momentText(to - from, 1e6),
      `from ${momentText(from, 1e6)}`,
    ),
    data.instructions === undefined
      ? tile('events', countText(data.events), 'on the tape')
      : tile(
          'instructions',
          shortCount(data.instructions),
          `${shortCount(data.instructions / Math.max(1, total))} an exit`,
        ),
    tile('interrupts', countText(interrupts), plural(data.interrupts.kinds.length, 'INTID')),
    tile('console', countText(data.console.lines.length + (data.console.cut?.lines ?? 0)), 'lines'),
    tile('tape', bytesText(data.tapeBytes), plural(data.events, 'event')),
  );
}

/** All exits as one bar, by what they are. */
function composition(run: Run, view: View, palette: Palette): HTMLElement {
  const by: Dimension = 'kind';
  const { labels, ids, ranked } = view.grouping(by);
  const counts = new Float64Array(labels.length);
  const ofPaths = ids[view.runs.indexOf(run)] as Uint32Array;
  run.exits.path.forEach((path, place) => {
    const id = ofPaths[path] as number;
    counts[id] = (counts[id] as number) + run.count(place);
  });
  const shown = ranked.filter((id) => (counts[id] as number) > 0);
  const parts = shown.map((id) => {
    const label = labels[id] as string;
    const text = `${label}: ${plural(counts[id] as number, 'exit')}, ${shareText((counts[id] as number) / run.total)}`;
    return { label, text, colour: palette.css(by, label), share: (counts[id] as number) / run.total };
  });
  return el(
    'div',
    { class: 'composition' },
    el(
      'div',
      { class: 'stack-bar', role: 'img', 'aria-label': `Exits by class: ${parts.map(({ text }) => text).join('; ')}` },
      ...parts.map(({ text, colour, share }) =>
        el('i', { title: text, style: { 'flex-grow': String(share), background: colour } }),
      ),
    ),
    el(
      'div',
      { class: 'legend' },
      ...parts
        .slice(0, 8)
        .map(({ label, text, colour, share }) =>
          el(
            'span',
            { class: 'legend-item', title: text },
            el('i', { class: 'swatch', style: { background: colour } }),
            label,
            el('b', {}, shareText(share)),
          ),
        ),
    ),
  );
}

const facts = (run: Run): HTMLElement =>
  el(
    'dl',
    { class: 'facts' },
    ...run.data.facts.map(({ name, value }) => el('div', {}, el('dt', {}, name), el('dd', { title: value }, value))),
  );

const LEVELS = { serious: 'Serious', warning: 'Warning', info: 'To know', good: 'Good' } as const;

/** What rules found, the most serious first. */
export function findingsSection(view: View, findings: readonly Finding[]): HTMLElement {
  const order = Object.keys(LEVELS);
  const sorted = findings.toSorted((a, b) => order.indexOf(a.level) - order.indexOf(b.level));
  const show = (finding: Finding): HTMLElement | undefined => {
    const { about, at } = finding;
    const filter = about === undefined ? undefined : dimensionOf(view, about);
    if (filter === undefined && at === undefined) return undefined;
    return el(
      'button',
      {
        type: 'button',
        on: {
          click: () => {
            if (filter !== undefined && about !== undefined)
              view.set({ filters: [{ dimension: filter, label: about }], by: filter });
            if (at !== undefined) view.goTo(at);
            document.getElementById('timeline')?.scrollIntoView({ block: 'start' });
          },
        },
      },
      at === undefined ? 'show alone' : 'go there',
    );
  };
  const items = sorted.map((finding) =>
    el(
      'li',
      { class: `finding is-${finding.level}` },
      el('span', { class: 'finding-level' }, LEVELS[finding.level]),
      el(
        'div',
        {},
        el('h3', {}, finding.title),
        el('p', {}, finding.text),
        finding.advice !== undefined && el('p', { class: 'advice' }, finding.advice),
      ),
      show(finding),
    ),
  );
  return section(
    'findings',
    'Findings',
    'What rules say about this run.',
    [],
    items.length === 0
      ? el('p', { class: 'empty' }, 'No rule found anything.')
      : el('ul', { class: 'findings' }, ...items),
  );
}

/** What a name is a name of. */
const dimensionOf = (view: View, label: string): Dimension | undefined =>
  view.dimensions.map(([dimension]) => dimension).find((dimension) => view.grouping(dimension).labels.includes(label));
