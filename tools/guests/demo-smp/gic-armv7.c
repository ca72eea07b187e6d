/* GICv2 (Arm IHI 0048): all interrupts in group 0. */
#include "smp.h"

enum { GICD_CTLR = 0x0, GICD_ISENABLER = 0x100, GICD_IPRIORITYR = 0x400, GICD_ITARGETSR = 0x800, GICD_SGIR = 0xf00 };
enum { GICC_CTLR = 0x0, GICC_PMR = 0x4, GICC_IAR = 0xc, GICC_EOIR = 0x10 };

void gic_distributor(u32 cpus) {
  mmio_write_byte(GICD_BASE + GICD_IPRIORITYR + INTID_SPI, 0xa0);
  mmio_write_byte(GICD_BASE + GICD_ITARGETSR + INTID_SPI, cpus ? 1 : 0);
  mmio_write(GICD_BASE + GICD_ISENABLER + 4 * (INTID_SPI / 32), 1u << INTID_SPI % 32);
  mmio_write(GICD_BASE + GICD_CTLR, 1);
}

void gic_cpu(u32 cpu) {
  (void)cpu;
  for (u32 intid = 0; intid < 32; intid += 4) mmio_write(GICD_BASE + GICD_IPRIORITYR + intid, 0xa0a0a0a0);
  mmio_write(GICD_BASE + GICD_ISENABLER, 1u << INTID_SGI_COUNT | 1u << INTID_SGI_PING | 1u << INTID_TIMER);
  mmio_write(GICC_BASE + GICC_PMR, 0xff);
  mmio_write(GICC_BASE + GICC_CTLR, 1);
}

u32 gic_acknowledge(void) { return mmio_read(GICC_BASE + GICC_IAR); }
void gic_end(u32 acknowledged) { mmio_write(GICC_BASE + GICC_EOIR, acknowledged); }

void gic_send(u32 intid, enum sgi_mode mode, u32 targets) {
  dsb();
  mmio_write(GICD_BASE + GICD_SGIR, (u32)mode << 24 | targets << 16 | intid);
}

void gic_route(u32 intid, u32 targets) { mmio_write_byte(GICD_BASE + GICD_ITARGETSR + intid, targets); }
