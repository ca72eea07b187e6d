// What fw_cfg tells, by selector: QEMU docs/specs/fw_cfg.rst and include/standard-headers/linux/qemu_fw_cfg.h.

/** Selectors of items that have one of their own. */
export const Selector = {
  signature: 0x00,
  id: 0x01,
  ramSize: 0x03,
  cpus: 0x05,
  kernelSize: 0x08,
  initrdSize: 0x0b,
  bootMenu: 0x0e,
  cpusMax: 0x0f,
  kernelData: 0x11,
  initrdData: 0x12,
  commandLineSize: 0x14,
  commandLine: 0x15,
  directory: 0x19,
} as const;

/** The first selector of files. */
const FIRST_FILE = 0x20;
const DIRECTORY_ENTRY_BYTES = 64;
const FILE_NAME_AT = 8;
const FILE_NAME_BYTES_MAX = 55;
/** Bits of the ID item: the interface of selector and data, and that of DMA. */
const FEATURES = 0b11;

/** What of a machine its firmware may ask for. */
export interface FwCfgContents {
  readonly ramBytes: number;
  readonly vcpus: number;
  /** A kernel that the firmware is to boot. */
  readonly kernel?: Uint8Array;
  readonly initrd?: Uint8Array;
  readonly commandLine?: string;
  /** By path, such as `etc/boot-fail-wait`. */
  readonly files?: { readonly [name: string]: Uint8Array };
}

const encoder = new TextEncoder();
const number = (bytes: 2 | 4 | 8, value: number): Uint8Array => {
  const out = new Uint8Array(bytes);
  for (let i = 0, rest = value; i < bytes; i++, rest = Math.floor(rest / 256)) out[i] = rest % 256;
  return out;
};

/** The items by selector. Numbers are little-endian, those of the directory big-endian. */
export function itemsOf(contents: FwCfgContents): ReadonlyMap<number, Uint8Array> {
  const { ramBytes, vcpus, kernel, initrd, commandLine, files = {} } = contents;
  const items = new Map<number, Uint8Array>([
    [Selector.signature, encoder.encode('QEMU')],
    [Selector.id, number(4, FEATURES)],
    [Selector.ramSize, number(8, ramBytes)],
    [Selector.cpus, number(2, vcpus)],
    [Selector.cpusMax, number(2, vcpus)],
    [Selector.bootMenu, number(2, 0)],
  ]);
  if (kernel !== undefined) {
    const line = encoder.encode(`${commandLine ?? ''}\0`);
    items.set(Selector.kernelSize, number(4, kernel.length)).set(Selector.kernelData, kernel);
    items.set(Selector.commandLineSize, number(4, line.length)).set(Selector.commandLine, line);
  }
  if (initrd !== undefined) items.set(Selector.initrdSize, number(4, initrd.length)).set(Selector.initrdData, initrd);
  const names = Object.keys(files).sort();
  const directory = new Uint8Array(4 + DIRECTORY_ENTRY_BYTES * names.length);
  const view = new DataView(directory.buffer);
  view.setUint32(0, names.length);
  for (const [n, name] of names.entries()) {
    const data = files[name] as Uint8Array;
    const at = 4 + DIRECTORY_ENTRY_BYTES * n;
    view.setUint32(at, data.length);
    view.setUint16(at + 4, FIRST_FILE + n);
    directory.set(encoder.encode(name.slice(0, FILE_NAME_BYTES_MAX)), at + FILE_NAME_AT);
    items.set(FIRST_FILE + n, data);
  }
  return items.set(Selector.directory, directory);
}
