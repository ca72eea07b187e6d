#pragma once

/* What the demo guests have in common. An architecture's demo.h defines integer types, uptr and PRINT_FORMAT, includes
   this, and adds mmio_read and mmio_write; its sysreg.h has read_sysreg and the like, and hvc. */

#include "sleep.h"

/* The map of the `virt` board. */
#define GICD_BASE 0x08000000ul
#define UART_BASE 0x09000000ul
#define RTC_BASE 0x09010000ul
#define RAM_BASE 0x40000000ul

enum { INTID_SGI_LOW = 3, INTID_SGI_HIGH = 5, INTID_VIRTUAL_TIMER = 27, INTID_PHYSICAL_TIMER = 30, INTID_UART = 33 };
#define MICROSECONDS_PER_SECOND 1000000ul

/* print.c: %s, %c, %u, %x (32 bits), %lu, %lx (64 bits); hex with leading zeros. */
void print(const char *format, ...) PRINT_FORMAT;

/* console.c */
void console_init(void);
void console_put(char c);
void console_flush(void);
void console_listen(void);
void console_irq(void);
/* The next character received, or -1. */
int console_get(void);
int console_has_input(void);

/* boot.c */
void boot_arguments(const u32 *fdt);
/* The command line has `prompt=wait`. */
extern int prompt_waits;

/* command.c */
void command_prompt(void);

/* timer.c */
enum timer_register { BY_CVAL, BY_TVAL };
void timer_check(void);
void timer_irq(u32 intid);
void timer_start(u32 intid, enum timer_register by, u64 microseconds, u32 ticks);
void timer_stop(u32 intid);
u32 timer_ticks(u32 intid);

/* firmware.c */
void firmware_report(void);
void rtc_report(void);
void system_off(void) __attribute__((noreturn));

/* mmu.c */
void mmu_init(void);
void mmu_check(void);
int user_readable(uptr address);

/* gic.c */
void gic_init(void);
void gic_irq(void);
void gic_sgi_check(void);

/* exception.c */
struct frame;
void exception(struct frame *frame, uptr vector);
void exception_check(void);

/* start.S */
uptr enter_user(uptr entry, uptr stack);
void leave_user(uptr status) __attribute__((noreturn));

/* user.c */
void user_main(void);

/* work.c */
void work_run(void);

extern char text_start[], text_end[], rodata_end[], user_start[], user_end[], guard_page[], user_stack[],
    user_stack_top[], image_end[];
