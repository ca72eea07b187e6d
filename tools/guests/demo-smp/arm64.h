#pragma once
#define W0 "%w0"

#define read_sysreg(name)                                           \
  ({                                                                \
    u64 value_;                                                     \
    __asm__ volatile("mrs %0, " #name : "=r"(value_) : : "memory"); \
    value_;                                                         \
  })
#define write_sysreg(name, value) __asm__ volatile("msr " #name ", %0" : : "r"((u64)(value)) : "memory")
#define isb() __asm__ volatile("isb" : : : "memory")
#define dsb() __asm__ volatile("dsb sy" : : : "memory")
#define dmb() __asm__ volatile("dmb ish" : : : "memory")
#define wfi() __asm__ volatile("wfi" : : : "memory")
#define wfe() __asm__ volatile("wfe" : : : "memory")
#define sev() __asm__ volatile("sev" : : : "memory")
#define irq_enable() __asm__ volatile("msr daifclr, #2" : : : "memory")
#define irq_disable() __asm__ volatile("msr daifset, #2" : : : "memory")

static inline u32 this_cpu(void) { return read_sysreg(mpidr_el1) & 0xff; }
static inline u32 timer_frequency(void) { return read_sysreg(cntfrq_el0); }
static inline void timer_set(u32 counts) {
  write_sysreg(cntv_tval_el0, counts);
  write_sysreg(cntv_ctl_el0, 1);
  isb();
}
static inline void timer_off(void) {
  write_sysreg(cntv_ctl_el0, 0);
  isb();
}
/* Adds to a word by a load and a store exclusive. */
static inline void add_exclusive(volatile u32 *word, u32 what) {
  u32 value, failed;
  __asm__ volatile("1: ldxr %w0, %2\n\tadd %w0, %w0, %w3\n\tstxr %w1, %w0, %2\n\tcbnz %w1, 1b"
                   : "=&r"(value), "=&r"(failed), "+Q"(*word) : "r"(what) : "memory");
}
/* Sets a word that is 0 to 1: true where it was. */
static inline int try_lock(volatile u32 *word) {
  u32 value, failed;
  __asm__ volatile("ldaxr %w0, %2\n\tmov %w1, #1\n\tcbnz %w0, 1f\n\tstxr %w1, %w3, %2\n1:"
                   : "=&r"(value), "=&r"(failed), "+Q"(*word) : "r"(1) : "memory");
  return !failed;
}
static inline void unlock(volatile u32 *word) { __asm__ volatile("stlr wzr, %0" : "=Q"(*word) : : "memory"); }

/* Firmware calls (Arm DEN 0022, DEN 0028). */
#define PSCI_CPU_ON 0xc4000003u
#define PSCI_AFFINITY_INFO 0xc4000004u
static inline int hvc(u32 function, uptr a, uptr b, uptr c) {
  register u64 x0 __asm__("x0") = function;
  register u64 x1 __asm__("x1") = a;
  register u64 x2 __asm__("x2") = b;
  register u64 x3 __asm__("x3") = c;
  __asm__ volatile("hvc #0" : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3) : : "memory");
  return (int)x0;
}

/* `mov w0, #number; ret`, made visible to the fetches of all CPUs. */
static inline void write_code(volatile u32 *code, u32 number) {
  code[0] = 0x52800000 | number << 5;
  code[1] = 0xd65f03c0;
  __asm__ volatile("dc cvau, %0; dsb ish; ic ivau, %0; dsb ish; isb" : : "r"(code) : "memory");
}
