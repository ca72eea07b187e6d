import { FLAGS_A, FLAGS_B, FLAGS_C, FLAGS_KIND, FLAGS_NZ } from '../../state/cells';

function pack(n: bool, z: bool, c: bool, v: bool): u32 {
  return ((n as u32) << 31) | ((z as u32) << 30) | ((c as u32) << 29) | ((v as u32) << 28);
}

/** NZCV in bits 31:28 from the lazy cells; FlagsKind and FlagsOver (state/codes.ts) say how. */
export function nzcv(): u32 {
  const kind = load<u32>(FLAGS_KIND);
  let packed = byKind(kind & 7);
  if (kind & 8) {
    const nz = load<i32>(FLAGS_NZ);
    packed = (packed & 0x3fffffff) | pack(nz < 0, nz == 0, false, false);
  }
  if (kind & 16) packed = (packed & 0xdfffffff) | (load<u32>(FLAGS_C) << 29);
  return packed;
}

function byKind(kind: u32): u32 {
  const a = load<u64>(FLAGS_A);
  const b = load<u64>(FLAGS_B);
  switch (kind) {
    case 0:
      return <u32>a;
    case 1: {
      const x = <i32>a;
      const y = <i32>b;
      const r = x + y;
      return pack(r < 0, r == 0, <u32>r < <u32>x, ((x ^ r) & (y ^ r)) < 0);
    }
    case 2: {
      const r = <i64>(a + b);
      return pack(r < 0, r == 0, <u64>r < a, ((<i64>a ^ r) & (<i64>b ^ r)) < 0);
    }
    case 3: {
      const x = <i32>a;
      const y = <i32>b;
      const r = x - y;
      return pack(r < 0, r == 0, <u32>x >= <u32>y, ((x ^ y) & (x ^ r)) < 0);
    }
    case 4: {
      const r = <i64>(a - b);
      return pack(r < 0, r == 0, a >= b, ((<i64>a ^ <i64>b) & (<i64>a ^ r)) < 0);
    }
    case 5:
      return pack(<i32>a < 0, <i32>a == 0, false, false);
    default:
      return pack(<i64>a < 0, a == 0, false, false);
  }
}
