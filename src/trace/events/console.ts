import { event } from './event.ts';
import { bytes, u8 } from './field.ts';

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
