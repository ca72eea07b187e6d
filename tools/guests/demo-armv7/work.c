/* A few million integer instructions in memory that is mapped by sections. */
#include "demo.h"

#define WORDS 16384u
static u32 *const words = (u32 *)(RAM_BASE + 0x200000);

static void fill(void) {
  u32 x = 0x9e3779b9;
  for (u32 i = 0; i < WORDS; i++) {
    x ^= x << 13, x ^= x >> 17, x ^= x << 5;
    words[i] = x;
  }
}

static void sort(void) {
  static const u32 gaps[] = {8929, 3905, 2161, 929, 505, 209, 109, 41, 19, 5, 1};
  for (u32 g = 0; g < sizeof gaps / sizeof *gaps; g++) {
    u32 gap = gaps[g];
    for (u32 i = gap; i < WORDS; i++) {
      u32 word = words[i];
      u32 at = i;
      for (; at >= gap && words[at - gap] > word; at -= gap) words[at] = words[at - gap];
      words[at] = word;
    }
  }
}

static u32 crc(void) {
  static u32 table[256];
  for (u32 i = 0; i < 256; i++) {
    u32 entry = i;
    for (u32 bit = 0; bit < 8; bit++) entry = entry >> 1 ^ (entry & 1 ? 0xedb88320 : 0);
    table[i] = entry;
  }
  u32 sum = ~0u;
  const u8 *bytes = (const u8 *)words;
  for (u32 i = 0; i < WORDS * sizeof *words; i++) sum = sum >> 8 ^ table[(sum ^ bytes[i]) & 255];
  return ~sum;
}

static u32 signed_part(u32 a, u32 b) {
  u32 most, reversed, difference, field;
  __asm__("smmul %0, %1, %2" : "=r"(most) : "r"(a), "r"(b));
  __asm__("rbit %0, %1" : "=r"(reversed) : "r"(a));
  __asm__("usad8 %0, %1, %2" : "=r"(difference) : "r"(a), "r"(b));
  __asm__("sbfx %0, %1, #5, #13" : "=r"(field) : "r"(b));
  __asm__("smlabt %0, %1, %2, %0" : "+r"(field) : "r"(a), "r"(b) : "cc");
  return most ^ reversed ^ difference ^ field;
}

static u64 arithmetic(void) {
  u64 sum = 0;
  for (u32 i = 1; i < WORDS; i++) {
    u64 product = (u64)words[i] * words[i - 1] + sum;
    sum = (sum << 7 | sum >> 57) + (product >> 32) / (words[i] % 1000 + 1) + (u32)__builtin_clz(words[i] | 1);
    sum ^= signed_part(words[i], words[i - 1]);
  }
  return sum;
}

void work_run(void) {
  fill();
  u32 before = crc();
  sort();
  print("work: %u words, CRC %x, sorted %x, arithmetic %lx\n", WORDS, before, crc(), arithmetic());
}
