import { expect, test } from 'vitest';
import { registerNames } from './register-names.ts';

test.each([
  [0x0900_0000n, 'pl011 UARTDR'],
  [0x0900_0018n, 'pl011 UARTFR'],
  [0x0901_0000n, 'pl031 RTCDR'],
  [0x0800_0104n, 'gicd GICD_ISENABLER1'],
  [0x080a_0014n, 'gicr0 GICR_WAKER'],
  [0x0800_6100n, 'gicd GICD_IROUTER32'],
  [0x0800_6144n, 'gicd GICD_IROUTER40+4'],
  [0x080a_0008n, 'gicr0 GICR_TYPER'],
  [0x080a_000cn, 'gicr0 GICR_TYPER+4'],
  [0x080b_0100n, 'gicr0 GICR_ISENABLER0'],
  [0x080b_0404n, 'gicr0 GICR_IPRIORITYR1'],
  [0x0900_0008n, 'pl011'],
  [0x0a00_0208n, 'virtio-mmio-1 DeviceID'],
  [0x0a00_4000n, undefined],
  [0x4000_0000n, undefined],
])('virt with GICv3: %s is %s', (at, name) => {
  const nameAt = registerNames({ board: 'virt', gicVersion: 3, vcpus: 1 });
  expect([nameAt(at), nameAt(at)]).toEqual([name, name]);
});

test.each([
  ['virt', 0x0800_0f00n, 'gicd GICD_SGIR'],
  ['virt', 0x080a_0014n, undefined],
  ['fvp-a15', 0x1c11_0000n, 'sp804-0 Timer1Load'],
  ['fvp-a15', 0x1c01_005cn, 'vexpress-sysregs SYS_24MHZ'],
  ['fvp-a15-bvm', 0x1c09_0000n, 'bvmconsole data'],
])('%s with GICv2: %s is %s', (board, at, name) => {
  expect(registerNames({ board, gicVersion: 2, vcpus: 1 })(at)).toBe(name);
});
