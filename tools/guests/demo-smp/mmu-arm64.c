/* 1 GiB of devices, 1 GiB of RAM, and a window of 2 MiB: VMSAv8-64, 4 KiB granule, 39 bits (Arm ARM DDI 0487, D5). */
#include "smp.h"

enum { VALID = 1, TABLE = 3, DEVICE = 0 << 2, NORMAL = 1 << 2, INNER_SHAREABLE = 3 << 8, ACCESSED = 1 << 10 };
#define XN (3ull << 53)
#define MAIR 0xff00ul
/* T0SZ 25, write-back inner-shareable walks, EPD1, 40 bits of PA. */
#define TCR (25ul | 1ul << 8 | 1ul << 10 | 3ul << 12 | 1ul << 23 | 2ul << 32)
#define SCTLR_M_C_I (1ul << 0 | 1ul << 2 | 1ul << 12)

static u64 level1[512] __attribute__((aligned(4096)));
static u64 level2[512] __attribute__((aligned(4096)));

static u64 window_entry(u32 place) { return WINDOW_PLACE(place) | NORMAL | INNER_SHAREABLE | ACCESSED | VALID; }

void mmu_tables(void) {
  level1[0] = 0ull | DEVICE | ACCESSED | VALID | XN;
  level1[1] = 0x40000000ull | NORMAL | INNER_SHAREABLE | ACCESSED | VALID;
  level1[2] = (uptr)level2 | TABLE;
  level2[0] = window_entry(0);
}

void mmu_on(void) {
  __asm__ volatile("tlbi vmalle1; dsb nsh; isb" : : : "memory");
  write_sysreg(mair_el1, MAIR);
  write_sysreg(tcr_el1, TCR);
  write_sysreg(ttbr0_el1, (uptr)level1);
  isb();
  write_sysreg(sctlr_el1, read_sysreg(sctlr_el1) | SCTLR_M_C_I);
  isb();
}

static void write_entry(u64 value) {
  *(volatile u64 *)level2 = value;
  __asm__ volatile("dsb ishst; tlbi vaae1is, %0; dsb ish; isb" : : "r"(WINDOW >> 12) : "memory");
}

void window_to(u32 place) {
  write_entry(0);
  write_entry(window_entry(place));
}
