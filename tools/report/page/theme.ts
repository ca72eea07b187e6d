import { choice } from './dom.ts';

type Theme = 'auto' | 'light' | 'dark';

/** Light, dark, or as the system has it. @param changed is told when colours are others */
export function themeSwitch(changed: () => void): HTMLElement {
  let theme: Theme = 'auto';
  const system = matchMedia('(prefers-color-scheme: dark)');
  const apply = (): void => {
    document.documentElement.dataset.theme = theme === 'auto' ? (system.matches ? 'dark' : 'light') : theme;
  };
  apply();
  system.addEventListener('change', () => {
    apply();
    changed();
  });
  const { element, update } = choice<Theme>(
    'Colours',
    [
      ['auto', 'auto', 'as the system has it'],
      ['light', 'light'],
      ['dark', 'dark'],
    ],
    () => theme,
    (wanted) => {
      theme = wanted;
      apply();
      update();
      changed();
    },
  );
  return element;
}
