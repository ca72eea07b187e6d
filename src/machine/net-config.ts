/** A network device (virtio 1.2, 5.1), as a tape's header has it. */
export type NetConfig = {
  /** Its address, as `52:54:00:12:34:56`. */
  readonly mac: string;
};

/** The address of a machine's network device, where none is given. */
export const MAC_DEFAULT = '52:54:00:12:34:56';

/** Whether this is the address of one device: six bytes, not those of a group (IEEE 802, 8.2.2). */
export const isMac = (text: string): boolean =>
  /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/.test(text) && ((macBytes(text)[0] as number) & 1) === 0;

/** Its bytes. */
export const macBytes = (text: string): Uint8Array =>
  Uint8Array.from(text.split(':'), (byte) => Number.parseInt(byte, 16));

/** Of a tape's header; undefined where it is none. */
export function decodeNet(value: unknown): NetConfig | undefined {
  if (typeof value !== 'object' || value === null || !('mac' in value)) return undefined;
  const { mac } = value;
  return typeof mac === 'string' && isMac(mac) ? { mac } : undefined;
}
