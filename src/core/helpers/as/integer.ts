// Checksums a nibble at a time: entry n of a table is n divided by the reflected polynomial, four bits on.

/** Polynomial 0x04c11db7, reflected 0xedb88320. */
const crc32Table = memory.data<u32>([
  0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
  0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c, 0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
]);
/** Polynomial 0x1edc6f41, reflected 0x82f63b78. */
const crc32cTable = memory.data<u32>([
  0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1, 0x417b1dbc, 0x5125dad3, 0x61c69362, 0x7198540d,
  0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9, 0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75,
]);

function update(table: usize, crc: u32, value: u64, bytes: u32): u32 {
  for (let i: u32 = 0; i < bytes; i++) {
    crc ^= <u32>(value & 0xff);
    crc = (crc >> 4) ^ load<u32>(table + ((crc & 15) << 2));
    crc = (crc >> 4) ^ load<u32>(table + ((crc & 15) << 2));
    value >>= 8;
  }
  return crc;
}

/** The low `bytes` bytes of the value into the checksum, neither inverted. Arm ARM DDI 0487, CRC32. */
export function crc32(crc: u32, value: u64, bytes: u32): u32 {
  return update(crc32Table, crc, value, bytes);
}

export function crc32c(crc: u32, value: u64, bytes: u32): u32 {
  return update(crc32cTable, crc, value, bytes);
}
