import { expect, it } from 'vitest';
import { type PhysicalDevice, PhysicalDevices } from './physical-devices.ts';

const device = (name: string, size: number): PhysicalDevice => ({ name, size, read: () => 0, write: () => {} });

it('finds the device that holds a whole access', () => {
  const devices = new PhysicalDevices();
  const a = device('a', 0x1000);
  devices.attach(0x1_0000_0000, a);
  devices.attach(0x1_0000_1000, device('b', 4));
  expect(devices.find(0x1_0000_0ffc, 4)).toEqual({ base: 0x1_0000_0000, device: a });
  expect(devices.find(0x1_0000_1000, 4)?.device.name).toBe('b');
  for (const [pa, bytes] of [
    [0, 4],
    [0xffff_fffc, 4],
    [0x1_0000_0ffc, 8],
    [0x1_0000_1004, 1],
  ] as const)
    expect(devices.find(pa, bytes)).toBeUndefined();
});

it('refuses devices that overlap', () => {
  const devices = new PhysicalDevices();
  devices.attach(0x1000, device('a', 0x1000));
  expect(() => devices.attach(0x1ffc, device('b', 4))).toThrow(/b at 0x1ffc overlaps a/);
});
