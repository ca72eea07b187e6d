// A disk with one FAT16 partition, as firmware boots from: Microsoft "FAT: General Overview of On-Disk Format", version 1.03; the
// partition table is the MBR's.

const SECTOR = 512;
const CLUSTER = 8 * SECTOR;
const PARTITION_AT = 2048;
const PARTITION_SECTORS = 131_072;
const FAT_SECTORS = 64;
const ROOT_ENTRIES = 512;
const ENTRY = 32;
const RESERVED = 1;
const DATA_AT = RESERVED + 2 * FAT_SECTORS + (ROOT_ENTRIES * ENTRY) / SECTOR;
const Attribute = { directory: 0x10, archive: 0x20, longName: 0x0f } as const;
const LAST_LONG = 0x40;
const LONG_CHARACTERS = 13;
const END_OF_CHAIN = 0xffff;
/** An EFI system partition. */
const TYPE = 0xef;

/** Files by path; folders come of themselves. */
export type FatFiles = Readonly<Record<string, Uint8Array>>;

interface Folder {
  readonly files: Map<string, Uint8Array>;
  readonly folders: Map<string, Folder>;
}

function treeOf(files: FatFiles): Folder {
  const root: Folder = { files: new Map(), folders: new Map() };
  for (const [path, bytes] of Object.entries(files)) {
    const names = path.split('/');
    const name = names.pop() as string;
    let at = root;
    for (const folder of names) {
      const next = at.folders.get(folder) ?? { files: new Map(), folders: new Map() };
      at.folders.set(folder, next);
      at = next;
    }
    at.files.set(name, bytes);
  }
  return root;
}

const padded = (text: string, length: number): string => text.toUpperCase().slice(0, length).padEnd(length);
/** Eleven characters, and whether they say the name but for its case. */
function shortName(name: string): { readonly short: string; readonly isWhole: boolean } {
  const [base = '', extension = ''] = name.split('.');
  const isWhole = base.length <= 8 && extension.length <= 3;
  return { short: padded(isWhole ? base : `${base.slice(0, 6)}~1`, 8) + padded(extension, 3), isWhole };
}

function longEntries(name: string, short: string): Buffer[] {
  const sum = [...Buffer.from(short, 'latin1')].reduce((s, c) => (((s & 1) << 7) + (s >> 1) + c) & 0xff, 0);
  const count = Math.ceil(name.length / LONG_CHARACTERS);
  return Array.from({ length: count }, (_, i) => {
    const n = count - i;
    const entry = Buffer.alloc(ENTRY);
    entry[0] = n | (i === 0 ? LAST_LONG : 0);
    entry[11] = Attribute.longName;
    entry[13] = sum;
    const places = [1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30];
    for (const [j, place] of places.entries()) {
      const at = (n - 1) * LONG_CHARACTERS + j;
      entry.writeUInt16LE(at < name.length ? name.charCodeAt(at) : at === name.length ? 0 : 0xffff, place);
    }
    return entry;
  });
}

/** The image of a disk with these files, which is bootable. */
export function fatDisk(files: FatFiles): Buffer {
  const disk = Buffer.alloc((PARTITION_AT + PARTITION_SECTORS) * SECTOR);
  disk[446] = 0x80;
  disk[450] = TYPE;
  disk.writeUInt32LE(PARTITION_AT, 454);
  disk.writeUInt32LE(PARTITION_SECTORS, 458);
  disk.writeUInt16LE(0xaa55, 510);
  const volume = disk.subarray(PARTITION_AT * SECTOR);
  volume.write('\xeb\x3c\x90HYPERTAP', 0, 'latin1');
  volume.writeUInt16LE(SECTOR, 11);
  volume[13] = CLUSTER / SECTOR;
  volume.writeUInt16LE(RESERVED, 14);
  volume[16] = 2;
  volume.writeUInt16LE(ROOT_ENTRIES, 17);
  volume[21] = 0xf8;
  volume.writeUInt16LE(FAT_SECTORS, 22);
  volume.writeUInt32LE(PARTITION_AT, 28);
  volume.writeUInt32LE(PARTITION_SECTORS, 32);
  volume[36] = 0x80;
  volume[38] = 0x29;
  volume.write('NO NAME    FAT16   ', 43, 'latin1');
  volume.writeUInt16LE(0xaa55, 510);
  const fat = new Uint16Array((FAT_SECTORS * SECTOR) / 2);
  fat.set([0xfff8, END_OF_CHAIN]);
  let next = 2;

  /** Puts bytes into clusters side by side; gives the first. */
  const place = (bytes: Uint8Array): number => {
    const count = Math.max(1, Math.ceil(bytes.length / CLUSTER));
    const first = next;
    volume.set(bytes, DATA_AT * SECTOR + (first - 2) * CLUSTER);
    for (let n = 0; n < count; n++) fat[first + n] = n === count - 1 ? END_OF_CHAIN : first + n + 1;
    next += count;
    return first;
  };
  const entryOf = (short: string, attribute: number, cluster: number, bytes: number): Buffer => {
    const entry = Buffer.alloc(ENTRY);
    entry.write(short, 0, 'latin1');
    entry[11] = attribute;
    entry.writeUInt16LE(cluster, 26);
    entry.writeUInt32LE(bytes, 28);
    return entry;
  };
  const named = (name: string, attribute: number, cluster: number, bytes: number): Buffer => {
    const { short, isWhole } = shortName(name);
    return Buffer.concat([...(isWhole ? [] : longEntries(name, short)), entryOf(short, attribute, cluster, bytes)]);
  };
  const entriesOf = ({ files: own, folders }: Folder, cluster: number): Buffer =>
    Buffer.concat([
      ...[...own].map(([name, bytes]) => named(name, Attribute.archive, place(bytes), bytes.length)),
      ...[...folders].map(([name, folder]) => named(name, Attribute.directory, placeFolder(folder, cluster), 0)),
    ]);
  /** A folder, of one cluster, begins with itself and its parent, whose cluster is 0 where that is the root. */
  const placeFolder = (folder: Folder, parent: number): number => {
    const own = place(new Uint8Array(CLUSTER));
    const links = [own, parent].map((to, n) => entryOf('.'.repeat(n + 1).padEnd(11), Attribute.directory, to, 0));
    Buffer.concat([...links, entriesOf(folder, own)]).copy(volume, DATA_AT * SECTOR + (own - 2) * CLUSTER);
    return own;
  };
  entriesOf(treeOf(files), 0).copy(volume, (RESERVED + 2 * FAT_SECTORS) * SECTOR);
  const table = Buffer.from(fat.buffer);
  for (const at of [RESERVED, RESERVED + FAT_SECTORS]) table.copy(volume, at * SECTOR);
  return disk;
}
