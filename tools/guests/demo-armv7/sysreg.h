#pragma once
#include "demo.h"

/* CP15 registers, by their AArch64 names where they have one (Arm ARM DDI 0406C, B3.17). */
#define CP15_midr_el1 "p15, 0, %0, c0, c0, 0"
#define CP15_sctlr_el1 "p15, 0, %0, c1, c0, 0"
#define CP15_cpacr_el1 "p15, 0, %0, c1, c0, 2"
#define CP15_ttbr0_el1 "p15, 0, %0, c2, c0, 0"
#define CP15_ttbr1_el1 "p15, 0, %0, c2, c0, 1"
#define CP15_ttbcr "p15, 0, %0, c2, c0, 2"
#define CP15_dacr "p15, 0, %0, c3, c0, 0"
#define CP15_dfsr "p15, 0, %0, c5, c0, 0"
#define CP15_ifsr "p15, 0, %0, c5, c0, 1"
#define CP15_dfar "p15, 0, %0, c6, c0, 0"
#define CP15_ifar "p15, 0, %0, c6, c0, 2"
#define CP15_par_el1 "p15, 0, %0, c7, c4, 0"
#define CP15_iciallu "p15, 0, %0, c7, c5, 0"
#define CP15_icimvau "p15, 0, %0, c7, c5, 1"
#define CP15_bpiall "p15, 0, %0, c7, c5, 6"
#define CP15_ats1cpr "p15, 0, %0, c7, c8, 0"
#define CP15_ats1cur "p15, 0, %0, c7, c8, 2"
#define CP15_dccmvau "p15, 0, %0, c7, c11, 1"
#define CP15_tlbiall "p15, 0, %0, c8, c7, 0"
#define CP15_tlbimvaa "p15, 0, %0, c8, c7, 3"
#define CP15_prrr "p15, 0, %0, c10, c2, 0"
#define CP15_nmrr "p15, 0, %0, c10, c2, 1"
#define CP15_contextidr_el1 "p15, 0, %0, c13, c0, 1"
#define CP15_tpidr_el0 "p15, 0, %0, c13, c0, 2"
#define CP15_cntfrq_el0 "p15, 0, %0, c14, c0, 0"
#define CP15_cntp_tval_el0 "p15, 0, %0, c14, c2, 0"
#define CP15_cntp_ctl_el0 "p15, 0, %0, c14, c2, 1"
#define CP15_cntv_tval_el0 "p15, 0, %0, c14, c3, 0"
#define CP15_cntv_ctl_el0 "p15, 0, %0, c14, c3, 1"
#define CP15_64_cntpct_el0 "p15, 0, %Q0, %R0, c14"
#define CP15_64_cntvct_el0 "p15, 1, %Q0, %R0, c14"
#define CP15_64_cntp_cval_el0 "p15, 2, %Q0, %R0, c14"
#define CP15_64_cntv_cval_el0 "p15, 3, %Q0, %R0, c14"

#define read_sysreg(name)                                              \
  ({                                                                   \
    u32 value_;                                                        \
    __asm__ volatile("mrc " CP15_##name : "=r"(value_) : : "memory");  \
    value_;                                                            \
  })
#define write_sysreg(name, value) __asm__ volatile("mcr " CP15_##name : : "r"((u32)(value)) : "memory")
#define read_sysreg64(name)                                                \
  ({                                                                       \
    u64 value_;                                                            \
    __asm__ volatile("mrrc " CP15_64_##name : "=r"(value_) : : "memory");  \
    value_;                                                                \
  })
#define write_sysreg64(name, value) __asm__ volatile("mcrr " CP15_64_##name : : "r"((u64)(value)) : "memory")
#define read_cpsr()                                              \
  ({                                                             \
    u32 value_;                                                  \
    __asm__ volatile("mrs %0, cpsr" : "=r"(value_) : : "memory"); \
    value_;                                                      \
  })
#define isb() __asm__ volatile("isb" : : : "memory")
#define dsb(domain) __asm__ volatile("dsb " #domain : : : "memory")
#define wfi() __asm__ volatile("wfi" : : : "memory")
#define irq_enable() __asm__ volatile("cpsie i" : : : "memory")
#define irq_disable() __asm__ volatile("cpsid i" : : : "memory")

/* A call to the firmware (Arm DEN 0028). */
static inline s32 hvc(u32 function, u32 argument) {
  register u32 r0 __asm__("r0") = function;
  register u32 r1 __asm__("r1") = argument;
  register u32 r2 __asm__("r2") = 0;
  register u32 r3 __asm__("r3") = 0;
  __asm__ volatile(".arch_extension virt\n\thvc #0" : "+r"(r0), "+r"(r1), "+r"(r2), "+r"(r3) : : "memory");
  return (s32)r0;
}
