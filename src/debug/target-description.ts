// Target descriptions (GDB manual, appendix G): which registers there are, by number, for a client that knows the architecture.

/** A register as a client names it. */
export interface Register {
  readonly name: string;
  readonly bits: 32 | 64 | 128;
  /** Of the description's types; an integer where absent. */
  readonly type?: string;
  /** GDB shows those of a group of their own only where they are asked for. */
  readonly group?: string;
  read(): bigint;
}

/** Registers that belong together. */
export interface Feature {
  readonly name: string;
  /** XML of the types that they have. */
  readonly types?: string;
  /** The number of the first, where it is not the next: ARM's CPSR has had its own for ever. */
  readonly registers: readonly (Register & { readonly number?: number })[];
}

/** As GDB calls them. */
export type TargetArchitecture = 'aarch64' | 'arm';

/** What a client can read: features, and of their registers those that one "g" packet has. */
export class TargetDescription {
  readonly architecture: TargetArchitecture;
  readonly #features: readonly Feature[];
  readonly #byNumber = new Map<number, Register>();
  readonly #numbers = new Map<string, number>();
  /** Those of all features but the vendor's, in the order of their numbers. */
  readonly general: readonly Register[];

  /** Features whose names begin otherwise than `org.gnu.gdb.` are read one register at a time. */
  constructor(architecture: TargetArchitecture, features: readonly Feature[]) {
    this.architecture = architecture;
    this.#features = features;
    const general: [number, Register][] = [];
    let next = 0;
    for (const { name, registers } of features)
      for (const register of registers) {
        const number = register.number ?? next;
        next = number + 1;
        this.#byNumber.set(number, register);
        this.#numbers.set(register.name, number);
        if (name.startsWith('org.gnu.gdb.')) general.push([number, register]);
      }
    this.general = general.toSorted(([a], [b]) => a - b).map(([, register]) => register);
  }

  at(number: number): Register | undefined {
    return this.#byNumber.get(number);
  }
  /** @throws where there is none: names are the program's own. */
  numberOf(name: string): number {
    const number = this.#numbers.get(name);
    if (number === undefined) throw new Error(`no register ${name}`);
    return number;
  }
  named(name: string): Register | undefined {
    const number = this.#numbers.get(name);
    return number === undefined ? undefined : this.#byNumber.get(number);
  }
  get names(): IterableIterator<string> {
    return this.#numbers.keys();
  }

  /** `target.xml`. */
  xml(): string {
    const features = this.#features.map(({ name, types = '', registers }) => {
      const lines = registers.map((register) => this.#registerXml(register));
      return `<feature name="${name}">${types}${lines.join('')}</feature>`;
    });
    return `<?xml version="1.0"?><!DOCTYPE target SYSTEM "gdb-target.dtd"><target version="1.0"><architecture>${this.architecture}</architecture>${features.join('')}</target>`;
  }
  #registerXml({ name, bits, type, group }: Register): string {
    const more = `${type === undefined ? '' : ` type="${type}"`}${group === undefined ? '' : ` group="${group}"`}`;
    return `<reg name="${name}" bitsize="${bits}" regnum="${this.numberOf(name)}"${more}/>`;
  }
}
