import type { Capability } from './config-space.ts';
import type { FunctionBehind } from './function.ts';

/** The PCI Express capability of a root port with a link of one lane, 2.5 GT/s (PCI Express 3.0, 7.8). */
function rootPort(): Capability {
  const body = new Uint8Array(58);
  const view = new DataView(body.buffer);
  const at = (offset: number): number => offset - 2;
  view.setUint16(at(0x02), 0x0042, true);
  view.setUint32(at(0x0c), 0x0411, true);
  view.setUint16(at(0x12), 0x0011, true);
  return { name: 'PCI Express', id: 0x10, body };
}

/** Device 0 of bhyve's buses (usr.sbin/bhyve/pci_hostbridge.c): it has no BARs and interrupts nobody. */
export const hostBridge: FunctionBehind = {
  label: 'pci-host-bridge',
  header: { vendor: 0x1275, device: 0x1275, revision: 0, classCode: 0x06_0000, subsystemVendor: 0, subsystem: 0 },
  barBytes: 0,
  vectors: 0,
  capabilities: [rootPort()],
  level: false,
  read: () => 0,
  write: () => {},
  nameAt: () => undefined,
  attach: () => {},
};
