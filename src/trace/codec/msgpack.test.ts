import { Packr } from 'msgpackr';
import { describe, expect, it } from 'vitest';
import { Damage } from './damage.ts';
import { type Meta, pack, unpack } from './msgpack.ts';

const VALUES_MAX = 100_000;
const of = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex.replaceAll(' ', ''), 'hex'));

describe('msgpack on a tape', () => {
  it('keeps every type of value', () => {
    const value: Meta = {
      none: null,
      yes: true,
      no: false,
      numbers: [0, 127, 128, 65_536, -1, -33, -40_000, 1.5, 2 ** 40, Number.MAX_SAFE_INTEGER],
      wide: [0n, -1n, (1n << 63n) - 1n, 1n << 63n],
      texts: ['', 'ü', 'x'.repeat(40), 'y'.repeat(300), 'z'.repeat(70_000)],
      bytes: [new Uint8Array(3), new Uint8Array(300), new Uint8Array(70_000)],
      list: Array.from({ length: 70_000 }, (_, i) => i),
      map: { a: { b: { c: [] } } },
      large: Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`key${i}`, i])),
    };
    // Binary comes back as Buffers.
    const plain = (v: Meta): unknown =>
      JSON.stringify(v, (_, x) =>
        typeof x === 'bigint' ? `${x}n` : x instanceof Uint8Array ? [...x] : x?.type === 'Buffer' ? x.data : x,
      );
    expect(plain(unpack(pack(value), VALUES_MAX))).toBe(plain(value));
  });

  const bad: Readonly<Record<string, string>> = {
    nothing: '',
    'bytes after the value': 'c0 c0',
    'an array longer than its bytes': 'dd ff ff ff ff',
    'a map longer than its bytes': 'df ff ff ff ff',
    'binary longer than its bytes': 'c6 ff ff ff ff',
    'text longer than its bytes': 'db ff ff ff ff',
    'deep nesting': `${'91'.repeat(40)} c0`,
    'an extension type': 'd4 72 00',
    'a record definition of msgpackr': 'd5 72 40 00 91 a1 61 01',
    'a type msgpack never uses': 'c1',
    'text that is no UTF-8': 'a1 ff',
    'a key that is a number': '81 01 02',
    'the key __proto__': `81 a9 ${Buffer.from('__proto__').toString('hex')} 80`,
    'the key constructor': `81 ab ${Buffer.from('constructor').toString('hex')} 80`,
    'a key twice': '82 a1 61 01 a1 61 02',
  };
  for (const [name, hex] of Object.entries(bad)) {
    it(`refuses ${name}`, () => expect(() => unpack(of(hex), VALUES_MAX)).toThrow(Damage));
  }

  it('refuses more values than it may hold, before it builds any', () => {
    const three: Meta = { a: [null] };
    expect(unpack(pack(three), 4)).toEqual(three);
    expect(() => unpack(pack(three), 3)).toThrow(/too many msgpack values/);
    const millions = Uint8Array.from({ length: 4 << 20 }, () => 0x80);
    millions.set([0xdd, 0, 0x3f, 0xff, 0xfb]);
    expect(() => unpack(millions, 4096)).toThrow(/too many msgpack values/);
  });

  it('refuses what msgpackr would turn into objects of its own', () => {
    const packr = new Packr({ structuredClone: true });
    for (const value of [new Date(0), new Set([1]), new Map([[1, 2]]), /x/])
      expect(() => unpack(packr.pack(value), VALUES_MAX)).toThrow(Damage);
  });
});
