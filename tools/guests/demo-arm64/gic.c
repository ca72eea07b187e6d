/* GICv3 (Arm IHI 0069): distributor, own redistributor, CPU interface by system registers; all interrupts in group 1. */
#include "demo.h"
#include "sysreg.h"

enum {
  GICD_CTLR = 0x0000,
  GICD_TYPER = 0x0004,
  GICD_IGROUPR = 0x0080,
  GICD_ISENABLER = 0x0100,
  GICD_ICENABLER = 0x0180,
  GICD_IPRIORITYR = 0x0400,
  GICD_ICFGR = 0x0c00,
  GICD_IROUTER = 0x6000,
};
enum { CTLR_GROUP1 = 1 << 1, CTLR_ARE = 1 << 4 };
#define CTLR_RWP (1u << 31)
enum { GICR_CTLR = 0x0000, GICR_TYPER = 0x0008, GICR_WAKER = 0x0014, GICR_STRIDE = 0x20000, GICR_SGI_BASE = 0x10000 };
enum { TYPER_LAST = 1 << 4, WAKER_PROCESSOR_SLEEP = 1 << 1, WAKER_CHILDREN_ASLEEP = 1 << 2, GICR_CTLR_RWP = 1 << 3 };
enum { INTIDS_SPECIAL = 1020 };

static u64 redistributor;
static volatile u32 sgi_taken[2];
static volatile u32 sgi_count;

static u64 affinity(void) { return read_sysreg(mpidr_el1) & 0xff00fffffful; }

static void wait_distributor(void) {
  while (mmio_read(GICD_BASE + GICD_CTLR) & CTLR_RWP) continue;
}

static u64 find_redistributor(void) {
  u64 mpidr = affinity();
  u64 packed = (mpidr >> 32 & 0xff) << 24 | (mpidr & 0xffffff);
  for (u64 frame = GICR_BASE;; frame += GICR_STRIDE) {
    u64 typer = mmio_read64(frame + GICR_TYPER);
    if (typer >> 32 == packed) return frame;
    if (typer & TYPER_LAST) return 0;
  }
}

static void set_priority(u64 base, u32 intid, u8 priority) {
  __asm__ volatile("strb %w0, [%1]" : : "r"(priority), "r"(base + GICD_IPRIORITYR + intid) : "memory");
}

static void init_distributor(void) {
  u32 registers = (mmio_read(GICD_BASE + GICD_TYPER) & 31) + 1;
  mmio_write(GICD_BASE + GICD_CTLR, 0);
  wait_distributor();
  mmio_write(GICD_BASE + GICD_CTLR, CTLR_ARE);
  wait_distributor();
  for (u32 n = 1; n < registers; n++) {
    mmio_write(GICD_BASE + GICD_ICENABLER + 4 * n, ~0u);
    mmio_write(GICD_BASE + GICD_IGROUPR + 4 * n, ~0u);
  }
  wait_distributor();
  set_priority(GICD_BASE, INTID_UART, 0xa0);
  mmio_write(GICD_BASE + GICD_ICFGR + 4 * (INTID_UART / 16), 0);
  mmio_write64(GICD_BASE + GICD_IROUTER + 8 * INTID_UART, affinity());
  mmio_write(GICD_BASE + GICD_ISENABLER + 4 * (INTID_UART / 32), 1u << INTID_UART % 32);
  mmio_write(GICD_BASE + GICD_CTLR, CTLR_ARE | CTLR_GROUP1);
  wait_distributor();
}

static void init_redistributor(void) {
  redistributor = find_redistributor();
  u64 private = redistributor + GICR_SGI_BASE;
  mmio_write(redistributor + GICR_WAKER, mmio_read(redistributor + GICR_WAKER) & ~(u32)WAKER_PROCESSOR_SLEEP);
  while (mmio_read(redistributor + GICR_WAKER) & WAKER_CHILDREN_ASLEEP) continue;
  mmio_write(private + GICD_ICENABLER, ~0u);
  mmio_write(private + GICD_IGROUPR, ~0u);
  for (u32 intid = 0; intid < 32; intid += 4) mmio_write(private + GICD_IPRIORITYR + intid, 0xa0a0a0a0);
  set_priority(private, INTID_SGI_LOW, 0xc0);
  set_priority(private, INTID_SGI_HIGH, 0x40);
  mmio_write(private + GICD_ISENABLER,
             1u << INTID_SGI_LOW | 1u << INTID_SGI_HIGH | 1u << INTID_VIRTUAL_TIMER | 1u << INTID_PHYSICAL_TIMER);
  while (mmio_read(redistributor + GICR_CTLR) & GICR_CTLR_RWP) continue;
}

void gic_init(void) {
  write_sysreg(icc_sre_el1, 1);
  isb();
  init_distributor();
  init_redistributor();
  write_sysreg(icc_ctlr_el1, 0);
  write_sysreg(icc_bpr1_el1, 0);
  write_sysreg(icc_pmr_el1, 0xff);
  write_sysreg(icc_igrpen1_el1, 1);
  isb();
  irq_enable();
}

void gic_irq(void) {
  for (;;) {
    u32 intid = (u32)read_sysreg(icc_iar1_el1) & 0xffffff;
    if (intid >= INTIDS_SPECIAL) return;
    if (intid == INTID_UART)
      console_irq();
    else if (intid == INTID_VIRTUAL_TIMER || intid == INTID_PHYSICAL_TIMER)
      timer_irq(intid);
    else if (sgi_count < 2)
      sgi_taken[sgi_count++] = intid;
    dsb(sy);
    write_sysreg(icc_eoir1_el1, intid);
    isb();
  }
}

static void send_sgi(u32 intid) {
  u64 mpidr = affinity();
  u64 aff3 = mpidr >> 32 & 0xff, aff2 = mpidr >> 16 & 0xff, aff1 = mpidr >> 8 & 0xff, aff0 = mpidr & 15;
  write_sysreg(icc_sgi1r_el1, aff3 << 48 | aff2 << 32 | (u64)intid << 24 | aff1 << 16 | 1ul << aff0);
  isb();
}

/* Two SGIs are sent to itself under a priority mask, the less urgent first; the mask goes, the urgent one comes first. */
void gic_sgi_check(void) {
  write_sysreg(icc_pmr_el1, 0x20);
  isb();
  send_sgi(INTID_SGI_LOW);
  send_sgi(INTID_SGI_HIGH);
  u32 before = sgi_count;
  write_sysreg(icc_pmr_el1, 0xff);
  isb();
  sleep_until(sgi_count == 2);
  print("gic: SGIs %u and %u sent, %u taken under the mask, then %u, %u\n", INTID_SGI_LOW, INTID_SGI_HIGH, before,
        sgi_taken[0], sgi_taken[1]);
}
