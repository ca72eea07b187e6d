/** What an element is given beside its children: attributes as text, `class`, and what happens on events. */
export interface Properties {
  readonly class?: string;
  readonly on?: { readonly [E in keyof HTMLElementEventMap]?: (event: HTMLElementEventMap[E]) => void };
  /** CSS properties: set one by one, as the page's content security policy asks for. */
  readonly style?: Readonly<Record<string, string>>;
  readonly [attribute: string]: unknown;
}

/** An element, or text, which is never read as markup. */
export type Child = Node | string | undefined | false;

/** Makes an element. Text of a tape comes in as text nodes and attributes, and in no other way. */
export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  { on, style, ...attributes }: Properties = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    element.setAttribute(name, value === true ? '' : String(value));
  }
  for (const [name, value] of Object.entries(style ?? {})) element.style.setProperty(name, value);
  for (const [name, listener] of Object.entries(on ?? {})) element.addEventListener(name, listener as EventListener);
  element.append(...children.filter((child): child is Node | string => child !== undefined && child !== false));
  return element;
}

/** An SVG element, likewise. */
export function svg(
  tag: string,
  attributes: Readonly<Record<string, string | number>>,
  ...children: Node[]
): SVGElement {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  element.append(...children);
  return element;
}

/** A section of the page, with what can be chosen about it beside its heading. */
export function section(
  id: string,
  heading: string,
  caption: Child,
  controls: readonly Child[],
  ...content: readonly Child[]
): HTMLElement {
  const titleId = `${id}-title`;
  return el(
    'section',
    { id, class: 'card', 'aria-labelledby': titleId, tabindex: '-1' },
    el(
      'header',
      { class: 'card-head' },
      el('div', { class: 'card-title' }, el('h2', { id: titleId }, heading), el('p', { class: 'caption' }, caption)),
      controls.length > 0 && el('div', { class: 'controls' }, ...controls),
    ),
    ...content,
  );
}

/** One of several values, as buttons in a row. */
export function choice<T extends string>(
  label: string,
  options: readonly (readonly [value: T, text: string, title?: string])[],
  value: () => T,
  chosen: (value: T) => void,
): { readonly element: HTMLElement; readonly update: () => void } {
  const buttons = options.map(([option, text, title]) =>
    el('button', { type: 'button', title, on: { click: () => chosen(option) } }, text),
  );
  const update = (): void => {
    for (const [i, button] of buttons.entries())
      button.setAttribute('aria-pressed', String(options[i]?.[0] === value()));
  };
  update();
  return { element: el('div', { class: 'choice', role: 'group', 'aria-label': label }, ...buttons), update };
}

/** The same as a list that opens. */
export function dropdown<T extends string>(
  label: string,
  options: readonly (readonly [value: T, text: string])[],
  value: () => T,
  chosen: (value: T) => void,
): { readonly element: HTMLElement; readonly update: () => void } {
  const select = el(
    'select',
    { on: { change: () => chosen(select.value as T) } },
    ...options.map(([option, text]) => el('option', { value: option }, text)),
  );
  const update = (): void => {
    select.value = value();
  };
  update();
  return { element: el('label', { class: 'dropdown' }, el('span', {}, label), select), update };
}
