/* FP, AdvSIMD and the Cryptographic Extension; results are bits, so that they compare exactly. */
#include <arm_neon.h>
#include "demo.h"

static u64 bits(double value) { return vget_lane_u64(vreinterpret_u64_f64(vdup_n_f64(value)), 0); }
static double root(double value) {
  double result;
  __asm__ volatile("fsqrt %d0, %d1" : "=w"(result) : "w"(value));
  return result;
}

/* The trace of (A * B)^8 for matrices of small fractions. */
static double matrix_trace(void) {
  static double a[4][4], b[4][4], c[4][4];
  for (int i = 0; i < 4; i++)
    for (int j = 0; j < 4; j++) a[i][j] = 1.0 / (i + j + 1), b[i][j] = (i - j) / 7.0;
  for (int n = 0; n < 8; n++) {
    for (int i = 0; i < 4; i++)
      for (int j = 0; j < 4; j++) {
        c[i][j] = 0;
        for (int k = 0; k < 4; k++) c[i][j] += a[i][k] * b[k][j];
      }
    for (int i = 0; i < 4; i++)
      for (int j = 0; j < 4; j++) a[i][j] = c[i][j] + (i == j);
  }
  return a[0][0] + a[1][1] + a[2][2] + a[3][3];
}

/* (1 + 2^-27)^2 - 1 - 2^-26 is 2^-54 with a single rounding, 0 with two. */
static double fused(void) {
  volatile double x = 1.0 + 0x1p-27, y = -1.0 - 0x1p-26;
  return vget_lane_f64(vfma_f64(vdup_n_f64(y), vdup_n_f64(x), vdup_n_f64(x)), 0);
}

static u64 reciprocal(void) {
  volatile float x = 7.0f;
  float32x2_t v = vdup_n_f32(x), e = vrecpe_f32(v);
  e = vmul_f32(e, vrecps_f32(v, e));
  return vget_lane_u64(vreinterpret_u64_f32(vrsqrts_f32(e, v)), 0);
}

/* A Fletcher-like sum of 4 KiB in eight lanes. */
static u64 neon_sum(void) {
  static u8 data[4096];
  for (u32 i = 0; i < sizeof data; i++) data[i] = (u8)(i * i >> 3);
  uint16x8_t low = vdupq_n_u16(1), high = vdupq_n_u16(0);
  for (u32 i = 0; i < sizeof data; i += 16) {
    uint8x16_t bytes = vld1q_u8(data + i);
    low = vaddw_u8(low, vget_low_u8(bytes));
    low = vaddw_high_u8(low, bytes);
    high = vmlaq_n_u16(vaddq_u16(high, low), low, 3);
  }
  return (u64)vaddlvq_u16(low) << 32 | vaddlvq_u16(high);
}

static u64 permuted(void) {
  static const u8 order[16] = {3, 1, 4, 15, 9, 2, 6, 5, 31, 8, 9, 7, 0, 3, 2, 12};
  u8 lanes[48];
  for (u32 i = 0; i < sizeof lanes; i++) lanes[i] = (u8)(37 * i);
  uint8x16x3_t three = vld3q_u8(lanes);
  uint8x16_t mixed = vqtbl1q_u8(vzip1q_u8(three.val[0], three.val[2]), vld1q_u8(order));
  uint64x2_t r = vreinterpretq_u64_u8(vqaddq_u8(vrev64q_u8(mixed), three.val[1]));
  return vgetq_lane_u64(r, 0) ^ vgetq_lane_u64(r, 1);
}

/* Ten rounds on a counting block, under keys of its own making. */
static u64 aes(void) {
  u64 features;
  __asm__("mrs %0, id_aa64isar0_el1" : "=r"(features));
  if (!(features >> 4 & 15)) return 0;
  uint8x16_t block = vreinterpretq_u8_u64(vdupq_n_u64(0x0123456789abcdef)), key = vdupq_n_u8(0x5a);
  for (int round = 0; round < 10; round++) {
    block = vaesmcq_u8(vaeseq_u8(block, key));
    key = veorq_u8(vextq_u8(key, block, 5), vdupq_n_u8((u8)round));
  }
  uint64x2_t r = vreinterpretq_u64_u8(block);
  return vgetq_lane_u64(r, 0) ^ vgetq_lane_u64(r, 1);
}

/* Raises invalid operation, division by zero, overflow, underflow and inexact, and reads what FPSR says of them. */
static u64 fpsr_of_all(void) {
  volatile double zero = 0, one = 1, large = 0x1.8p1023, small = 0x1.8p-1022;
  volatile double sink;
  u64 fpsr;
  __asm__ volatile("msr fpsr, xzr");
  sink = zero / zero;
  sink = one / zero;
  sink = large * large;
  sink = small * small;
  (void)sink;
  __asm__ volatile("mrs %0, fpsr" : "=r"(fpsr));
  return fpsr;
}

void simd_run(struct simd_results *results) {
  volatile float three = 3.0f;
  results->sqrt2 = bits(root(2.0));
  results->third_f32 = vget_lane_u32(vreinterpret_u32_f32(vdup_n_f32(1.0f / three)), 0);
  results->trace = bits(matrix_trace());
  results->fused = bits(fused());
  results->reciprocal = reciprocal();
  results->neon_sum = neon_sum();
  results->permuted = permuted();
  results->aes = aes();
  results->fpsr = fpsr_of_all();
}
