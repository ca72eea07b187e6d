/** What a driver has put into memory is no queue or no request: the device stops, and needs a reset (virtio 1.2, 2.1.2). */
export class Malformed extends Error {
  override readonly name = 'Malformed';
}
