/** The parts that are used of libraries that bring no types. */

declare module '*.css';

declare module 'd3-selection' {
  export interface Selection<E, D> {
    datum<N>(value: N): Selection<E, N>;
    call(f: (selection: Selection<E, D>) => unknown): Selection<E, D>;
  }
  export function select<E extends Element, D>(element: E): Selection<E, D>;
}

declare module 'd3-flame-graph' {
  import type { Selection } from 'd3-selection';

  /** A node of d3-hierarchy, with what the library adds. */
  export interface FlameNode<T> {
    readonly data: T;
    readonly parent: FlameNode<T> | null;
    readonly children?: readonly FlameNode<T>[];
    readonly depth: number;
    readonly value: number;
    readonly x0: number;
    readonly x1: number;
    readonly highlight?: boolean;
  }
  export namespace FlameGraph {
    export interface Tooltip<T> {
      (): void;
      show(event: MouseEvent, node: FlameNode<T>): void;
      hide(): void;
    }
  }
  export interface FlameGraph<T> {
    (selection: Selection<HTMLElement, T>): unknown;
    width(pixels: number): this;
    cellHeight(pixels: number): this;
    inverted(value: boolean): this;
    minFrameSize(pixels: number): this;
    transitionDuration(ms: number): this;
    sort(compare: (a: FlameNode<T>, b: FlameNode<T>) => number): this;
    tooltip(tooltip: FlameGraph.Tooltip<T>): this;
    setColorMapper(colour: (node: FlameNode<T>, original: string) => string): this;
    setLabelHandler(text: (node: FlameNode<T>) => string): this;
    setSearchMatch(matches: (node: FlameNode<T>, term: string) => boolean): this;
    setSearchHandler(told: (found: readonly FlameNode<T>[], sum: number, total: number) => void): this;
    onClick(clicked: (node: FlameNode<T>) => void): this;
    search(term: string): void;
    clear(): void;
    zoomTo(node: FlameNode<T>): void;
    resetZoom(): void;
    update(data?: T): this;
  }
  export default function flamegraph<T>(): FlameGraph<T>;
}

declare module 'tabulator-tables' {
  export interface CellComponent {
    getValue(): unknown;
    getData(): object;
    getElement(): HTMLElement;
  }
  export interface RowComponent {
    getData(): object;
    getElement(): HTMLElement;
    getNextRow(): RowComponent | false;
    getPrevRow(): RowComponent | false;
  }
  export interface Column {
    title: string;
    field: string;
    width?: number;
    minWidth?: number;
    widthGrow?: number;
    hozAlign?: 'left' | 'right' | 'center';
    headerHozAlign?: 'left' | 'right' | 'center';
    titleFormatter?: () => HTMLElement;
    headerSort?: boolean;
    headerSortStartingDir?: 'asc' | 'desc';
    headerFilter?: 'input';
    headerFilterPlaceholder?: string;
    headerFilterFunc?: (wanted: string, value: unknown, row: object) => boolean;
    sorter?: 'number' | 'string' | ((a: unknown, b: unknown) => number);
    /** Never text, which would be read as markup. */
    formatter: (cell: CellComponent) => HTMLElement;
    visible?: boolean;
    frozen?: boolean;
  }
  export interface Options {
    data: readonly object[];
    columns: readonly Column[];
    maxHeight: string | number;
    layout: 'fitColumns';
    index?: string;
    rowHeight?: number;
    placeholder?: HTMLElement;
    initialSort?: readonly { column: string; dir: 'asc' | 'desc' }[];
    columnDefaults?: Partial<Column>;
    headerSortElement?: string;
    rowFormatter?: (row: RowComponent) => void;
    renderVerticalBuffer?: number;
  }
  export class Tabulator {
    static registerModule(modules: readonly object[]): void;
    constructor(element: HTMLElement, options: Options);
    on(event: 'tableBuilt' | 'renderComplete' | 'dataFiltered', told: () => void): void;
    on(event: 'rowClick', told: (event: UIEvent, row: RowComponent) => void): void;
    replaceData(data: readonly object[]): Promise<void>;
    setData(data: readonly object[]): Promise<void>;
    setColumns(columns: readonly Column[]): void;
    setSort(column: string, dir: 'asc' | 'desc'): void;
    getRows(which?: 'active' | 'visible'): RowComponent[];
    getDataCount(which?: 'active'): number;
    scrollToRow(row: RowComponent, position?: 'nearest', ifVisible?: boolean): Promise<void>;
    redraw(force?: boolean): void;
    destroy(): void;
  }
  export const SortModule: object;
  export const FilterModule: object;
  export const FormatModule: object;
  export const EditModule: object;
  export const InteractionModule: object;
  export const ResizeColumnsModule: object;
  export const ResizeTableModule: object;
  export const TooltipModule: object;
}
