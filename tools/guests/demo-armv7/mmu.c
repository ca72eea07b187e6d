/* VMSAv7 short descriptors: sections, supersections, both page sizes, domains, two tables (Arm ARM DDI 0406C, B3.5). */
#include "demo.h"
#include "sysreg.h"

#define PAGE_BYTES 4096ul
#define LARGE_PAGE_BYTES 0x10000ul
#define SECTION_BYTES 0x100000ul
#define SUPERSECTION_BYTES 0x1000000ul

/* First level. */
#define PAGE_TABLE 1ul
#define SECTION 2ul
#define SUPERSECTION (1ul << 18 | SECTION)
#define DOMAIN(number) ((u32)(number) << 5)
#define SECTION_XN (1ul << 4)
#define SECTION_AP(ap) (((ap) & 3ul) << 10 | ((ap) & 4ul) << 13)
/* Memory types are chosen by TEX[0], C and B, through PRRR and NMRR. */
#define SECTION_TYPE(type) (((type) & 3ul) << 2 | ((type) & 4ul) << 10)
#define SECTION_SHAREABLE (1ul << 16)

/* Second level. */
#define LARGE_PAGE 1ul
#define SMALL_PAGE 2ul
#define PAGE_XN 1ul
#define LARGE_PAGE_XN (1ul << 15)
#define PAGE_AP(ap) (((ap) & 3ul) << 4 | ((ap) & 4ul) << 7)
#define PAGE_TYPE(type) (((type) & 3ul) << 2 | ((type) & 4ul) << 4)
#define LARGE_PAGE_TYPE(type) (((type) & 3ul) << 2 | ((type) & 4ul) << 10)
#define PAGE_SHAREABLE (1ul << 10)
#define NOT_GLOBAL (1ul << 11)

#define PAR_SUPERSECTION 2ul

/* AP[2:0]. */
enum { AP_KERNEL = 1, AP_ALL = 3, AP_KERNEL_READ = 5, AP_ALL_READ = 7 };
enum { TYPE_DEVICE = 1, TYPE_NORMAL = 7 };
/* TR1 is Device, TR7 Normal; DS1 and NS1: shareable as each descriptor says. */
#define PRRR (1ul << 2 | 2ul << 14 | 1ul << 17 | 1ul << 19)
/* IR7, OR7: write-back, write-allocate. */
#define NMRR (1ul << 14 | 1ul << 30)

#define DEVICE (SECTION | SECTION_TYPE(TYPE_DEVICE) | SECTION_SHAREABLE | SECTION_AP(AP_KERNEL) | SECTION_XN)
#define NORMAL_SECTION (SECTION_TYPE(TYPE_NORMAL) | SECTION_SHAREABLE | SECTION_AP(AP_KERNEL) | SECTION_XN)
#define NORMAL_PAGE (SMALL_PAGE | PAGE_TYPE(TYPE_NORMAL) | PAGE_SHAREABLE)
#define KERNEL_DATA (NORMAL_PAGE | PAGE_AP(AP_KERNEL) | PAGE_XN)
#define KERNEL_TEXT (NORMAL_PAGE | PAGE_AP(AP_KERNEL_READ))
#define KERNEL_READ_ONLY (NORMAL_PAGE | PAGE_AP(AP_KERNEL_READ) | PAGE_XN)
#define KERNEL_LARGE \
  (LARGE_PAGE | LARGE_PAGE_TYPE(TYPE_NORMAL) | PAGE_SHAREABLE | PAGE_AP(AP_KERNEL) | LARGE_PAGE_XN)
#define USER_DATA (NORMAL_PAGE | PAGE_AP(AP_ALL) | PAGE_XN | NOT_GLOBAL)
#define USER_TEXT (NORMAL_PAGE | PAGE_AP(AP_ALL_READ) | NOT_GLOBAL)

/* Domain 0 is a client, which permissions bind; domain 1 is shut, but for a check. */
enum { CLIENT = 1, MANAGER = 3 };
#define DACR(domain1) (CLIENT | (u32)(domain1) << 2)
#define TTBCR_N 1u
/* Walks in write-back, write-allocate, shareable memory. */
#define TTBR_WALKS (1ul << 6 | 1ul << 3 | 1ul << 1)
/* SCTLR: M, C, Z, I, TRE on; A, V, EE, AFE, TE off. */
#define SCTLR_ON (1ul << 0 | 1ul << 2 | 1ul << 11 | 1ul << 12 | 1ul << 28)
#define SCTLR_OFF (1ul << 1 | 1ul << 13 | 1ul << 25 | 1ul << 29 | 1ul << 30)

/* TTBR0 has the lower half of the address space, one table for each of two address spaces; TTBR1 the upper half. */
static u32 low[2][2048] __attribute__((aligned(8192)));
static u32 high[4096] __attribute__((aligned(16384)));
static u32 image[256] __attribute__((aligned(1024))), window[2][256] __attribute__((aligned(1024)));
static u8 frames[3][PAGE_BYTES] __attribute__((aligned(4096)));

/* Free parts of the address space, where the checks map what they like. */
#define WINDOW 0x20000000ul
#define WINDOW_CODE (WINDOW + PAGE_BYTES)
#define WINDOW_LARGE (WINDOW + LARGE_PAGE_BYTES)
#define CLOSED 0x20100000ul
#define HIGH 0xc0000000ul
#define HIGH_SUPERSECTION (HIGH + SUPERSECTION_BYTES)
/* Free memory: what stands behind them. */
#define SPARE (RAM_BASE + 3 * SECTION_BYTES)
#define SPARE_LARGE (SPARE + LARGE_PAGE_BYTES)
#define SPARE_SUPERSECTION (RAM_BASE + SUPERSECTION_BYTES)

static u32 image_page(u32 at) {
  if (at >= (u32)user_start && at < (u32)user_end) return at | USER_TEXT;
  if (at >= (u32)text_start && at < (u32)text_end) return at | KERNEL_TEXT;
  if (at >= (u32)user_end && at < (u32)rodata_end) return at | KERNEL_READ_ONLY;
  if (at == (u32)guard_page) return 0;
  if (at >= (u32)user_stack && at < (u32)user_stack_top) return at | USER_DATA;
  return at | KERNEL_DATA;
}

static void map_window(u32 space) {
  window[space][0] = (u32)frames[space] | KERNEL_DATA | NOT_GLOBAL;
  window[space][1] = (u32)frames[2] | NORMAL_PAGE | PAGE_AP(AP_KERNEL);
  for (u32 i = 16; i < 32; i++) window[space][i] = SPARE_LARGE | KERNEL_LARGE;
}

static void map_low(u32 space) {
  u32 *table = low[space];
  table[GICD_BASE / SECTION_BYTES] = GICD_BASE | DEVICE;
  table[UART_BASE / SECTION_BYTES] = UART_BASE | DEVICE;
  table[RAM_BASE / SECTION_BYTES] = (u32)image | PAGE_TABLE;
  for (u32 i = 1; i < 16; i++)
    table[RAM_BASE / SECTION_BYTES + i] = (RAM_BASE + i * SECTION_BYTES) | NORMAL_SECTION | SECTION;
  table[WINDOW / SECTION_BYTES] = (u32)window[space] | PAGE_TABLE;
  table[CLOSED / SECTION_BYTES] = SPARE | NORMAL_SECTION | SECTION | DOMAIN(1);
}

static void map_high(void) {
  high[HIGH / SECTION_BYTES] = SPARE | NORMAL_SECTION | SECTION;
  for (u32 i = 0; i < 16; i++)
    high[HIGH_SUPERSECTION / SECTION_BYTES + i] = SPARE_SUPERSECTION | NORMAL_SECTION | SUPERSECTION;
}

/* The change goes by way of ASID 0, which nothing uses (Arm ARM DDI 0406C, B3.10.4). */
static void select_space(u32 space) {
  write_sysreg(contextidr_el1, 0);
  isb();
  write_sysreg(ttbr0_el1, (u32)low[space] | TTBR_WALKS);
  isb();
  write_sysreg(contextidr_el1, space + 1);
  isb();
}

void mmu_init(void) {
  for (u32 i = 0; i < 256; i++) image[i] = image_page(RAM_BASE + i * PAGE_BYTES);
  for (u32 space = 0; space < 2; space++) {
    map_window(space);
    map_low(space);
  }
  map_high();
  write_sysreg(prrr, PRRR);
  write_sysreg(nmrr, NMRR);
  write_sysreg(dacr, DACR(0));
  write_sysreg(ttbcr, TTBCR_N);
  write_sysreg(ttbr1_el1, (u32)high | TTBR_WALKS);
  select_space(0);
  dsb(ish);
  write_sysreg(tlbiall, 0);
  write_sysreg(iciallu, 0);
  write_sysreg(bpiall, 0);
  dsb(nsh);
  isb();
  write_sysreg(sctlr_el1, (read_sysreg(sctlr_el1) | SCTLR_ON) & ~SCTLR_OFF);
  isb();
}

/* Whether USR mode may read the address, as address translation says. */
int user_readable(u32 address) {
  write_sysreg(ats1cur, address);
  isb();
  return !(read_sysreg(par_el1) & 1);
}

static u32 translate(u32 address) {
  write_sysreg(ats1cpr, address);
  isb();
  u32 par = read_sysreg(par_el1);
  u32 within = (par & PAR_SUPERSECTION ? SUPERSECTION_BYTES : PAGE_BYTES) - 1;
  return (par & ~within) | (address & within);
}

static u32 read_in_space(u32 space) {
  select_space(space);
  return *(volatile u32 *)WINDOW;
}

/* Break before make (Arm ARM DDI 0406C, B3.10.1). */
static void remap(u32 address, u32 *entry, u32 value) {
  *(volatile u32 *)entry = 0;
  dsb(ishst);
  write_sysreg(tlbimvaa, address);
  dsb(ish);
  *(volatile u32 *)entry = value;
  dsb(ishst);
  isb();
}

/* Puts two instructions where the window has executable memory, and calls them there. */
static u32 call_patched(u32 first, u32 second, u32 state) {
  volatile u32 *code = (volatile u32 *)WINDOW_CODE;
  code[0] = first;
  code[1] = second;
  write_sysreg(dccmvau, (u32)code);
  dsb(ish);
  write_sysreg(icimvau, (u32)code);
  write_sysreg(bpiall, 0);
  dsb(ish);
  isb();
  return ((u32(*)(void))(WINDOW_CODE | state))();
}

static void patch_check(void) {
  print("mmu: patched code returns");
  /* A32: mov r0, #number; bx lr. T32: movs r0, #number; bx lr. */
  for (u32 number = 1; number <= 3; number++) print(" %u", call_patched(0xe3a00000 | number, 0xe12fff1e, 0));
  for (u32 number = 4; number <= 6; number++) print(" %u", call_patched(0x47702000 | number, 0, 1));
  print("\n");
}

static void domain_check(void) {
  *(volatile u32 *)SPARE = 0xd;
  write_sysreg(dacr, DACR(MANAGER));
  isb();
  u32 as_manager = *(volatile u32 *)CLOSED;
  write_sysreg(dacr, DACR(0));
  isb();
  print("mmu: domain 1 as manager reads %u, as client through the other table %u\n", as_manager, *(volatile u32 *)HIGH);
}

void mmu_check(void) {
  *(volatile u32 *)frames[0] = 0xa;
  *(volatile u32 *)frames[1] = 0xb;
  *(volatile u32 *)SPARE_LARGE = 0xc;
  *(volatile u32 *)(HIGH_SUPERSECTION + 0x12345c) = 0xe;
  print("mmu: on; window at %x, large page %u, supersection %x\n", translate(WINDOW) == (u32)frames[0] ? WINDOW : 0,
        *(volatile u32 *)WINDOW_LARGE, translate(HIGH_SUPERSECTION + 0x12345c));
  print("mmu: address spaces read");
  for (u32 i = 0; i < 4; i++) print(" %u", read_in_space(i & 1));
  read_in_space(0);
  remap(WINDOW, &window[0][0], (u32)frames[1] | KERNEL_DATA | NOT_GLOBAL);
  print("; after a remap %u\n", *(volatile u32 *)WINDOW);
  domain_check();
  patch_check();
}
