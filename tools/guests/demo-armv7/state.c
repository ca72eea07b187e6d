/* What only AArch32 has: two instruction sets, IT blocks, banked registers, CPSR.E and CPSR.Q. */
#include "demo.h"

static u32 swapped(u32 word) { return __builtin_bswap32(word); }

/* Over all NZCV: 1 where A32 and T32 agree on each condition. */
static u32 conditions_agree(u32 *sum) {
  u32 agree = 1;
  for (u32 flags = 0; flags < 16; flags++) {
    u32 a32 = a32_conditions(flags << 28);
    agree &= a32 == t32_conditions(flags << 28);
    *sum = (*sum << 5 | *sum >> 27) ^ a32;
  }
  return agree;
}

/* Saturation sets CPSR.Q, which stays until it is cleared. */
static u32 saturate(u32 *q) {
  u32 cpsr, result;
  __asm__ volatile(
      "msr cpsr_f, %3\n\t"
      "qadd %0, %2, %2\n\t"
      "ssat %1, #8, %2\n\t"
      "eor %0, %0, %1\n\t"
      "mrs %1, cpsr"
      : "=&r"(result), "=&r"(cpsr)
      : "r"(0x70000000), "r"(0)
      : "cc");
  *q = cpsr >> 27 & 1;
  return result;
}

/* A parallel comparison sets CPSR.GE, by which SEL chooses bytes. */
static u32 greater_bytes(u32 a, u32 b) {
  u32 result;
  __asm__("usub8 %0, %1, %2\n\tsel %0, %1, %2" : "=&r"(result) : "r"(a), "r"(b) : "cc");
  return result;
}

void state_check(void) {
  static const u32 word = 0x12345678;
  u32 sum = 0, q, saturated = saturate(&q);
  u32 agree = conditions_agree(&sum);
  print("state: A32 and T32 call each other: %x, %x\n", a32_step(1, 40), t32_step(1, 40));
  print("state: they %s on the conditions, %x\n", agree ? "agree" : "differ", sum);
  print("state: %u of 11 banked registers keep apart\n", banks_apart());
  print("state: big-endian loads %s\n",
        a32_big_endian(&word) == swapped(word) && t32_big_endian(&word) == swapped(word) ? "swap" : "do not");
  print("state: saturated to %x with Q %u, the greater bytes %x\n", saturated, q, greater_bytes(0x10f02090, 0x20e03080));
}
