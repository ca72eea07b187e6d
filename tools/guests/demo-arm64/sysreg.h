#pragma once
#include "demo.h"

#define read_sysreg(name)                                            \
  ({                                                                 \
    u64 value_;                                                      \
    __asm__ volatile("mrs %0, " #name : "=r"(value_) : : "memory");  \
    value_;                                                          \
  })
#define write_sysreg(name, value) __asm__ volatile("msr " #name ", %0" : : "r"((u64)(value)) : "memory")
#define isb() __asm__ volatile("isb" : : : "memory")
#define dsb(domain) __asm__ volatile("dsb " #domain : : : "memory")
#define wfi() __asm__ volatile("wfi" : : : "memory")
#define irq_enable() __asm__ volatile("msr daifclr, #2" : : : "memory")
#define irq_disable() __asm__ volatile("msr daifset, #2" : : : "memory")

/* Both widths are the same here. */
#define read_sysreg64(name) read_sysreg(name)
#define write_sysreg64(name, value) write_sysreg(name, value)

/* A call to the firmware (Arm DEN 0028). */
static inline s64 hvc(u32 function, u64 argument) {
  register u64 x0 __asm__("x0") = function;
  register u64 x1 __asm__("x1") = argument;
  register u64 x2 __asm__("x2") = 0;
  register u64 x3 __asm__("x3") = 0;
  __asm__ volatile("hvc #0" : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3) : : "memory");
  return (int)x0;
}
