#pragma once

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long u64;
typedef long s64;

/* The map of the `virt` board. */
#define GICD_BASE 0x08000000ul
#define GICR_BASE 0x080a0000ul
#define UART_BASE 0x09000000ul
#define RTC_BASE 0x09010000ul
#define RAM_BASE 0x40000000ul

enum { INTID_SGI_LOW = 3, INTID_SGI_HIGH = 5, INTID_VIRTUAL_TIMER = 27, INTID_PHYSICAL_TIMER = 30, INTID_UART = 33 };
#define MICROSECONDS_PER_SECOND 1000000ul

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

/* print.c: %s, %c, %u, %x (32 bits), %lu, %lx; hex with leading zeros. */
void print(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* console.c */
void console_init(void);
void console_put(char c);
void console_flush(void);
void console_listen(void);
void console_irq(void);
/* The next character received, or -1. */
int console_get(void);
int console_has_input(void);

/* command.c */
void command_prompt(void);

/* mmu.c */
void mmu_init(void);
void mmu_check(void);
int user_readable(u64 address);

/* gic.c */
void gic_init(void);
void gic_irq(void);
void gic_sgi_check(void);

/* timer.c */
enum timer_register { BY_CVAL, BY_TVAL };
void timer_check(void);
void timer_irq(u32 intid);
void timer_start(u32 intid, enum timer_register by, u64 microseconds, u32 ticks);
void timer_stop(u32 intid);
u32 timer_ticks(u32 intid);

/* exception.c */
void exception(struct frame *frame, u64 vector);
void exception_check(void);

/* start.S */
u64 enter_user(u64 entry, u64 stack);
void leave_user(u64 status) __attribute__((noreturn));

/* user.c */
void user_main(void);

/* simd.c */
struct simd_results {
  u64 sqrt2, third_f32, trace, fused, reciprocal, neon_sum, permuted, aes, fpsr;
};
void simd_run(struct simd_results *results);

/* work.c */
void work_run(void);

/* firmware.c */
void firmware_report(void);
void rtc_report(void);
void system_off(void) __attribute__((noreturn));

extern char text_start[], text_end[], rodata_end[], user_start[], user_end[], guard_page[], user_stack[],
    user_stack_top[], image_end[];
