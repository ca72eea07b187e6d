/* What runs in USR mode, T32 but for one function. It may touch its own pages alone: its text and its stack. */
#include "demo.h"

enum { SYS_WRITE, SYS_TICKS, SYS_EXIT };
#define A32 __attribute__((target("arm"), noinline))

static u32 call(u32 number, u32 first, u32 second) {
  register u32 r0 __asm__("r0") = first;
  register u32 r1 __asm__("r1") = second;
  register u32 r12 __asm__("r12") = number;
  __asm__ volatile("svc #0" : "+r"(r0) : "r"(r1), "r"(r12) : "memory");
  return r0;
}

static void say(const char *text) {
  u32 length = 0;
  while (text[length]) length++;
  call(SYS_WRITE, (u32)text, length);
}

/* USR mode can neither unmask nor mask anything, nor leave by itself. */
static u32 try_privileges(void) {
  u32 before, after;
  __asm__ volatile(
      "mrs %0, cpsr\n\t"
      "cpsid aif\n\t"
      "msr cpsr_c, %2\n\t"
      "mrs %1, cpsr"
      : "=&r"(before), "=&r"(after)
      : "r"(0xd3));
  return (before ^ after) & 0xff;
}

/* The same in A32, by a call of its own. */
A32 static void in_a32(void) {
  register u32 r0 __asm__("r0") = (u32) "usr: hello through SVC in A32\n";
  register u32 r1 __asm__("r1") = 30;
  register u32 r12 __asm__("r12") = SYS_WRITE;
  __asm__ volatile("svc #0" : "+r"(r0) : "r"(r1), "r"(r12) : "memory");
  __asm__ volatile("udf #0");
  __asm__ volatile("bkpt #7");
  __asm__ volatile("mrc p15, 0, r2, c1, c0, 0" : : : "r2");
}

void user_main(void) {
  say("usr: hello through SVC in T32\n");
  if (call(SYS_WRITE, (u32)rodata_end, 1) == 0) say("usr: a pointer into the kernel is refused\n");
  __asm__ volatile("str r2, [%0]" : : "r"(rodata_end) : "memory");
  __asm__ volatile("ldr.w r2, [%0]" : : "r"(RAM_BASE + 0x200000) : "r2", "memory");
  __asm__ volatile("blx %0" : : "r"(text_start) : "lr", "memory");
  __asm__ volatile("udf #0\n\tudf.w #0\n\tbkpt #7\n\tmrc p15, 0, r2, c1, c0, 0" : : : "r2");
  in_a32();
  if (try_privileges() == 0) say("usr: privileges are out of reach\n");
  while (call(SYS_TICKS, 0, 0) < 3) continue;
  say("usr: leaving\n");
  call(SYS_EXIT, 42, 0);
}
