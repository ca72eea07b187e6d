// The operations of the IR. Pure ones are WebAssembly's own, numbered by their opcodes (SIMD ones have Simd added);
// the rest are ours.

/** Added to the number of an opcode behind the 0xfd prefix. */
export const Simd = 0x1000;

/** Integer operations that exist for both widths: [i32 opcode, i64 opcode, operands]. */
export const intOps = {
  add: [0x6a, 0x7c],
  sub: [0x6b, 0x7d],
  mul: [0x6c, 0x7e],
  divS: [0x6d, 0x7f],
  divU: [0x6e, 0x80],
  remS: [0x6f, 0x81],
  remU: [0x70, 0x82],
  and: [0x71, 0x83],
  or: [0x72, 0x84],
  xor: [0x73, 0x85],
  shl: [0x74, 0x86],
  shrS: [0x75, 0x87],
  shrU: [0x76, 0x88],
  rotl: [0x77, 0x89],
  rotr: [0x78, 0x8a],
} as const satisfies Record<string, readonly [number, number]>;

/** Comparisons: operands of either width, result i32 0 or 1. */
export const compareOps = {
  eq: [0x46, 0x51],
  ne: [0x47, 0x52],
  ltS: [0x48, 0x53],
  ltU: [0x49, 0x54],
  gtS: [0x4a, 0x55],
  gtU: [0x4b, 0x56],
  leS: [0x4c, 0x57],
  leU: [0x4d, 0x58],
  geS: [0x4e, 0x59],
  geU: [0x4f, 0x5a],
} as const satisfies Record<string, readonly [number, number]>;

export const unaryOps = {
  clz: [0x67, 0x79],
  ctz: [0x68, 0x7a],
  popcnt: [0x69, 0x7b],
  signExtend8: [0xc0, 0xc2],
  signExtend16: [0xc1, 0xc3],
} as const satisfies Record<string, readonly [number, number]>;

/** SIMD operations without immediates: opcode behind 0xfd and the number of vector operands. */
export const vectorOps = {
  'i8x16.swizzle': [14, 2],
  ...lanewise('i8x16', 35, ['eq', 'ne', 'lt_s', 'lt_u', 'gt_s', 'gt_u', 'le_s', 'le_u', 'ge_s', 'ge_u']),
  ...lanewise('i16x8', 45, ['eq', 'ne', 'lt_s', 'lt_u', 'gt_s', 'gt_u', 'le_s', 'le_u', 'ge_s', 'ge_u']),
  ...lanewise('i32x4', 55, ['eq', 'ne', 'lt_s', 'lt_u', 'gt_s', 'gt_u', 'le_s', 'le_u', 'ge_s', 'ge_u']),
  ...lanewise('i64x2', 214, ['eq', 'ne', 'lt_s', 'gt_s', 'le_s', 'ge_s']),
  'v128.not': [77, 1],
  'v128.and': [78, 2],
  'v128.andnot': [79, 2],
  'v128.or': [80, 2],
  'v128.xor': [81, 2],
  /** bitselect(a, b, mask): bits of a where the mask has 1. */
  'v128.bitselect': [82, 3],
  'i8x16.abs': [96, 1],
  'i8x16.neg': [97, 1],
  'i8x16.popcnt': [98, 1],
  'i8x16.narrow_i16x8_s': [101, 2],
  'i8x16.narrow_i16x8_u': [102, 2],
  'i8x16.add': [110, 2],
  'i8x16.add_sat_s': [111, 2],
  'i8x16.add_sat_u': [112, 2],
  'i8x16.sub': [113, 2],
  'i8x16.sub_sat_s': [114, 2],
  'i8x16.sub_sat_u': [115, 2],
  'i8x16.min_s': [118, 2],
  'i8x16.min_u': [119, 2],
  'i8x16.max_s': [120, 2],
  'i8x16.max_u': [121, 2],
  'i8x16.avgr_u': [123, 2],
  'i16x8.extadd_pairwise_i8x16_s': [124, 1],
  'i16x8.extadd_pairwise_i8x16_u': [125, 1],
  'i32x4.extadd_pairwise_i16x8_s': [126, 1],
  'i32x4.extadd_pairwise_i16x8_u': [127, 1],
  'i16x8.abs': [128, 1],
  'i16x8.neg': [129, 1],
  'i16x8.narrow_i32x4_s': [133, 2],
  'i16x8.narrow_i32x4_u': [134, 2],
  'i16x8.extend_low_i8x16_s': [135, 1],
  'i16x8.extend_high_i8x16_s': [136, 1],
  'i16x8.extend_low_i8x16_u': [137, 1],
  'i16x8.extend_high_i8x16_u': [138, 1],
  'i16x8.add': [142, 2],
  'i16x8.add_sat_s': [143, 2],
  'i16x8.add_sat_u': [144, 2],
  'i16x8.sub': [145, 2],
  'i16x8.sub_sat_s': [146, 2],
  'i16x8.sub_sat_u': [147, 2],
  'i16x8.mul': [149, 2],
  'i16x8.min_s': [150, 2],
  'i16x8.min_u': [151, 2],
  'i16x8.max_s': [152, 2],
  'i16x8.max_u': [153, 2],
  'i16x8.avgr_u': [155, 2],
  'i16x8.extmul_low_i8x16_s': [156, 2],
  'i16x8.extmul_high_i8x16_s': [157, 2],
  'i16x8.extmul_low_i8x16_u': [158, 2],
  'i16x8.extmul_high_i8x16_u': [159, 2],
  'i32x4.abs': [160, 1],
  'i32x4.neg': [161, 1],
  'i32x4.extend_low_i16x8_s': [167, 1],
  'i32x4.extend_high_i16x8_s': [168, 1],
  'i32x4.extend_low_i16x8_u': [169, 1],
  'i32x4.extend_high_i16x8_u': [170, 1],
  'i32x4.add': [174, 2],
  'i32x4.sub': [177, 2],
  'i32x4.mul': [181, 2],
  'i32x4.min_s': [182, 2],
  'i32x4.min_u': [183, 2],
  'i32x4.max_s': [184, 2],
  'i32x4.max_u': [185, 2],
  'i32x4.extmul_low_i16x8_s': [188, 2],
  'i32x4.extmul_high_i16x8_s': [189, 2],
  'i32x4.extmul_low_i16x8_u': [190, 2],
  'i32x4.extmul_high_i16x8_u': [191, 2],
  'i64x2.abs': [192, 1],
  'i64x2.neg': [193, 1],
  'i64x2.extend_low_i32x4_s': [199, 1],
  'i64x2.extend_high_i32x4_s': [200, 1],
  'i64x2.extend_low_i32x4_u': [201, 1],
  'i64x2.extend_high_i32x4_u': [202, 1],
  'i64x2.add': [206, 2],
  'i64x2.sub': [209, 2],
  'i64x2.mul': [213, 2],
  'i64x2.extmul_low_i32x4_s': [220, 2],
  'i64x2.extmul_high_i32x4_s': [221, 2],
  'i64x2.extmul_low_i32x4_u': [222, 2],
  'i64x2.extmul_high_i32x4_u': [223, 2],
} as const satisfies Record<string, readonly [number, number]>;
export type VectorOp = keyof typeof vectorOps;

function lanewise<S extends string, const N extends readonly string[]>(
  shape: S,
  first: number,
  names: N,
): Record<`${S}.${N[number]}`, readonly [number, number]> {
  return Object.fromEntries(names.map((n, i) => [`${shape}.${n}`, [first + i, 2]])) as never;
}

export type Shape = 'i8x16' | 'i16x8' | 'i32x4' | 'i64x2';

/** Per shape: splat, unsigned lane read, lane write, shifts by a scalar (shl, shr_s, shr_u), bitmask, all_true. */
export const shapeOps = {
  i8x16: { splat: 15, extract: 22, replace: 23, shl: 107, shrS: 108, shrU: 109, bitmask: 100, allTrue: 99 },
  i16x8: { splat: 16, extract: 25, replace: 26, shl: 139, shrS: 140, shrU: 141, bitmask: 132, allTrue: 131 },
  i32x4: { splat: 17, extract: 27, replace: 28, shl: 171, shrS: 172, shrU: 173, bitmask: 164, allTrue: 163 },
  i64x2: { splat: 18, extract: 29, replace: 30, shl: 203, shrS: 204, shrU: 205, bitmask: 196, allTrue: 195 },
} as const satisfies Record<Shape, Record<string, number>>;

/** Operations that are not one WebAssembly opcode each. */
export const Op = {
  const32: 0x2000,
  const64: 0x2001,
  const128: 0x2002,
  select: 0x2003,
  /** A read of a state cell at address imm: 32 bits, 64 bits, 128 bits; 8 bits and 16 bits zero-extended to i32. */
  cell8: 0x2010,
  cell16: 0x2011,
  cell32: 0x2012,
  cell64: 0x2013,
  cell128: 0x2014,
  /** Instructions retired before the current one: 64 bits. */
  icount: 0x2016,
  /** A write of value a to the state cell at imm. */
  setCell8: 0x2018,
  setCell16: 0x2019,
  setCell32: 0x201a,
  setCell64: 0x201b,
  setCell128: 0x201c,
  /** Guest memory: address a, value b (and c of a pair; data has those of several words); imm is a MemorySize, imm2 AccessFlags. */
  load: 0x2020,
  /** A further one of the values that node a loaded, whose nodes stand behind it one after the other. */
  loadFurther: 0x2021,
  store: 0x2022,
  /** A helper: imm is its number, data its arguments. */
  call: 0x2030,
  /** A call to the run time that may abandon the instruction: imm is a RuntimeCall, imm2 its argument. */
  runtime: 0x2031,
  /** if (a) … else … end, around effects. */
  if: 0x2040,
  else: 0x2041,
  end: 0x2042,
  /** Leave after this instruction if a: imm is the ExitReason. */
  exitIf: 0x2048,
  /** Leave at this instruction, not retired, if a: imm is the ExitReason, imm2 its argument. */
  exitAtIf: 0x2049,
  /** Ends of a block: leave (imm reason, imm2 argument, at this instruction or after it), jump, conditional jump, computed jump. */
  exitAt: 0x2050,
  exitAfter: 0x2051,
  branch: 0x2052,
  branchIf: 0x2053,
  branchTo: 0x2054,
} as const;

/** How much guest memory an access covers. Pairs and words are so many adjacent values, checked as one access. */
export const MemorySize = {
  ...{ b1: 0, b2: 1, b4: 2, b8: 3, b16: 4, pair4: 5, pair8: 6, pair16: 7, zero64: 8 },
  ...{ words3: 9, words4: 10, words5: 11, words6: 12, words7: 13, words8: 14, words9: 15 },
} as const;
export type MemorySize = (typeof MemorySize)[keyof typeof MemorySize];
export const memoryBytes: readonly number[] = [1, 2, 4, 8, 16, 8, 16, 32, 64, 12, 16, 20, 24, 28, 32, 36];
/** Bytes of each of the values. */
export const elementBytes: readonly number[] = [1, 2, 4, 8, 16, 4, 8, 16, 64, 4, 4, 4, 4, 4, 4, 4];
/** PUSH {R4-R11, LR} is one access; and sizes have four bits. */
export const WORDS_MAX = 9;
/** The size of an access to so many words, 1 to WORDS_MAX. */
export const wordsSize = (count: number): MemorySize =>
  [MemorySize.b4, MemorySize.pair4][count - 1] ?? ((MemorySize.words3 + count - 3) as MemorySize);

/** Bit 0, one of the alignments in bits 3:1 (a misaligned access is a fault), and the bits above. */
export const AccessFlags = {
  /** With EL0's permissions, though at EL1 (LDTR, STTR). */
  unprivileged: 1,
  /** By the size of the whole access up to 16 bytes: ordered and exclusive accesses, and others with SCTLR.A. */
  aligned: 2,
  /** AArch32: by 4 bytes, though the access is wider (LDRD, LDM, VLDM). */
  wordAligned: 4,
  /** AArch32: as the instruction says (VLD1 to VLD4), by so many bits. */
  aligned64: 6,
  aligned128: 8,
  aligned256: 10,
  aligned16: 12,
  /** Not even in Device memory. */
  unaligned: 14,
  /** The alignment is asked for in Device memory alone: elements narrower than the access. */
  inDevice: 16,
  /** Cache maintenance by address: nothing is loaded, but what a load would fault with is a fault, permissions at EL1 apart. */
  maintenance: 32,
} as const;
/** Bits of MemorySize and of AccessFlags. */
const SIZE_WIDTH = 4;
const FLAGS_WIDTH = 6;

/** What the run time is told of an access: its MemorySize, AccessFlags, and the offset of its instruction in the page. */
export const accessInfo = (size: number, flags: number, offset: number): number =>
  size | (flags << SIZE_WIDTH) | (offset << (SIZE_WIDTH + FLAGS_WIDTH));
export const sizeOfAccess = (info: number): number => info & ((1 << SIZE_WIDTH) - 1);
export const flagsOfAccess = (info: number): number => (info >>> SIZE_WIDTH) & ((1 << FLAGS_WIDTH) - 1);
export const offsetOfAccess = (info: number): number => info >>> (SIZE_WIDTH + FLAGS_WIDTH);

/** Of an access to several elements of 1 << log2 bytes: only in Device memory they must be aligned. */
export const elementwise = (log2: number): number =>
  [
    AccessFlags.unaligned,
    AccessFlags.aligned16 | AccessFlags.inDevice,
    AccessFlags.wordAligned | AccessFlags.inDevice,
    AccessFlags.aligned64 | AccessFlags.inDevice,
  ][log2] as number;

/** The bits of AccessFlags that say an alignment. */
export const ALIGNMENT = AccessFlags.unaligned;
/** The number of bytes, a power of two, that the address of an access must be a multiple of. */
export const alignmentBytes = (flags: number, accessBytes: number): number =>
  flags & AccessFlags.inDevice ? 1 : alignmentOf(flags, accessBytes);
/** The same in Device memory, where each of the values must be aligned if the access itself says nothing. */
export const deviceAlignmentBytes = (flags: number, size: number): number =>
  flags & ALIGNMENT ? alignmentOf(flags, memoryBytes[size] as number) : Math.min(16, elementBytes[size] as number);

function alignmentOf(flags: number, accessBytes: number): number {
  switch (flags & ALIGNMENT) {
    case AccessFlags.aligned:
      return Math.min(accessBytes, 16);
    case AccessFlags.aligned16:
      return 2;
    case AccessFlags.wordAligned:
      return 4;
    case AccessFlags.aligned64:
      return 8;
    case AccessFlags.aligned128:
      return 16;
    case AccessFlags.aligned256:
      return 32;
    default:
      return 1;
  }
}

/** Calls from translated code into the run time (TypeScript). */
export const RuntimeCall = {
  /** MRS of system register row imm2: the value is in the cell RESULT. */
  systemRead: 0,
  /** MSR of system register row imm2: the value is in the cell ARG_VALUE. */
  systemWrite: 1,
  /** SYS and SYSL operations (cache, TLB, AT) by row imm2: ARG_VALUE in, RESULT out. */
  systemOperation: 2,
  /** Registers of AArch32 that are not in fixed cells: imm2 is Aarch32Call << 16 | operand; ARG_VALUE in, RESULT out. */
  aarch32: 3,
  /** In observed code, before each instruction or block: its observer is told, with imm2. */
  observe: 4,
} as const;
export type RuntimeCall = (typeof RuntimeCall)[keyof typeof RuntimeCall];
