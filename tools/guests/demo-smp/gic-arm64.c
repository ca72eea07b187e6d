/* GICv3 (Arm IHI 0069): all interrupts in group 1, affinity routing. */
#include "smp.h"

enum { GICD_CTLR = 0x0, GICD_IGROUPR = 0x80, GICD_ISENABLER = 0x100, GICD_IPRIORITYR = 0x400, GICD_IROUTER = 0x6000 };
enum { GICR_WAKER = 0x14, GICR_STRIDE = 0x20000, GICR_SGI_BASE = 0x10000 };
enum { CTLR_ENABLE = 1 << 1 | 1 << 4, WAKER_SLEEP = 1 << 1, WAKER_ASLEEP = 1 << 2 };
#define ROUTE_ANY (1u << 31)

void gic_distributor(u32 cpus) {
  (void)cpus;
  mmio_write(GICD_BASE + GICD_CTLR, CTLR_ENABLE);
  mmio_write(GICD_BASE + GICD_IGROUPR + 4 * (INTID_SPI / 32), ~0u);
  mmio_write_byte(GICD_BASE + GICD_IPRIORITYR + INTID_SPI, 0xa0);
  mmio_write(GICD_BASE + GICD_ISENABLER + 4 * (INTID_SPI / 32), 1u << INTID_SPI % 32);
}

void gic_cpu(u32 cpu) {
  uptr redistributor = GICR_BASE + cpu * GICR_STRIDE, private = redistributor + GICR_SGI_BASE;
  mmio_write(redistributor + GICR_WAKER, mmio_read(redistributor + GICR_WAKER) & ~WAKER_SLEEP);
  while (mmio_read(redistributor + GICR_WAKER) & WAKER_ASLEEP) continue;
  mmio_write(private + GICD_IGROUPR, ~0u);
  for (u32 intid = 0; intid < 32; intid += 4) mmio_write(private + GICD_IPRIORITYR + intid, 0xa0a0a0a0);
  mmio_write(private + GICD_ISENABLER, 1u << INTID_SGI_COUNT | 1u << INTID_SGI_PING | 1u << INTID_TIMER);
  write_sysreg(icc_sre_el1, 1);
  isb();
  write_sysreg(icc_pmr_el1, 0xff);
  write_sysreg(icc_igrpen1_el1, 1);
  isb();
}

u32 gic_acknowledge(void) { return read_sysreg(icc_iar1_el1) & 0xffffff; }
void gic_end(u32 acknowledged) {
  write_sysreg(icc_eoir1_el1, acknowledged);
  isb();
}

void gic_send(u32 intid, enum sgi_mode mode, u32 targets) {
  u64 list = mode == SGI_TO_SELF ? 1u << this_cpu() : targets;
  dsb();
  write_sysreg(icc_sgi1r_el1, (u64)intid << 24 | (mode == SGI_TO_OTHERS ? 1ull << 40 : list));
  isb();
}

void gic_route(u32 intid, u32 targets) {
  u32 is_one = (targets & (targets - 1)) == 0;
  uptr at = GICD_BASE + GICD_IROUTER + 8 * intid;
  mmio_write(at + 4, 0);
  mmio_write(at, is_one ? (u32)__builtin_ctz(targets) : ROUTE_ANY);
}
