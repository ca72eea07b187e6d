/* Stage 1 of EL1 and EL0: 4 KiB granule, 39 bits of address, three levels (Arm ARM DDI 0487, D5). */
#include "demo.h"
#include "sysreg.h"

#define PAGE_BYTES 4096ul
#define BLOCK_BYTES 0x200000ul
#define GIB 0x40000000ul
#define ENTRIES 512

enum { ATTR_DEVICE, ATTR_NORMAL };
/* MAIR_EL1: Device-nGnRE; Normal, write-back. */
#define MAIR (0x04ul << (8 * ATTR_DEVICE) | 0xfful << (8 * ATTR_NORMAL))

#define TABLE 3ul
#define BLOCK 1ul
#define PAGE 3ul
#define ATTR(index) ((u64)(index) << 2)
#define AP_EL0 (1ul << 6)
#define AP_READ_ONLY (1ul << 7)
#define INNER_SHAREABLE (3ul << 8)
#define ACCESS_FLAG (1ul << 10)
#define NOT_GLOBAL (1ul << 11)
#define PXN (1ul << 53)
#define UXN (1ul << 54)

#define DEVICE (ATTR(ATTR_DEVICE) | ACCESS_FLAG | PXN | UXN)
#define NORMAL (ATTR(ATTR_NORMAL) | ACCESS_FLAG | INNER_SHAREABLE)
#define KERNEL_DATA (NORMAL | PXN | UXN)
#define KERNEL_TEXT (NORMAL | AP_READ_ONLY | UXN)
#define USER_DATA (NORMAL | AP_EL0 | PXN | UXN | NOT_GLOBAL)
#define USER_TEXT (NORMAL | AP_EL0 | AP_READ_ONLY | PXN | NOT_GLOBAL)

/* T0SZ 25, write-back inner shareable walks, no TTBR1, 40 bits of physical address. */
#define TCR (25ul | 1ul << 8 | 1ul << 10 | 3ul << 12 | 1ul << 23 | 2ul << 32)
/* SCTLR_EL1: its RES1 bits, with M, C, I, SA, SA0, and UCT, DZE for EL0; WFI and WFE of EL0 trap. */
#define SCTLR (0x30d00800ul | 1ul << 0 | 1ul << 2 | 1ul << 12 | 1ul << 3 | 1ul << 4 | 1ul << 14 | 1ul << 15)

typedef u64 table[ENTRIES] __attribute__((aligned(4096)));
/* Two address spaces share the tables of the first 2 GiB; each has tables of its own for the third. */
static table root[2], devices, ram, image, window2[2], window3[2];
static u8 frames[3][PAGE_BYTES] __attribute__((aligned(4096)));
/* A free part of the address space, where the checks map what they like. */
#define WINDOW (2 * GIB)
#define WINDOW_CODE (WINDOW + PAGE_BYTES)

#define ADDRESS_SPACE(n) ((u64)root[n] | (u64)((n) + 1) << 48)

static u64 image_page(u64 at) {
  if (at >= (u64)user_start && at < (u64)user_end) return at | USER_TEXT | PAGE;
  if (at >= (u64)text_start && at < (u64)text_end) return at | KERNEL_TEXT | PAGE;
  if (at >= (u64)user_end && at < (u64)rodata_end) return at | KERNEL_DATA | AP_READ_ONLY | PAGE;
  if (at == (u64)guard_page) return 0;
  if (at >= (u64)user_stack && at < (u64)user_stack_top) return at | USER_DATA | PAGE;
  return at | KERNEL_DATA | PAGE;
}

void mmu_init(void) {
  devices[GICD_BASE / BLOCK_BYTES] = GICD_BASE | DEVICE | BLOCK;
  devices[UART_BASE / BLOCK_BYTES] = UART_BASE | DEVICE | BLOCK;
  ram[0] = (u64)image | TABLE;
  for (u64 i = 1; i < 32; i++) ram[i] = (RAM_BASE + i * BLOCK_BYTES) | KERNEL_DATA | BLOCK;
  for (u64 i = 0; i < ENTRIES; i++) image[i] = image_page(RAM_BASE + i * PAGE_BYTES);
  for (u64 space = 0; space < 2; space++) {
    root[space][0] = (u64)devices | TABLE;
    root[space][RAM_BASE / GIB] = (u64)ram | TABLE;
    root[space][WINDOW / GIB] = (u64)window2[space] | TABLE;
    window2[space][0] = (u64)window3[space] | TABLE;
    window3[space][0] = (u64)frames[space] | KERNEL_DATA | NOT_GLOBAL | PAGE;
    window3[space][1] = (u64)frames[2] | NORMAL | UXN | PAGE;
  }
  write_sysreg(mair_el1, MAIR);
  write_sysreg(tcr_el1, TCR);
  write_sysreg(ttbr0_el1, ADDRESS_SPACE(0));
  dsb(ish);
  isb();
  __asm__ volatile("tlbi vmalle1; ic iallu; dsb nsh; isb" : : : "memory");
  write_sysreg(sctlr_el1, SCTLR);
  isb();
}

/* Whether EL0 may read the address, as AT says. */
int user_readable(u64 address) {
  __asm__ volatile("at s1e0r, %0; isb" : : "r"(address) : "memory");
  return !(read_sysreg(par_el1) & 1);
}

static u64 translate(u64 address) {
  __asm__ volatile("at s1e1r, %0; isb" : : "r"(address) : "memory");
  return (read_sysreg(par_el1) & 0xfffffffff000ul) | (address & (PAGE_BYTES - 1));
}

static u64 read_in_space(u64 space) {
  write_sysreg(ttbr0_el1, ADDRESS_SPACE(space));
  isb();
  return *(volatile u64 *)WINDOW;
}

/* Break before make (Arm ARM DDI 0487, D5.10.1). */
static void remap(u64 address, u64 *entry, u64 value) {
  *(volatile u64 *)entry = 0;
  dsb(ishst);
  __asm__ volatile("tlbi vaae1is, %0; dsb ish" : : "r"(address >> 12) : "memory");
  *(volatile u64 *)entry = value;
  dsb(ishst);
  isb();
}

/* Writes `mov w0, #number; ret` where the window has executable memory, and calls it. */
static u32 call_patched(u32 number) {
  volatile u32 *code = (volatile u32 *)WINDOW_CODE;
  code[0] = 0x52800000 | number << 5;
  code[1] = 0xd65f03c0;
  __asm__ volatile("dc cvau, %0; dsb ish; ic ivau, %0; dsb ish; isb" : : "r"(code) : "memory");
  return ((u32(*)(void))WINDOW_CODE)();
}

void mmu_check(void) {
  *(volatile u64 *)frames[0] = 0xa;
  *(volatile u64 *)frames[1] = 0xb;
  print("mmu: on; window at %lx\n", translate(WINDOW) == (u64)frames[0] ? WINDOW : 0);
  print("mmu: address spaces read");
  for (u64 i = 0; i < 4; i++) print(" %u", (u32)read_in_space(i & 1));
  read_in_space(0);
  remap(WINDOW, &window3[0][0], (u64)frames[1] | KERNEL_DATA | NOT_GLOBAL | PAGE);
  print("; after a remap %u\n", (u32)*(volatile u64 *)WINDOW);
  print("mmu: patched code returns");
  for (u32 number = 1; number <= 3; number++) print(" %u", call_patched(number));
  print("\n");
}
