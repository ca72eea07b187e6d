#pragma once

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef int s32;
typedef long long s64;
typedef u32 uptr;

/* A long is 64 bits for print, unlike for the compiler. */
#define PRINT_FORMAT
#include "common.h"

#define GICC_BASE 0x08010000ul

static inline u32 mmio_read(u32 address) {
  u32 value;
  /* By hand: only a plain load or store with one register gives a hypervisor a syndrome that it can emulate from. */
  __asm__ volatile("ldr %0, [%1]" : "=r"(value) : "r"(address) : "memory");
  return value;
}
static inline void mmio_write(u32 address, u32 value) {
  __asm__ volatile("str %0, [%1]" : : "r"(value), "r"(address) : "memory");
}

/* What vectors.S saves, in its order. */
struct frame {
  u32 sp_usr, lr_usr, r[13], lr_svc, pc, cpsr;
};
#define CPSR_T (1u << 5)
#define CPSR_MODE 31u
enum { MODE_USR = 16, MODE_FIQ = 17, MODE_IRQ = 18, MODE_SVC = 19, MODE_UND = 27, MODE_SYS = 31 };

/* banks.S, a32.S, t32.S */
u32 banks_apart(void);
u32 a32_step(u32 value, u32 depth);
u32 t32_step(u32 value, u32 depth);
u32 a32_conditions(u32 flags);
u32 t32_conditions(u32 flags);
u32 a32_big_endian(const void *word);
u32 t32_big_endian(const void *word);

/* state.c */
void state_check(void);

/* simd.c */
struct simd_results {
  u64 sqrt2, trace, fused, reciprocal, neon_sum, permuted, half;
  u32 third_f32, fpscr, flushed, saturated;
};
void simd_run(struct simd_results *results);
