/* VFPv4 and Advanced SIMD; results are bits, so that they compare exactly. */
#include <arm_neon.h>
#include "demo.h"

static u64 bits(double value) {
  union {
    double value;
    u64 bits;
  } u = {value};
  return u.bits;
}
static double root(double value) {
  double result;
  __asm__ volatile("vsqrt.f64 %P0, %P1" : "=w"(result) : "w"(value));
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
  double sum = y;
  __asm__ volatile("vfma.f64 %P0, %P1, %P1" : "+w"(sum) : "w"(x));
  return sum;
}

static u64 reciprocal(void) {
  volatile float x = 7.0f;
  float32x2_t v = vdup_n_f32(x), e = vrecpe_f32(v);
  e = vmul_f32(e, vrecps_f32(v, e));
  return vget_lane_u64(vreinterpret_u64_f32(vrsqrts_f32(e, v)), 0);
}

static u32 sum_of(uint16x8_t lanes) {
  uint64x2_t sums = vpaddlq_u32(vpaddlq_u16(lanes));
  return (u32)(vgetq_lane_u64(sums, 0) + vgetq_lane_u64(sums, 1));
}

/* A Fletcher-like sum of 4 KiB in eight lanes. */
static u64 neon_sum(void) {
  static u8 data[4096];
  for (u32 i = 0; i < sizeof data; i++) data[i] = (u8)(i * i >> 3);
  uint16x8_t low = vdupq_n_u16(1), high = vdupq_n_u16(0);
  for (u32 i = 0; i < sizeof data; i += 16) {
    uint8x16_t bytes = vld1q_u8(data + i);
    low = vaddw_u8(low, vget_low_u8(bytes));
    low = vaddw_u8(low, vget_high_u8(bytes));
    high = vmlaq_n_u16(vaddq_u16(high, low), low, 3);
  }
  return (u64)sum_of(low) << 32 | sum_of(high);
}

static u64 permuted(void) {
  static const u8 order[8] = {3, 1, 4, 15, 9, 2, 31, 12};
  u8 lanes[24];
  for (u32 i = 0; i < sizeof lanes; i++) lanes[i] = (u8)(37 * i);
  uint8x8x3_t three = vld3_u8(lanes);
  uint8x8x2_t zipped = vzip_u8(three.val[0], three.val[2]);
  uint8x8_t mixed = vtbl2_u8(zipped, vld1_u8(order));
  return vget_lane_u64(vreinterpret_u64_u8(vqadd_u8(vrev64_u8(mixed), three.val[1])), 0);
}

/* Half precision and back, in four lanes. */
static u64 half(void) {
  static const float values[4] = {1.0f / 3, -65504.0f, 0x1p-24f, 7.5f};
  u64 result;
  __asm__ volatile("vcvt.f16.f32 %P0, %q1" : "=w"(result) : "w"(vld1q_f32(values)));
  return result;
}

static void clear_fpscr(u32 control) { __asm__ volatile("vmsr fpscr, %0" : : "r"(control)); }
static u32 read_fpscr(void) {
  u32 value;
  __asm__ volatile("vmrs %0, fpscr" : "=r"(value));
  return value;
}

/* Raises invalid operation, division by zero, overflow, underflow and inexact, and reads what FPSCR says of them. */
static u32 fpscr_of_all(void) {
  volatile double zero = 0, one = 1, large = 0x1.8p1023, small = 0x1.8p-1022;
  volatile double sink;
  clear_fpscr(0);
  sink = zero / zero;
  sink = one / zero;
  sink = large * large;
  sink = small * small;
  (void)sink;
  return read_fpscr();
}

/* With flush-to-zero a denormal operand counts as zero, and is told. */
static u32 fpscr_of_flush(void) {
  volatile float denormal = 0x1p-140f;
  volatile float sink;
  clear_fpscr(1u << 24);
  sink = denormal + denormal;
  (void)sink;
  u32 fpscr = read_fpscr();
  clear_fpscr(0);
  return fpscr;
}

/* Saturation sets QC. */
static u32 fpscr_of_saturation(void) {
  int32x4_t large = vdupq_n_s32(0x7fffffff);
  clear_fpscr(0);
  __asm__ volatile("vqadd.s32 %q0, %q0, %q0" : "+w"(large));
  return read_fpscr();
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
  results->half = half();
  results->fpscr = fpscr_of_all();
  results->flushed = fpscr_of_flush();
  results->saturated = fpscr_of_saturation();
}
