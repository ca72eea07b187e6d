/* A few million integer instructions in memory that is mapped by a block. */
#include "demo.h"
#include "sysreg.h"

#define WORDS 16384u
static u64 *const words = (u64 *)(RAM_BASE + 0x200000);

static void zero_words(void) {
  u64 dczid = read_sysreg(dczid_el0);
  u64 step = dczid & 16 ? 0 : 4ul << (dczid & 15);
  for (u64 at = (u64)words; step && at < (u64)(words + WORDS); at += step)
    __asm__ volatile("dc zva, %0" : : "r"(at) : "memory");
  if (!step)
    for (u32 i = 0; i < WORDS; i++) words[i] = 0;
}

static void fill(void) {
  u64 x = 0x9e3779b97f4a7c15;
  for (u32 i = 0; i < WORDS; i++) {
    x ^= x << 13, x ^= x >> 7, x ^= x << 17;
    words[i] += x;
  }
}

static void sort(void) {
  static const u32 gaps[] = {8929, 3905, 2161, 929, 505, 209, 109, 41, 19, 5, 1};
  for (u32 g = 0; g < sizeof gaps / sizeof *gaps; g++) {
    u32 gap = gaps[g];
    for (u32 i = gap; i < WORDS; i++) {
      u64 word = words[i];
      u32 at = i;
      for (; at >= gap && words[at - gap] > word; at -= gap) words[at] = words[at - gap];
      words[at] = word;
    }
  }
}

static u32 crc(void) {
  u32 sum = ~0u;
  for (u32 i = 0; i < WORDS; i++) __asm__("crc32x %w0, %w0, %1" : "+r"(sum) : "r"(words[i]));
  return ~sum;
}

static u64 arithmetic(void) {
  u64 sum = 0;
  for (u32 i = 1; i < WORDS; i++) {
    u64 high = (u64)((unsigned __int128)words[i] * words[i - 1] >> 64);
    sum = (sum << 7 | sum >> 57) + high / (words[i] % 1000 + 1) + (u64)__builtin_clzl(words[i] | 1);
  }
  return sum;
}

void work_run(void) {
  zero_words();
  fill();
  u32 before = crc();
  sort();
  print("work: %u words, CRC %x, sorted %x, arithmetic %lx\n", WORDS, before, crc(), arithmetic());
}
