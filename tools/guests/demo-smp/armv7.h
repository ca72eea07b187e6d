#pragma once
#define W0 "%0"

#define read_cp15(at)                                                  \
  ({                                                                   \
    u32 value_;                                                        \
    __asm__ volatile("mrc p15, " at : "=r"(value_) : : "memory");      \
    value_;                                                            \
  })
#define write_cp15(at, value) __asm__ volatile("mcr p15, " at : : "r"((u32)(value)) : "memory")
#define isb() __asm__ volatile("isb" : : : "memory")
#define dsb() __asm__ volatile("dsb" : : : "memory")
#define dmb() __asm__ volatile("dmb ish" : : : "memory")
#define wfi() __asm__ volatile("wfi" : : : "memory")
#define wfe() __asm__ volatile("wfe" : : : "memory")
#define sev() __asm__ volatile("sev" : : : "memory")
#define irq_enable() __asm__ volatile("cpsie i" : : : "memory")
#define irq_disable() __asm__ volatile("cpsid i" : : : "memory")

static inline u32 this_cpu(void) { return read_cp15("0, %0, c0, c0, 5") & 0xff; }
static inline u32 timer_frequency(void) { return read_cp15("0, %0, c14, c0, 0"); }
static inline void timer_set(u32 counts) {
  write_cp15("0, %0, c14, c3, 0", counts);
  write_cp15("0, %0, c14, c3, 1", 1);
  isb();
}
static inline void timer_off(void) {
  write_cp15("0, %0, c14, c3, 1", 0);
  isb();
}
/* Adds to a word by a load and a store exclusive. */
static inline void add_exclusive(volatile u32 *word, u32 what) {
  u32 value, failed;
  __asm__ volatile("1: ldrex %0, %2\n\tadd %0, %0, %3\n\tstrex %1, %0, %2\n\tcmp %1, #0\n\tbne 1b"
                   : "=&r"(value), "=&r"(failed), "+Q"(*word) : "r"(what) : "memory", "cc");
}
/* Sets a word that is 0 to 1: true where it was. */
static inline int try_lock(volatile u32 *word) {
  u32 value, failed, one = 1;
  __asm__ volatile("ldrex %0, %2\n\tmov %1, #1\n\tcmp %0, #0\n\tbne 1f\n\tstrex %1, %3, %2\n1:\tdmb ish"
                   : "=&r"(value), "=&r"(failed), "+Q"(*word) : "r"(one) : "memory", "cc");
  return !failed;
}
static inline void unlock(volatile u32 *word) {
  dmb();
  *word = 0;
}

/* Firmware calls (Arm DEN 0022, DEN 0028). */
#define PSCI_CPU_ON 0x84000003u
#define PSCI_AFFINITY_INFO 0x84000004u
static inline int hvc(u32 function, uptr a, uptr b, uptr c) {
  register u32 r0 __asm__("r0") = function;
  register u32 r1 __asm__("r1") = a;
  register u32 r2 __asm__("r2") = b;
  register u32 r3 __asm__("r3") = c;
  __asm__ volatile(".arch_extension virt\n\thvc #0" : "+r"(r0), "+r"(r1), "+r"(r2), "+r"(r3) : : "memory");
  return (int)r0;
}

/* `movw r0, #number; bx lr`, made visible to the fetches of all CPUs. */
static inline void write_code(volatile u32 *code, u32 number) {
  code[0] = 0xe3000000 | (number & 0xfff);
  code[1] = 0xe12fff1e;
  write_cp15("0, %0, c7, c11, 1", code);
  dsb();
  write_cp15("0, %0, c7, c5, 1", code);
  write_cp15("0, %0, c7, c1, 6", 0);
  dsb();
  isb();
}
