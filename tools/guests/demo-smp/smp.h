#pragma once

/* What the SMP demo guest's parts have in common; arm64.h and armv7.h have what differs. */

typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long long u64;

#ifdef __aarch64__
typedef unsigned long uptr;
#include "arm64.h"
#else
typedef u32 uptr;
#include "armv7.h"
#endif

#include "../demo-common/sleep.h"

#define PRINT_FORMAT
void print(const char *format, ...) PRINT_FORMAT;
void console_put(char c);

/* The map of the `virt` board. */
#define GICD_BASE 0x08000000ul
#define GICC_BASE 0x08010000ul
#define GICR_BASE 0x080a0000ul
#define UART_BASE 0x09000000ul

enum { CPUS_MAX = 8, STACK_BYTES = 0x1000 };
enum { INTID_SGI_COUNT = 3, INTID_SGI_PING = 5, INTID_TIMER = 27, INTID_SPI = 40 };

/* By hand: only a plain load or store with one register gives a hypervisor a syndrome that it can emulate from. */
static inline u32 mmio_read(uptr address) {
  u32 value;
  __asm__ volatile("ldr " W0 ", [%1]" : "=r"(value) : "r"(address) : "memory");
  return value;
}
static inline void mmio_write(uptr address, u32 value) {
  __asm__ volatile("str " W0 ", [%1]" : : "r"(value), "r"(address) : "memory");
}
static inline void mmio_write_byte(uptr address, u32 value) {
  __asm__ volatile("strb " W0 ", [%1]" : : "r"(value), "r"(address) : "memory");
}

/* An event may come between the look and the wait: it is not lost. */
#define wait_until(condition) \
  while (!(condition)) wfe()

/* start-*.S */
void secondary_start(void);
void wrong_exception(u32 vector);

/* smp.c */
void boot_cpu(void);
void secondary(u32 cpu);
void interrupted(void);

/* mmu-*.c */
void mmu_tables(void);
void mmu_on(void);
/* Maps the window to one of two places in RAM, for all CPUs. */
void window_to(u32 place);
#define WINDOW 0x80000000ul
#define WINDOW_PLACE(n) (0x41000000ul + (n) * 0x200000ul)

/* gic-*.c */
enum sgi_mode { SGI_TO_LIST, SGI_TO_OTHERS, SGI_TO_SELF };
void gic_distributor(u32 cpus);
void gic_cpu(u32 cpu);
/* The INTID, and for an SGI of GICv2 its sender << 10. */
u32 gic_acknowledge(void);
void gic_end(u32 acknowledged);
void gic_send(u32 intid, enum sgi_mode mode, u32 targets);
/* Routes the SPI to a list of CPUs: GICv3 has one, or any. */
void gic_route(u32 intid, u32 targets);

/* disk.c */
/* True where there is one. */
int disk_start(u32 cpus);
/* True where the interrupt is the disk's. */
int disk_interrupted(u32 intid);
int disk_check(void (*on_all)(void (*what)(u32 cpu)));
