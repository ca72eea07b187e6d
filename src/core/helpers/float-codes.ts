// Numbers that lifters pass to the floating-point helpers. AssemblyScript imports this file too: plain integer constants only.

/** How to round: FPCR.RMode's encoding, then FPRounding_TIEAWAY, FPRounding_ODD, and whatever FPCR.RMode says. */
export const ROUND_TIE_EVEN = 0;
export const ROUND_UP = 1;
export const ROUND_DOWN = 2;
export const ROUND_ZERO = 3;
export const ROUND_TIE_AWAY = 4;
export const ROUND_ODD = 5;
export const ROUND_FPCR = 7;

/**
 * The `detail` of conversions and roundings: a rounding in bits 2:0; bit 3 the integer is unsigned, or FRINTX's exactness;
 * bit 4 the integer has 64 bits, bit 5 it has 16 (AArch32's fixed-point numbers), else 32; bits 14:8 the number of fraction
 * bits of a fixed-point number.
 */
export const DETAIL_UNSIGNED = 8;
export const DETAIL_EXACT = 8;
export const DETAIL_INT64 = 16;
export const DETAIL_INT16 = 32;
export const DETAIL_FRACTION_AT = 8;

/** Operations of two operands: f32Binary and so on. Comparisons give a mask of all ones or zero. */
export const BINARY_ADD = 0;
export const BINARY_SUB = 1;
export const BINARY_MUL = 2;
export const BINARY_DIV = 3;
export const BINARY_MULX = 4;
export const BINARY_MAX = 5;
export const BINARY_MIN = 6;
export const BINARY_MAXNM = 7;
export const BINARY_MINNM = 8;
/** FABD. */
export const BINARY_ABD = 9;
/** FRECPS and FRSQRTS: one rounding. */
export const BINARY_RECPS = 10;
export const BINARY_RSQRTS = 11;
export const BINARY_CMEQ = 12;
export const BINARY_CMGE = 13;
export const BINARY_CMGT = 14;
export const BINARY_ACGE = 15;
export const BINARY_ACGT = 16;
/** AArch32's VRECPS and VRSQRTS: a multiplication, then the rest. */
export const BINARY_RECPS_CHAINED = 17;
export const BINARY_RSQRTS_CHAINED = 18;

/** Operations of one operand: f32Unary and so on, some with a `detail`. */
export const UNARY_SQRT = 0;
/** FRINTx by `detail`. */
export const UNARY_RINT = 1;
/** FCVTxS, FCVTxU to an integer or fixed-point number of the operand's width. */
export const UNARY_TO_INT = 2;
/** SCVTF, UCVTF from such a number. */
export const UNARY_FROM_INT = 3;
/** Comparisons with zero. */
export const UNARY_CMEQ0 = 4;
export const UNARY_CMGE0 = 5;
export const UNARY_CMGT0 = 6;
export const UNARY_CMLE0 = 7;
export const UNARY_CMLT0 = 8;
export const UNARY_RECPE = 9;
export const UNARY_RSQRTE = 10;
export const UNARY_RECPX = 11;
/** URECPE, URSQRTE: 32 bits only. */
export const UNARY_URECPE = 12;
export const UNARY_URSQRTE = 13;

/** The Arm ARM's StandardFPSCRValue(): what AArch32 AdvSIMD takes as its control (FPSCR.AHP is to be added). */
export const STANDARD_FPSCR = 0x03000000;
