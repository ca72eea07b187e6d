/** A member of a structure: its name, where it lies in bytes, its type's number, or how many bits of a bit field. */
export interface FakeMember {
  readonly name: string;
  readonly at: number;
  readonly type: number;
  readonly bits?: number;
}
type FakeType =
  | { readonly kind: 'int'; readonly name: string; readonly bytes: number }
  | { readonly kind: 'pointer' | 'typedef' | 'const'; readonly name?: string; readonly type: number }
  | { readonly kind: 'array'; readonly type: number; readonly count: number }
  | {
      readonly kind: 'struct' | 'union';
      readonly name: string;
      readonly bytes: number;
      readonly members: readonly FakeMember[];
    }
  | { readonly kind: 'enum64'; readonly name: string; readonly values: number };

const KIND = { int: 1, pointer: 2, array: 3, struct: 4, union: 5, typedef: 8, const: 10, enum64: 19 } as const;

/** Types as a kernel's `.BTF` section has them, numbered from 1 in their order. */
export function fakeBtf(types: readonly FakeType[]): Buffer {
  let strings = '\0';
  const nameOf = (name = ''): number => {
    if (name === '') return 0;
    const at = strings.length;
    strings += `${name}\0`;
    return at;
  };
  const words: number[] = [];
  for (const type of types) {
    const kind = KIND[type.kind];
    const info = (parts: number, hasBitFields = false): number => ((hasBitFields ? 0x80 : 0) + kind) * 2 ** 24 + parts;
    switch (type.kind) {
      case 'int':
        words.push(nameOf(type.name), info(0), type.bytes, 8 * type.bytes);
        break;
      case 'array':
        words.push(0, info(0), 0, type.type, 1, type.count);
        break;
      case 'struct':
      case 'union': {
        const hasBitFields = type.members.some(({ bits }) => bits !== undefined);
        words.push(nameOf(type.name), info(type.members.length, hasBitFields), type.bytes);
        for (const { name, at, type: of, bits = 0 } of type.members)
          words.push(nameOf(name), of, bits * 2 ** 24 + 8 * at);
        break;
      }
      case 'enum64':
        words.push(nameOf(type.name), info(type.values), 8);
        for (let n = 0; n < type.values; n++) words.push(0, n, 0);
        break;
      default:
        words.push(nameOf(type.name), info(0), type.type);
    }
  }
  const header = Buffer.alloc(24);
  header.writeUInt16LE(0xeb9f, 0);
  header.writeUInt8(1, 2);
  header.writeUInt32LE(24, 4);
  header.writeUInt32LE(4 * words.length, 12);
  header.writeUInt32LE(4 * words.length, 16);
  header.writeUInt32LE(strings.length, 20);
  return Buffer.concat([header, Buffer.from(Uint32Array.from(words).buffer), Buffer.from(strings, 'latin1')]);
}
