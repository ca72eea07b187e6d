import { expect, test } from 'vitest';
import { FwCfg } from './fw-cfg.ts';
import { itemsOf, Selector } from './items.ts';

const RAM = 0x4000_0000;
const kernel = Uint8Array.from({ length: 300 }, (_, i) => i);

/** A device with a page of memory. */
function device() {
  const memory = new Uint8Array(4096).fill(0xee);
  const lies = (at: number, bytes: number) => at >= RAM && at + bytes <= RAM + memory.length;
  const items = itemsOf({
    ramBytes: 0x1_2000_0000,
    vcpus: 3,
    kernel,
    commandLine: 'quiet',
    files: { 'etc/b': Uint8Array.of(7, 8), 'etc/a': Uint8Array.of(9) },
  });
  const fwCfg = new FwCfg(items, {
    read: (ipa, bytes) => {
      const at = Number(ipa);
      return lies(at, bytes) ? memory.subarray(at - RAM, at - RAM + bytes) : undefined;
    },
    write: (ipa, bytes) => {
      const at = Number(ipa);
      if (!lies(at, bytes.length)) return false;
      memory.set(bytes, at - RAM);
      return true;
    },
  });
  const select = (key: number) => fwCfg.write(8, 2, BigInt(((key & 0xff) << 8) | (key >>> 8)));
  const bytes = (count: number) => Array.from({ length: count }, () => Number(fwCfg.read(0, 1)));
  /** A request at RAM's base; gives its control word afterwards. */
  const request = (control: number, length: number, address: number, at = RAM) => {
    const view = new DataView(memory.buffer);
    if (lies(at, 16)) {
      view.setUint32(at - RAM, control);
      view.setUint32(at - RAM + 4, length);
      view.setBigUint64(at - RAM + 8, BigInt(address));
    }
    const big = Buffer.alloc(8);
    big.writeBigUInt64BE(BigInt(at));
    fwCfg.write(0x10, 4, BigInt(big.readUInt32LE(0)));
    fwCfg.write(0x14, 4, BigInt(big.readUInt32LE(4)));
    return view.getUint32(0);
  };
  return { fwCfg, memory, select, bytes, request };
}
const [ERROR, READ, SKIP, SELECT, WRITE] = [1, 2, 4, 8, 16];

test('it has its signature, in the data and in the register of DMA, and says that it has DMA', () => {
  const { fwCfg, select, bytes } = device();
  select(Selector.signature);
  expect(String.fromCharCode(...bytes(4))).toBe('QEMU');
  const text = (value: bigint, size: number) =>
    Buffer.from(Array.from({ length: size }, (_, i) => Number((value >> BigInt(8 * i)) & 0xffn))).toString('latin1');
  expect(text(fwCfg.read(0x10, 8), 8)).toBe('QEMU CFG');
  expect(text(fwCfg.read(0x14, 4), 4)).toBe(' CFG');
  select(Selector.id);
  expect(bytes(4)).toEqual([3, 0, 0, 0]);
});

test('wide reads give the bytes in the order of memory; beyond the end there are zeros', () => {
  const { fwCfg, select, bytes } = device();
  select(Selector.kernelData);
  expect(fwCfg.read(0, 8)).toBe(0x0706_0504_0302_0100n);
  expect(fwCfg.read(0, 2)).toBe(0x0908n);
  select(Selector.cpus);
  expect(fwCfg.read(0, 4)).toBe(3n);
  expect(bytes(3)).toEqual([0, 0, 0]);
  select(0x3fff);
  expect(bytes(2)).toEqual([0, 0]);
});

test('the directory names files by path, sorted', () => {
  const { select, bytes } = device();
  select(Selector.directory);
  const directory = Buffer.from(bytes(4 + 2 * 64));
  expect(directory.readUInt32BE(0)).toBe(2);
  const entry = (n: number) => directory.subarray(4 + 64 * n, 4 + 64 * (n + 1));
  const files = [0, 1].map((n) => [
    entry(n).readUInt32BE(0),
    entry(n).readUInt16BE(4),
    entry(n).subarray(8).toString('latin1').replace(/\0.*$/, ''),
  ]);
  expect(files).toEqual([
    [1, 0x20, 'etc/a'],
    [2, 0x21, 'etc/b'],
  ]);
  select(0x21);
  expect(bytes(2)).toEqual([7, 8]);
});

test('DMA selects, skips and reads; what is beyond the end is zero', () => {
  const { memory, request } = device();
  expect(request((Selector.kernelData << 16) | SELECT | SKIP, 4, 0)).toBe(0);
  expect(request(READ, 3, RAM + 0x100)).toBe(0);
  expect([...memory.subarray(0x100, 0x104)]).toEqual([4, 5, 6, 0xee]);
  expect(request((Selector.commandLine << 16) | SELECT | READ, 8, RAM + 0x200)).toBe(0);
  expect(Buffer.from(memory.subarray(0x200, 0x209)).toString('latin1')).toBe('quiet\0\0\0\xee');
});

test.each([
  ['a write', WRITE, 4, RAM + 0x100],
  ['a place that is no memory', READ, 4, 0x1000],
  ['a length beyond memory', READ, 0xffff_ffff, RAM],
] as const)('%s is an error', (_, control, length, address) => {
  expect(device().request((Selector.kernelData << 16) | SELECT | control, length, address)).toBe(ERROR);
});

test('a request that lies in no memory does nothing', () => {
  const { request, memory } = device();
  request(READ, 4, RAM, 0x1000);
  request(READ, 4, RAM, RAM + 4090);
  expect(memory.every((byte) => byte === 0xee)).toBe(true);
});

test('a saved state goes on within an item and between the halves of an address', () => {
  const one = device();
  one.select(Selector.kernelData);
  one.bytes(5);
  one.fwCfg.write(0x10, 4, 0x1234_5678n);
  const saved = one.fwCfg.save();
  const two = device();
  two.fwCfg.restore(saved);
  expect(two.fwCfg.save()).toEqual(saved);
  expect(two.bytes(2)).toEqual([5, 6]);
  for (const forged of [
    { ...saved, offset: 301 },
    { ...saved, selector: 0x1_0000 },
    { ...saved, selector: 0x3fff },
  ])
    expect(() => two.fwCfg.restore(forged)).toThrow();
});
