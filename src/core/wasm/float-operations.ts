/** Doubles: WebAssembly's opcodes (WebAssembly 3.0, 5.4), and the type that holds their bit patterns. */
export const wide = {
  type: 'i64',
  from: 0xbf,
  to: 0xbd,
  constant: 0x44,
  bytes: 8,
  splat: 20,
  lane: 33,
  madd: 0x107,
  eq: 0x61,
  ne: 0x62,
  lt: 0x63,
  le: 0x65,
  ge: 0x66,
  abs: 0x99,
  neg: 0x9a,
  add: 0xa0,
  sub: 0xa1,
  mul: 0xa2,
  div: 0xa3,
} as const;
/** Singles. */
export const narrow = {
  type: 'i32',
  from: 0xbe,
  to: 0xbc,
  constant: 0x43,
  bytes: 4,
  splat: 19,
  lane: 31,
  madd: 0x105,
  eq: 0x5b,
  ne: 0x5c,
  lt: 0x5d,
  le: 0x5f,
  ge: 0x60,
  abs: 0x8b,
  neg: 0x8c,
  add: 0x92,
  sub: 0x93,
  mul: 0x94,
  div: 0x95,
} as const;
/** Either. */
export type Width = typeof wide | typeof narrow;
/** A single to a double. */
export const F64_PROMOTE = 0xbb;

/** What an operation of Arm's (DDI 0487, J1.3) is on this host: an opcode, or null for the fused one, addend first. */
export interface HostOperation {
  readonly width: Width;
  readonly op: number | null;
}
