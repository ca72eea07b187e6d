// The part of the WebAssembly JavaScript interface that is used here; Node's types leave it to the DOM's.
declare namespace WebAssembly {
  interface MemoryDescriptor {
    initial: number;
    maximum?: number;
  }
  class Memory {
    constructor(descriptor: MemoryDescriptor);
    readonly buffer: ArrayBuffer;
  }
  type TableValue = ((...args: never[]) => unknown) | null;
  class Table {
    constructor(descriptor: { element: 'anyfunc'; initial: number; maximum?: number }, value?: TableValue);
    readonly length: number;
    get(index: number): TableValue;
    set(index: number, value: TableValue): void;
    /** Returns the length before. */
    grow(by: number): number;
  }
  class Module {
    constructor(bytes: Uint8Array);
    static imports(module: Module): { readonly module: string; readonly name: string; readonly kind: string }[];
  }
  type ImportValue = ((...args: never[]) => unknown) | Memory | Table;
  class Instance {
    constructor(module: Module, imports?: Record<string, Record<string, ImportValue>>);
    readonly exports: Record<string, unknown>;
  }
}
