/* What runs at EL0. It may touch its own pages alone: its text and its stack. */
#include "demo.h"

enum { SYS_WRITE, SYS_TICKS, SYS_EXIT };

static u64 call(u64 number, u64 first, u64 second) {
  register u64 x0 __asm__("x0") = first;
  register u64 x1 __asm__("x1") = second;
  register u64 x8 __asm__("x8") = number;
  __asm__ volatile("svc #0" : "+r"(x0) : "r"(x1), "r"(x8) : "memory");
  return x0;
}

static void say(const char *text) {
  u64 length = 0;
  while (text[length]) length++;
  call(SYS_WRITE, (u64)text, length);
}

void user_main(void) {
  say("el0: hello through SVC\n");
  if (call(SYS_WRITE, (u64)rodata_end, 1) == 0) say("el0: a pointer into the kernel is refused\n");
  __asm__ volatile("str xzr, [%0]" : : "r"(rodata_end) : "memory");
  __asm__ volatile("ldr xzr, [%0]" : : "r"(RAM_BASE + 0x200000) : "memory");
  __asm__ volatile("blr %0" : : "r"(text_start) : "x30", "memory");
  __asm__ volatile("udf #0; brk #7; wfi");
  __asm__ volatile("mrs x9, sctlr_el1" : : : "x9");
  while (call(SYS_TICKS, 0, 0) < 3) continue;
  say("el0: leaving\n");
  call(SYS_EXIT, 42, 0);
}
