#pragma once

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long u64;
typedef long s64;
typedef u64 uptr;

#define PRINT_FORMAT __attribute__((format(printf, 1, 2)))
#include "common.h"

#define GICR_BASE 0x080a0000ul

static inline u32 mmio_read(u64 address) {
  u32 value;
  /* By hand: only a plain load or store with one register gives a hypervisor a syndrome that it can emulate from. */
  __asm__ volatile("ldr %w0, [%1]" : "=r"(value) : "r"(address) : "memory");
  return value;
}
static inline void mmio_write(u64 address, u32 value) {
  __asm__ volatile("str %w0, [%1]" : : "r"(value), "r"(address) : "memory");
}
static inline u64 mmio_read64(u64 address) {
  u64 value;
  __asm__ volatile("ldr %0, [%1]" : "=r"(value) : "r"(address) : "memory");
  return value;
}
static inline void mmio_write64(u64 address, u64 value) {
  __asm__ volatile("str %0, [%1]" : : "r"(value), "r"(address) : "memory");
}

/* What vectors.S saves, in its order. */
struct frame {
  u64 x[31];
  u64 sp_el0, elr, spsr, esr, far;
};

/* simd.c */
struct simd_results {
  u64 sqrt2, third_f32, trace, fused, reciprocal, neon_sum, permuted, aes, fpsr;
};
void simd_run(struct simd_results *results);
