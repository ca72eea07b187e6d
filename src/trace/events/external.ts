import { event } from './event.ts';
import { bytes, text } from './field.ts';

/** Bytes that came to a device of the guest from outside, as a frame to `net-0`: an input, which replay feeds back at the same icount. */
export const externalIn = event({
  tag: 0x53,
  name: 'external-in',
  since: 3,
  role: 'input',
  fields: { channel: text, bytes },
  text: ({ channel, bytes: data }) => `${channel} ${data.length} bytes ${bytes.show(data)}`,
});

/** What a device of the guest sent to the outside on such a channel. */
export const externalOut = event({
  tag: 0x54,
  name: 'external-out',
  since: 3,
  fields: { channel: text, bytes },
  text: ({ channel, bytes: data }) => `${channel} ${data.length} bytes ${bytes.show(data)}`,
});
