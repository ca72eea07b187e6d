import { expect, test } from 'vitest';
import { icount, ipa } from '../../base/brands.ts';
import { restoreParts, saveParts } from '../../base/stateful.ts';
import { MmioBus } from '../../devices/bus/mmio-bus.ts';
import type { Clock } from '../../devices/bus/ports.ts';
import { boardDevices, withoutFirmware } from './devices.ts';
import { boardByName, boardNames } from './index.ts';
import { virtioDevices } from './virtio.ts';

/** A board's devices on a bus, with the INTIDs that are up and what the console shows. */
function built(name: string) {
  let now = 0;
  const up = new Set<number>();
  let text = '';
  const board = boardByName(name);
  const clock: Clock = {
    icount: () => icount(now),
    nanoseconds: () => BigInt(now),
    icountAt: (ns) => icount(Number(ns)),
  };
  const irq = (intid: number) => ({ set: (level: boolean) => void (level ? up.add(intid) : up.delete(intid)) });
  const virtio = virtioDevices(board, { entropySeed: 1n }, [], {
    clock,
    irq,
    dma: { read: () => undefined, write: () => false },
    door: { add: () => {}, send: () => {} },
    ports: () => {},
    message: () => {},
    observer: () => ({ kick: () => {}, request: () => {}, complete: () => {} }),
  });
  const turned: string[] = [];
  const { placed, parts, deadlines, console } = boardDevices(board, {
    clock,
    irq,
    virtio,
    console: {
      write: (byte) => {
        text += String.fromCharCode(byte);
      },
    },
    rtcEpochSeconds: 1000,
    ...withoutFirmware,
    power: { off: () => turned.push('off'), reset: () => turned.push('reset') },
  });
  const bus = new MmioBus();
  for (const { at, device } of placed) bus.attach(at, device);
  const at = (ns: number): void => {
    now = ns;
    for (const d of deadlines) d.poll();
  };
  return { bus, parts, up, turned, console, at, text: () => text };
}
const names = (bus: MmioBus) => bus.mappings.map(({ base, device }) => `${base.toString(16)} ${device.name}`);

test.each(boardNames)('%s: its console takes and gives characters at the place of the first UART', (name) => {
  const { bus, console, text } = built(name);
  const data = ipa(BigInt(boardByName(name).pl011.base));
  bus.write(data, 4, 0x41n);
  expect(text()).toBe('A');
  expect(console.rxRoom()).toBeGreaterThan(0);
  console.receive(0x42);
  expect(bus.read(data, 4)).toBe(0x42n);
});

test.each(boardNames)('%s: a saved state brings everything back', (name) => {
  const one = built(name);
  one.console.receive(0x42);
  const saved = saveParts(one.parts);
  const two = built(name);
  restoreParts(two.parts, saved);
  expect(saveParts(two.parts)).toEqual(saved);
});

test('fvp-a15 has four UARTs, a clock and two dual timers, each with its interrupt', () => {
  const { bus, up, at, text } = built('fvp-a15');
  expect(names(bus).filter((name) => !name.includes('virtio'))).toEqual([
    '1c010000 vexpress-sysregs',
    '1c090000 pl011',
    '1c0a0000 pl011-1',
    '1c0b0000 pl011-2',
    '1c0c0000 pl011-3',
    '1c110000 sp804-0',
    '1c120000 sp804-1',
    '1c170000 pl031',
  ]);
  // UARTCR on, UARTIMSC.TX, then a character that nobody sees.
  for (const [offset, value] of [
    [0x30, 0x301n],
    [0x38, 0x20n],
    [0, 0x42n],
  ] as const)
    bus.write(ipa(0x1c0a_0000n + BigInt(offset)), 4, value);
  bus.write(ipa(0x1c12_0000n), 4, 10n);
  bus.write(ipa(0x1c12_0008n), 4, 0xa2n);
  bus.write(ipa(0x1c17_0004n), 4, 1001n);
  bus.write(ipa(0x1c17_0010n), 4, 1n);
  expect([...up]).toEqual([38]);
  at(10_000);
  expect([...up]).toEqual([38, 35]);
  at(1e9);
  expect([...up]).toEqual([38, 35, 36]);
  expect(text()).toBe('');
});

test.each([
  ['fvp-a15', 0x1190_f500n],
  ['fvp-a15-bvm', 0x1190_f500n],
  ['fvp-base', 0x0020_1100n],
])("%s has the motherboard's system registers, which turn the power", (name, sysId) => {
  const { bus, turned } = built(name);
  expect(bus.read(ipa(0x1c01_0000n), 4)).toBe(sysId);
  expect(bus.nameAt(ipa(0x1c01_00a4n))).toBe('vexpress-sysregs SYS_CFGCTRL');
  bus.write(ipa(0x1c01_00a4n), 4, 0xc080_0000n);
  bus.write(ipa(0x1c01_00a4n), 4, 0xc090_0000n);
  expect(turned).toEqual(['off', 'reset']);
});

test('earlier versions of fvp-a15 have none', () => {
  for (const name of ['fvp-a15@2', 'fvp-a15-bvm@2', 'fvp-a15@1'])
    expect(built(name).bus.read(ipa(0x1c01_0000n), 4)).toBeUndefined();
});

test("fvp-a15-bvm has bhyve's console in place of the first UART", () => {
  const { bus } = built('fvp-a15-bvm');
  expect(names(bus)[1]).toBe('1c090000 bvmconsole');
  expect(bus.read(ipa(0x1c09_0000n), 2)).toBe(0x6276n);
});

test('virt has 32 virtio slots, which answer that nobody is there; its first version has none', () => {
  const { bus } = built('virt');
  for (let n = 0; n < 32; n++) {
    const word = (offset: number) => bus.read(ipa(BigInt(0x0a00_0000 + 0x200 * n + offset)), 4);
    expect([0, 4, 8, 0xc, 0x70, 0x1fc].map(word)).toEqual([0x7472_6976n, 2n, 0n, 0x4854_5056n, 0n, 0n]);
    expect(bus.write(ipa(BigInt(0x0a00_0000 + 0x200 * n + 0x70)), 4, 1n)).toBe(true);
    expect(word(0x70)).toBe(0n);
  }
  expect(bus.read(ipa(0x0a00_4000n), 4)).toBeUndefined();
  expect(bus.nameAt(ipa(0x0a00_0208n))).toBe('virtio-mmio-1 DeviceID');
  expect(built('virt@1').bus.read(ipa(0x0a00_0000n), 4)).toBeUndefined();
  expect(built('fvp-a15').bus.read(ipa(0x1c13_0004n), 4)).toBe(1n);
});
