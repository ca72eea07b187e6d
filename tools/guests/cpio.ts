/** A file of an initramfs; `mode` with the file type bits of stat(2). */
export interface CpioEntry {
  readonly name: string;
  readonly mode: number;
  readonly data?: Uint8Array;
  /** Major and minor number of a device node. */
  readonly device?: readonly [number, number];
}

/** Kinds of files in c_mode (cpio, newc format). */
export const FileType = { directory: 0o040000, regular: 0o100000, symlink: 0o120000, character: 0o020000 } as const;

const ALIGN = 4;
const TRAILER = 'TRAILER!!!';

function header(entry: CpioEntry, inode: number): string {
  const nlink = (entry.mode & 0o170000) === FileType.directory ? 2 : 1;
  const [major, minor] = entry.device ?? [0, 0];
  const size = entry.data?.length ?? 0;
  const fields = [inode, entry.mode, 0, 0, nlink, 0, size, 0, 0, major, minor, entry.name.length + 1, 0];
  return `070701${fields.map((f) => f.toString(16).padStart(8, '0')).join('')}${entry.name}\0`;
}

/** An archive in the "newc" format that Linux unpacks (Documentation/driver-api/early-userspace/buffer-format), owner 0, time 0. */
export function cpio(entries: readonly CpioEntry[]): Buffer {
  const parts: Uint8Array[] = [];
  const pad = (length: number): Uint8Array => new Uint8Array((ALIGN - (length % ALIGN)) % ALIGN);
  for (const [i, entry] of [...entries, { name: TRAILER, mode: 0 }].entries()) {
    const head = Buffer.from(header(entry, i + 1), 'latin1');
    parts.push(head, pad(head.length));
    const data = 'data' in entry ? entry.data : undefined;
    if (data) parts.push(data, pad(data.length));
  }
  return Buffer.concat(parts);
}
