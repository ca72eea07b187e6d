#pragma once

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

/* Sleeps until `condition`, which an interrupt handler makes true. WFI wakes for a masked interrupt too, so none is missed. */
#define sleep_until(condition) \
  do {                         \
    irq_disable();             \
    while (!(condition)) {     \
      wfi();                   \
      irq_enable();            \
      isb();                   \
      irq_disable();           \
    }                          \
    irq_enable();              \
  } while (0)
