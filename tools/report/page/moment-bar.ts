import { el } from './dom.ts';
import { countText, momentText } from './format.ts';
import { lowerBound } from './model.ts';
import type { View } from './view.ts';

/** As a shell takes a file's name. */
const quoted = (name: string): string => (/^[\w./:@%+=-]+$/.test(name) ? name : `'${name.replaceAll("'", "'\\''")}'`);

/** What is known of the chosen moment, and the commands that tell more. */
export class MomentBar {
  readonly element: HTMLElement = el('div', { class: 'moment', hidden: true, 'aria-live': 'polite' });
  readonly #view: View;

  constructor(view: View) {
    this.#view = view;
    view.listen('quick', (_, changed) => {
      if (changed.has('moment')) this.#draw();
    });
  }

  #draw(): void {
    const { moment } = this.#view.state;
    this.element.hidden = moment === undefined;
    if (moment === undefined) return;
    const commands = this.#view.runs.flatMap(({ data }) =>
      data.clock === 'host' ? [] : [copied(`hypertape where ${quoted(data.name)} --at icount:${moment}`)],
    );
    const before = this.#view.runs.map((run) => {
      const { at, path } = run.exits;
      const last = lowerBound(at, moment + 1) - 1;
      if (last < 0) return undefined;
      const p = path[last] as number;
      const letter = run.letter === '' ? '' : `${run.letter}: `;
      return el('span', { class: 'dim' }, `${letter}last exit ${run.label(p, 'kind')} from ${run.label(p, 'symbol')}`);
    });
    const away = el(
      'button',
      { type: 'button', title: 'no moment', on: { click: () => this.#view.set({ moment: undefined }) } },
      '✕',
    );
    away.setAttribute('aria-label', 'No moment');
    this.element.replaceChildren(
      el('b', {}, momentText(moment)),
      el('span', { class: 'dim' }, `icount ${countText(moment)}`),
      ...before.filter((part) => part !== undefined),
      el('span', { class: 'commands' }, ...commands),
      away,
    );
  }
}

/** A command that a click puts on the clipboard. */
function copied(command: string): HTMLElement {
  const button = el(
    'button',
    {
      type: 'button',
      class: 'command',
      title: 'copy',
      on: {
        click: () => {
          // Refused where the browser does not allow it: the text can be selected.
          navigator.clipboard.writeText(command).then(
            () => button.classList.add('is-copied'),
            () => getSelection()?.selectAllChildren(button),
          );
        },
      },
    },
    el('code', {}, command),
  );
  return button;
}
