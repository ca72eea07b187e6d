/** Bytes of a control message in front of what some have behind it: port, event, value (virtio 1.2, 5.3.6.2). */
export const CONTROL_BYTES = 8;
/** What it says. */
export const CONTROL_EVENT = {
  deviceReady: 0,
  portAdd: 1,
  portReady: 3,
  consolePort: 4,
  resize: 5,
  portOpen: 6,
  portName: 7,
} as const;

/** A console's size in characters. */
export type WindowSize = { readonly cols: number; readonly rows: number };
/** Of either direction. */
export const WINDOW_SIZE_MAX = 0xffff;
/** Bytes of one as messages have it. */
export const WINDOW_SIZE_BYTES = 4;

/** A message, perhaps with a name behind it, which no zero ends. */
export function controlMessage(port: number, event: number, value: number, name = ''): Uint8Array {
  const text = new TextEncoder().encode(name);
  const message = new Uint8Array(CONTROL_BYTES + text.length);
  const view = new DataView(message.buffer);
  view.setUint32(0, port, true);
  view.setUint16(4, event, true);
  view.setUint16(6, value, true);
  message.set(text, CONTROL_BYTES);
  return message;
}

/** That the console, port 0, has another size: columns, then rows, which Linux before 6.15 takes the other way round. */
export function resizeMessage(size: WindowSize): Uint8Array {
  const message = new Uint8Array(CONTROL_BYTES + WINDOW_SIZE_BYTES);
  message.set(controlMessage(0, CONTROL_EVENT.resize, 0));
  message.set(windowSizeBytes(size), CONTROL_BYTES);
  return message;
}

/** A size as messages have it: columns, then rows (virtio 1.2, 5.3.6.2). */
export function windowSizeBytes({ cols, rows }: WindowSize): Uint8Array {
  return Uint8Array.of(cols, cols >> 8, rows, rows >> 8);
}
/** And back. */
export function windowSizeOf(bytes: Uint8Array): WindowSize {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { cols: view.getUint16(0, true), rows: view.getUint16(2, true) };
}
