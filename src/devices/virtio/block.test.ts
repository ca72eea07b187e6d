import { describe, expect, test } from 'vitest';
import { Block } from './block.ts';
import { blockHeader, Driver, FakeStore, FEATURES } from './driver.fixture.ts';
import { REGISTER } from './registers.ts';

const SECTORS = 4096;
function disk(change: (store: FakeStore) => void = () => {}) {
  const store = new FakeStore(SECTORS * 512);
  change(store);
  const latency = { requestNs: 1000, kibNs: 10 };
  const one = new Driver(new Block(store, 'a serial of its own, too long', latency)).start();
  return { store, one };
}
/** Sends a request; its status, what it wrote in front of that, and how much the driver is told was written. */
function ask({ one }: ReturnType<typeof disk>, readable: readonly Uint8Array[], ...writable: number[]) {
  const { at } = one.send([...readable, ...writable, 1]);
  one.kick();
  one.pass(1e6);
  const places = at.slice(readable.length);
  const data = Buffer.concat(writable.map((bytes, i) => one.bytesAt(places[i] as number, bytes)));
  const status = one.bytesAt(places.at(-1) as number, 1)[0];
  return { status, data: Uint8Array.from(data), written: one.takeUsed().at(-1)?.written };
}
const segment = (sector: bigint, sectors: number, flags = 0): Uint8Array => {
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, sector, true);
  view.setUint32(8, sectors, true);
  view.setUint32(12, flags, true);
  return bytes;
};
const [OK, IOERR, UNSUPP] = [0, 1, 2];

test('reads and writes, whatever buffers the data lies in', () => {
  const it = disk();
  const data = Uint8Array.from({ length: 1024 }, (_, i) => i * 7);
  expect(ask(it, [blockHeader(1, 5n), data.subarray(0, 3), data.subarray(3)])).toMatchObject({
    status: OK,
    written: 1,
  });
  expect(it.store.data.slice(5 * 512, 7 * 512)).toEqual(data);
  const read = ask(it, [blockHeader(0, 5n).subarray(0, 7), blockHeader(0, 5n).subarray(7)], 1000, 24);
  expect(read).toEqual({ status: OK, data, written: 1025 });
});

test('data beyond its end, or that are no sectors, are errors, and change nothing', () => {
  const it = disk();
  const before = it.store.data.slice();
  for (const [sector, bytes] of [
    [4096n, 512],
    [4095n, 1024],
    [1n << 63n, 512],
    [(1n << 64n) - 1n, 512],
    [0n, 100],
  ] as const) {
    expect(ask(it, [blockHeader(0, sector)], bytes)).toMatchObject({ status: IOERR, written: 0 });
    expect(ask(it, [blockHeader(1, sector), new Uint8Array(bytes)])).toMatchObject({ status: IOERR, written: 1 });
  }
  expect(Buffer.compare(it.store.data, before)).toBe(0);
});

test('flush, identity, and what no device knows', () => {
  const it = disk();
  expect(ask(it, [blockHeader(4, 0n)]).status).toBe(OK);
  const id = ask(it, [blockHeader(8, 0n)], 20);
  expect([id.status, Buffer.from(id.data).toString(), id.written]).toEqual([OK, 'a serial of its own,', 21]);
  expect(ask(it, [blockHeader(8, 0n)], 4).data).toEqual(Uint8Array.from(Buffer.from('a se')));
  for (const type of [2, 3, 7, 99])
    expect(ask(it, [blockHeader(type, 0n)], 16)).toMatchObject({ status: UNSUPP, written: 0 });
});

describe('discard and write-zeroes', () => {
  test('make ranges zero', () => {
    const it = disk();
    expect(ask(it, [blockHeader(11, 0n), segment(2n, 1), segment(4n, 2)]).status).toBe(OK);
    expect(ask(it, [blockHeader(13, 0n), segment(8n, 1, 1)]).status).toBe(OK);
    const zeros = [...Array(10).keys()].filter((n) =>
      it.store.data.subarray(n * 512, n * 512 + 512).every((b) => b === 0),
    );
    expect(zeros).toEqual([2, 4, 5, 8]);
  });
  test('that lie beyond the end, are too many, or ask for what there is not are refused as a whole', () => {
    const it = disk();
    const before = it.store.data.slice();
    expect(ask(it, [blockHeader(11, 0n), segment(2n, 1), segment(4095n, 2)]).status).toBe(IOERR);
    expect(ask(it, [blockHeader(13, 0n), segment(1n << 62n, 1)]).status).toBe(IOERR);
    expect(ask(it, [blockHeader(13, 0n), segment(0n, 1, 2)]).status).toBe(UNSUPP);
    expect(ask(it, [blockHeader(11, 0n), segment(0n, 1, 1)]).status).toBe(UNSUPP);
    expect(ask(it, [blockHeader(11, 0n), new Uint8Array(15)]).status).toBe(IOERR);
    expect(ask(it, [blockHeader(11, 0n)]).status).toBe(IOERR);
    expect(ask(it, [blockHeader(13, 0n), new Uint8Array(65 * 16)]).status).toBe(IOERR);
    expect(Buffer.compare(it.store.data, before)).toBe(0);
  });
});

test('one that may not be written to says so, and is not', () => {
  const it = disk((store) => void (store.isReadOnly = true));
  it.one.put('DeviceFeaturesSel', 0);
  expect(it.one.get('DeviceFeatures') & (1 << 5)).not.toBe(0);
  expect(it.one.get('DeviceFeatures') & (3 << 13)).toBe(0);
  for (const request of [
    [blockHeader(1, 0n), new Uint8Array(512)],
    [blockHeader(11, 0n), segment(0n, 1)],
  ])
    expect(ask(it, request).status).toBe(IOERR);
  expect(ask(it, [blockHeader(0, 0n)], 512).status).toBe(OK);
});

test('bad sectors are errors; a request takes as long as the disk does', () => {
  const it = disk((store) => {
    store.isBad = (at, bytes) => at <= 7 * 512 && 7 * 512 < at + bytes;
    store.delayNs = () => 5;
  });
  expect(ask(it, [blockHeader(0, 6n)], 1024).status).toBe(IOERR);
  expect(ask(it, [blockHeader(1, 7n), new Uint8Array(512)]).status).toBe(IOERR);
  expect(ask(it, [blockHeader(0, 0n)], 2048).status).toBe(OK);
  expect(it.one.told.at(-1)).toMatch(/^complete \d+ 0 2049 1025$/);
});

test('large requests are carried out in pieces, and no more data than a bound is in flight', () => {
  const store = new FakeStore(SECTORS * 512);
  const one = new Driver(new Block(store, '', { requestNs: 1, kibNs: 0 }), { num: 256 }).start();
  const { head, at } = one.send([blockHeader(0, 1n), 1400 * 512, 1]);
  one.kick();
  const read = one.bytesAt(at[1] as number, 1400 * 512);
  expect(Buffer.compare(read, store.data.subarray(512, 1401 * 512))).toBe(0);
  one.pass(1);
  expect(one.takeUsed()).toEqual([{ head, written: 1400 * 512 + 1 }]);
  for (let i = 0; i < 120; i++) one.offer(head);
  one.kick();
  expect(one.device.state.inFlight.length).toBe(Math.ceil(2 ** 26 / (1400 * 512)));
  one.pass(1000);
  expect(one.takeUsed()).toHaveLength(120);
});

test('the configuration has its size, limits and sectors', () => {
  const { one } = disk();
  const field = (at: number) => Number(one.mmio.read(REGISTER.Config + at, 4));
  expect([0, 4, 12, 20, 36, 40, 48, 52].map(field)).toEqual([SECTORS, 0, 254, 512, 1 << 16, 64, 1 << 16, 64]);
  expect(FEATURES.version1).toBe(1n << 32n);
});
