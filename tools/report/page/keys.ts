import { el } from './dom.ts';

/** A key, and what it does. */
export interface Shortcut {
  /** As `KeyboardEvent.key` has it, for all of which it does the same. */
  readonly keys: readonly string[];
  /** For people, where that differs. */
  readonly shown?: string;
  readonly text: string;
  readonly run: () => void;
}

/** Is a text being typed, or a list gone through? */
const takesKeys = (target: EventTarget | null): boolean =>
  target instanceof HTMLInputElement || target instanceof HTMLSelectElement || target instanceof HTMLTextAreaElement;

/** Listens to the page's keys, and lists them. */
export function shortcuts(list: readonly Shortcut[]): {
  readonly dialog: HTMLDialogElement;
  readonly open: () => void;
} {
  const close = el('button', { type: 'button', class: 'close', 'aria-label': 'Close' }, '✕');
  const rows = list.map(({ keys, shown, text }) =>
    el(
      'div',
      {},
      el('dt', {}, ...(shown ?? keys.join(' ')).split(' ').map((key) => el('kbd', {}, key))),
      el('dd', {}, text),
    ),
  );
  const dialog = el(
    'dialog',
    { class: 'keys', 'aria-labelledby': 'keys-title' },
    el('header', {}, el('h2', { id: 'keys-title' }, 'Keys and pointer'), close),
    el('dl', {}, ...rows),
    el(
      'dl',
      {},
      el('div', {}, el('dt', {}, 'drag'), el('dd', {}, 'on the timeline: look at that stretch of time')),
      el('div', {}, el('dt', {}, el('kbd', {}, 'Ctrl'), ' wheel'), el('dd', {}, 'on the timeline: closer, farther')),
      el('div', {}, el('dt', {}, el('kbd', {}, 'Shift'), ' wheel'), el('dd', {}, 'on the timeline: earlier, later')),
      el(
        'div',
        {},
        el('dt', {}, 'arrow keys'),
        el(
          'dd',
          {},
          'on trap paths: walk; Enter goes in, Escape out, F shows that name alone. In tables and the console: walk; Enter chooses',
        ),
      ),
      el('div', {}, el('dt', {}, 'click'), el('dd', {}, 'on the timeline: a moment, which the console follows')),
      el(
        'div',
        {},
        el('dt', {}, 'double click'),
        el('dd', {}, 'on the timeline: all of the run; on a console line: until the next line'),
      ),
    ),
  );
  const open = (): void => {
    if (!dialog.open) dialog.showModal();
  };
  close.addEventListener('click', () => dialog.close());
  dialog.addEventListener('click', (event) => {
    if (event.target === dialog) dialog.close();
  });
  document.addEventListener('keydown', (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || takesKeys(event.target)) return;
    if (event.key === '?') open();
    else if (dialog.open) return;
    else {
      const shortcut = list.find(({ keys }) => keys.includes(event.key));
      if (shortcut === undefined) return;
      shortcut.run();
    }
    event.preventDefault();
  });
  return { dialog, open };
}
