import { expect, test } from 'vitest';
import { Failure } from '../../src/base/failure.ts';
import type { Machine } from '../../src/machine/machine.ts';
import { GuestSymbols } from '../../src/replay/symbols/guest-symbols.ts';
import { ReplaySymbols } from '../../src/replay/symbols/replay-symbols.ts';
import { readSystemMap } from '../../src/replay/symbols/system-map.ts';
import { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import { addressOf, resolveAddress } from './address.ts';

test('virtual and guest-physical addresses', () => {
  expect(addressOf('--set', 'va:0xffff800008000000')).toEqual({ kind: 'va', at: 0xffff_8000_0800_0000n });
  expect(addressOf('--set', 'pa:0x40000000')).toEqual({ kind: 'pa', at: 0x4000_0000n });
  expect(addressOf('--set', '4096')).toEqual({ kind: 'pa', at: 4096n });
});

test('names, with an offset', () => {
  expect(addressOf('--set', 'jiffies')).toEqual({ wanted: '--set jiffies', name: 'jiffies', offset: 0n });
  expect(addressOf('--set', 'va:a.1+0x8')).toMatchObject({ kind: 'va', name: 'a.1', offset: 8n });
  expect(addressOf('--set', 'pa:jiffies+4')).toMatchObject({ kind: 'pa', name: 'jiffies', offset: 4n });
});

test.each(['va:', 'pa:1x', '', 'ipa:1', 'va:0x1ffffffffffffffff', '-1', 'va', 'jiffies+', 'jiffies+x', 'a b'])(
  'none: %s',
  (text) => {
    expect(() => addressOf('--set', text)).toThrow(Failure);
  },
);

const LINKED = 0xffff_8000_0800_0000n;
const MOVED = 0xffff_cdec_9100_0000n;
const LOADED = 0x4020_0000n;
const map = `${[
  `${(LINKED + 0x800n).toString(16)} T vectors`,
  `${(LINKED + 0x1000n).toString(16)} T start_kernel`,
  `${(LINKED + 0x2000n).toString(16)} D panic_timeout`,
  `${(LINKED + 0x2010n).toString(16)} d twice`,
  `${(LINKED + 0x2020n).toString(16)} d twice`,
  `${(LINKED + 0x3000n).toString(16)} D __per_cpu_start`,
  `${(LINKED + 0x3010n).toString(16)} D runqueues`,
  `${(LINKED + 0x4000n).toString(16)} D __per_cpu_end`,
  `${(LINKED + 0x5000n).toString(16)} B jiffies`,
  `${(LINKED + 0x9000n).toString(16)} B outside`,
].join('\n')}\n`;
const window = (from: bigint) => ({ from, to: from + 0x8000n, slide: from - LINKED });

/** A guest whose kernel is mapped where it has moved itself to, or nowhere. */
function guest({ virtual = [LINKED, MOVED], mapped = true } = {}) {
  const found = new GuestSymbols(readSystemMap(Buffer.from(map), 'F'), [window(LOADED)], virtual.map(window));
  const symbols = new ReplaySymbols(TapeReader.open('traces/golden/v3/demo-arm64.tape'), () => found);
  const registers: Record<string, bigint> = { VBAR_EL1: MOVED + 0x800n, TPIDR_EL1: 0x10_0000n };
  const at = {
    machine: {} as Machine,
    register: (name: string) => registers[name],
    ipaOf: (va: bigint) => (mapped && va >= MOVED && va < MOVED + 0x8000n ? Number(va - MOVED + LOADED) : undefined),
  };
  return { symbols, resolve: (text: string) => resolveAddress(addressOf('address', text), at, symbols) };
}

test('a name is where the guest has it, of the addresses that it may have', () => {
  const { resolve, symbols } = guest();
  expect(resolve('jiffies')).toEqual({ kind: 'va', at: MOVED + 0x5000n });
  expect(resolve('va:jiffies+8')).toEqual({ kind: 'va', at: MOVED + 0x5008n });
  expect(resolve('pa:jiffies')).toEqual({ kind: 'pa', at: LOADED + 0x5000n });
  expect(resolve('start_kernel')).toEqual({ kind: 'va', at: MOVED + 0x1000n });
  expect(resolve('0x123')).toEqual({ kind: 'pa', at: 0x123n });
  const texts = [MOVED + 0x5004n, LOADED + 0x1004n, MOVED + 0x2000n, 0n];
  expect(texts.map((address) => symbols.textOfMemory(address, {} as Machine))).toEqual([
    'jiffies+0x4',
    'start_kernel+0x4',
    'panic_timeout',
    undefined,
  ]);
  // Code is named by code alone.
  expect(symbols.text(MOVED + 0x5004n, {} as Machine)).toBe('start_kernel+0x4004');
});

test('while the kernel is not mapped, where it was loaded; a virtual address only where that is asked for', () => {
  const { resolve } = guest({ mapped: false });
  expect(resolve('jiffies')).toEqual({ kind: 'pa', at: LOADED + 0x5000n });
  expect(resolve('va:jiffies')).toEqual({ kind: 'va', at: MOVED + 0x5000n });
  expect(() => guest({ virtual: [], mapped: false }).resolve('va:jiffies')).toThrow('leave "va:" out');
});

test('where no exit has told where the kernel is, its vectors do', () => {
  expect(guest({ virtual: [] }).resolve('jiffies')).toEqual({ kind: 'va', at: MOVED + 0x5000n });
});

test("a variable of each CPU is this CPU's", () => {
  expect(guest().resolve('runqueues+4')).toEqual({ kind: 'va', at: MOVED + 0x10_3014n });
  expect(() => guest({ mapped: false }).resolve('runqueues')).toThrow('not mapped at this moment');
  expect(() => guest().resolve('pa:runqueues')).toThrow('of each CPU; leave "pa:" out');
});

test('what is none is one line', () => {
  const { resolve } = guest();
  expect(() => resolve('twice')).toThrow(`2 of this name, at va:0xffffcdec91002010, va:0xffffcdec91002020; give`);
  expect(() => resolve('panic_timeou')).toThrow('there are panic_timeout');
  expect(() => resolve('jiffiez')).toThrow('no variable or function of this name; there are jiffies');
  expect(() => resolve('outside')).toThrow("not in the kernel's image");
  const { symbols } = guest();
  expect(() => symbols.addressesOf('jiffies', {} as Machine, 'symbol:jiffies')).toThrow(
    'symbol:jiffies: a variable; give a function',
  );
});
