import { event } from './event.ts';
import { bytes, u8 } from './field.ts';

/** `device` of the console of a virtio console device (virtio 1.2, 5.3); 0 is the UART, and higher ones are named ports. */
export const VIRTIO_CONSOLE = 1;
/** Whether people read and type there: no named port. */
export const isConsole = (device: number): boolean => device <= VIRTIO_CONSOLE;

/** Bytes a console device sent: the guest's words, readable without decoding device registers. */
export const consoleOut = event({ tag: 0x50, name: 'console-out', since: 1, fields: { device: u8, bytes } });

/** Bytes that came to a console device from outside: an input, which replay feeds back at the same icount. */
export const consoleIn = event({
  tag: 0x51,
  name: 'console-in',
  since: 1,
  role: 'input',
  fields: { device: u8, bytes },
});
