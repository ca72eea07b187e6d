/** Bytes, without the host's classes for them: rooms below the machine run where there is no Node. */

const DIGITS: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** In hexadecimal, two digits a byte. */
export function hexOf(bytes: Uint8Array & { toHex?(): string }): string {
  // ECMAScript 2026; Node has it from 25 on.
  if (bytes.toHex !== undefined) return bytes.toHex();
  let text = '';
  for (const byte of bytes) text += DIGITS[byte];
  return text;
}

/** Whether both have the same bytes. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/** One after the other. */
export function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

/** Where the first of some bytes stands, from `from` on, with all of them behind it; -1 where they do not. */
export function placeOf(bytes: Uint8Array, wanted: Uint8Array, from = 0): number {
  const [first] = wanted;
  if (first === undefined) return from;
  for (let at = bytes.indexOf(first, from); at >= 0; at = bytes.indexOf(first, at + 1))
    if (wanted.every((byte, i) => bytes[at + i] === byte)) return at;
  return -1;
}

const utf8 = new TextEncoder();
/** Bytes of a text in UTF-8. */
export const utf8Length = (text: string): number => utf8.encode(text).length;
