import { expect, test } from 'vitest';
import { BvmConsole } from './bvmconsole.ts';

function consoleDevice() {
  const sent: number[] = [];
  const device = new BvmConsole({ sink: { write: (byte) => sent.push(byte) } });
  return { device, sent };
}

test('a 16-bit read gives the signature, whatever there is to read', () => {
  const { device } = consoleDevice();
  expect(device.read(0, 2)).toBe(0x6276n);
  device.receive(0x41);
  expect([device.read(0, 2), device.read(0, 4)]).toEqual([0x6276n, 0x41n]);
});

test('a 32-bit read gives the next character once, then -1', () => {
  const { device } = consoleDevice();
  expect([device.rxRoom(), device.read(0, 4)]).toEqual([1, 0xffff_ffffn]);
  device.receive(0xff);
  expect(device.rxRoom()).toBe(0);
  expect([device.read(0, 4), device.read(0, 4), device.rxRoom()]).toEqual([0xffn, 0xffff_ffffn, 1]);
});

test('a write of any size prints its low byte', () => {
  const { device, sent } = consoleDevice();
  device.write(0, 4, 0x1234_5642n);
  device.write(0, 1, 0x43n);
  device.write(0, 2, 0x0044n);
  device.write(2, 2, 0x45n);
  expect(sent).toEqual([0x42, 0x43, 0x44]);
});

test('other reads give zero and take nothing', () => {
  const { device } = consoleDevice();
  device.receive(0x61);
  expect([device.read(0, 1), device.read(2, 2), device.read(0, 4)]).toEqual([0n, 0n, 0x61n]);
});

test('a saved state brings the waiting character back', () => {
  const one = consoleDevice().device;
  one.receive(0x7a);
  const saved = one.save();
  const two = consoleDevice().device;
  two.restore(saved);
  expect(two.save()).toEqual(saved);
  expect(two.read(0, 4)).toBe(0x7an);
});
