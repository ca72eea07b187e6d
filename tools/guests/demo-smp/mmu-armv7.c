/* 1 GiB of devices, 1 GiB of RAM, and a window of 1 MiB, in sections (Arm ARM DDI 0406C, B3.5). */
#include "smp.h"

/* AP 1: PL1 alone; XN; TEX 1, C and B: normal write-back memory, shareable. Domain 0 is a client. */
enum { SECTION = 2, XN = 1 << 4, AP_PL1 = 1 << 10, DEVICE = 1 << 2, NORMAL = 1 << 12 | 3 << 2, SHAREABLE = 1 << 16 };
enum { SCTLR_M_C_Z_I = 1 << 0 | 1 << 2 | 1 << 11 | 1 << 12 };

static u32 sections[4096] __attribute__((aligned(16384)));

static u32 normal(u32 at) { return at | NORMAL | SHAREABLE | AP_PL1 | SECTION; }

void mmu_tables(void) {
  for (u32 i = 0; i < 1024; i++) sections[i] = i << 20 | DEVICE | XN | AP_PL1 | SECTION;
  for (u32 i = 1024; i < 2048; i++) sections[i] = normal(i << 20);
  sections[WINDOW >> 20] = normal(WINDOW_PLACE(0));
}

void mmu_on(void) {
  write_cp15("0, %0, c8, c7, 0", 0);
  dsb();
  isb();
  write_cp15("0, %0, c2, c0, 2", 0);
  /* Walks in write-back, shareable memory. */
  write_cp15("0, %0, c2, c0, 0", (uptr)sections | 1 << 6 | 1 << 3 | 1 << 1);
  write_cp15("0, %0, c3, c0, 0", 1);
  isb();
  write_cp15("0, %0, c1, c0, 0", read_cp15("0, %0, c1, c0, 0") | SCTLR_M_C_Z_I);
  isb();
}

static void write_entry(u32 value) {
  *(volatile u32 *)&sections[WINDOW >> 20] = value;
  dsb();
  /* TLBIMVAAIS, BPIALLIS. */
  write_cp15("0, %0, c8, c3, 3", WINDOW);
  write_cp15("0, %0, c7, c1, 6", 0);
  dsb();
  isb();
}

void window_to(u32 place) {
  write_entry(0);
  write_entry(normal(WINDOW_PLACE(place)));
}
