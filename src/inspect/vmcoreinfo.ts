/**
 * What Linux tells debuggers of itself: an ELF note in a page of its memory, made early in the boot (Linux kernel/vmcore_info.c,
 * kernel/crash_core.c before 6.9), with a line `KEY=VALUE` a fact (Documentation/admin-guide/kdump/vmcoreinfo.rst).
 */
const NAME = Buffer.from('VMCOREINFO\0', 'latin1');
/** Of an ELF note: the sizes of name and description, and a type; then the name, padded to a word. */
const HEADER_BYTES = 12;
const WORD = 4;
const NAME_PADDED = NAME.length + (-NAME.length & (WORD - 1));
/** The kernel's own bound is a page, which may have 64 KiB. */
const TEXT_BYTES_MAX = 0x1_0000;

/** The text of the note in memory, undefined where there is none (yet). @param memory in one piece, aligned to a word */
export function findVmcoreinfo(memory: Uint8Array): Uint8Array | undefined {
  const bytes = Buffer.from(memory.buffer, memory.byteOffset, memory.byteLength);
  for (let at = bytes.indexOf(NAME); at >= 0; at = bytes.indexOf(NAME, at + 1)) {
    const header = at - HEADER_BYTES;
    if (header < 0 || header % WORD !== 0) continue;
    const text = at + NAME_PADDED;
    const length = bytes.readUInt32LE(header + 4);
    if (bytes.readUInt32LE(header) !== NAME.length || bytes.readUInt32LE(header + 8) !== 0) continue;
    if (length === 0 || length > TEXT_BYTES_MAX || text + length > bytes.length) continue;
    const found = bytes.subarray(text, text + length);
    if (found.toString('latin1', 0, 'OSRELEASE='.length) === 'OSRELEASE=') return found;
  }
  return undefined;
}
