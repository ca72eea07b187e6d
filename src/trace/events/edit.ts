import { hex } from '../../base/bits.ts';
import { hexOf } from '../../base/bytes.ts';
import { event } from './event.ts';
import { suspendHowNames } from './exit-names.ts';
import { bytes, named, text, u64 } from './field.ts';

/** What an edit changes. */
export const EditKind = {
  register: 0,
  memory: 1,
  interrupt: 2,
  deviceRead: 3,
  powerKey: 4,
  privateInterrupt: 5,
  suspend: 6,
  irqAssert: 7,
  irqDeassert: 8,
} as const;
export type EditKind = (typeof EditKind)[keyof typeof EditKind];
const kinds = named({
  0: 'register',
  1: 'memory',
  2: 'interrupt',
  3: 'device-read',
  4: 'power-key',
  5: 'private-interrupt',
  6: 'suspend',
  7: 'irq-assert',
  8: 'irq-deassert',
});

/**
 * The run was changed from outside: an input, which replay carries out at the same icount. Of a register of the event's vCPU: its name and
 * value; of memory: guest-physical address and bytes; an interrupt that becomes pending: its INTID as value, a PPI as `interrupt` on the first
 * vCPU, as `private-interrupt` on the event's; what the next read of a device answers: the value; the machine's power key was pressed; the VM was
 * suspended, the value is how (`suspend`); the line of a shared interrupt, its INTID as value, went high or low.
 */
export const edit = event({
  tag: 0x52,
  name: 'edit',
  since: 2,
  role: 'input',
  fields: { what: kinds, register: text, ipa: u64, value: u64, bytes },
  text: ({ what, register, ipa, value, bytes: data, vcpu }) => {
    if (what === EditKind.register) return `${register} = ${hex(value)}`;
    if (what === EditKind.memory) return `memory ${hex(ipa)} = ${hexOf(data)}`;
    if (what === EditKind.interrupt) return `interrupt ${value} becomes pending`;
    if (what === EditKind.privateInterrupt) return `interrupt ${value} of vCPU ${vcpu} becomes pending`;
    if (what === EditKind.powerKey) return 'the power key is pressed';
    if (what === EditKind.suspend) return `the VM is suspended: ${suspendHowNames[Number(value)] ?? value}`;
    if (what === EditKind.irqAssert) return `the line of interrupt ${value} goes high`;
    if (what === EditKind.irqDeassert) return `the line of interrupt ${value} goes low`;
    return what === EditKind.deviceRead ? `the next read of a device gives ${hex(value)}` : kinds.show(what);
  },
});
