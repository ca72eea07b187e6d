import { Failure } from '../../base/failure.ts';
import { PAGE_BYTES } from '../../base/page.ts';
import { SECTOR_BYTES } from '../../base/sector.ts';
import { InputFile } from '../../host/files.ts';
import { type BaseDisk, zeroOrBytes } from './base-disk.ts';

/** A file that holds a disk as it is, byte by byte: QEMU's format `raw`. It is read page by page, as the guest asks for it. */
export class RawDisk implements BaseDisk {
  readonly bytes: number;
  readonly #file: InputFile;

  /** @throws Failure where it cannot be read, or is no disk */
  constructor(path: string) {
    this.#file = new InputFile(path);
    this.bytes = this.#file.size;
    if (this.bytes === 0 || this.bytes % SECTOR_BYTES !== 0)
      throw new Failure(
        `${path}: ${this.bytes} bytes are no whole sectors of ${SECTOR_BYTES} bytes; make it larger with truncate -s`,
      );
  }

  page(number: number): Uint8Array | null {
    const at = number * PAGE_BYTES;
    const wanted = Math.min(PAGE_BYTES, this.bytes - at);
    const read = this.#file.read(at, wanted);
    if (read.length < wanted)
      throw new Failure(
        `${this.#file.path}: it has become shorter while it was in use; give a disk that nobody changes`,
      );
    return zeroOrBytes(read);
  }
}
