/* GICv2 (Arm IHI 0048): distributor, and CPU interface in memory; all interrupts in group 0. */
#include "demo.h"
#include "sysreg.h"

enum {
  GICD_CTLR = 0x000,
  GICD_TYPER = 0x004,
  GICD_ISENABLER = 0x100,
  GICD_ICENABLER = 0x180,
  GICD_IPRIORITYR = 0x400,
  GICD_ITARGETSR = 0x800,
  GICD_ICFGR = 0xc00,
  GICD_SGIR = 0xf00,
};
enum { GICC_CTLR = 0x00, GICC_PMR = 0x04, GICC_BPR = 0x08, GICC_IAR = 0x0c, GICC_EOIR = 0x10, GICC_RPR = 0x14 };
enum { CTLR_ENABLE = 1 };
enum { SGI_TO_LIST = 0, SGI_TO_SELF = 2 };
enum { INTIDS_SPECIAL = 1020, PRIORITY_IDLE = 0xff };

static volatile u32 sgi_taken[2];
static volatile u32 sgi_count;

static void set_byte(u32 address, u8 value) {
  __asm__ volatile("strb %0, [%1]" : : "r"(value), "r"(address) : "memory");
}
static u8 get_byte(u32 address) {
  u32 value;
  __asm__ volatile("ldrb %0, [%1]" : "=r"(value) : "r"(address) : "memory");
  return (u8)value;
}
static void set_priority(u32 intid, u8 priority) { set_byte(GICD_BASE + GICD_IPRIORITYR + intid, priority); }

/* The distributor's bit for this processor: private interrupts' targets show it, unless there is only one. */
static u8 own_target(void) {
  u8 target = get_byte(GICD_BASE + GICD_ITARGETSR);
  return target ? target : 1;
}

static void init_distributor(void) {
  u32 registers = (mmio_read(GICD_BASE + GICD_TYPER) & 31) + 1;
  mmio_write(GICD_BASE + GICD_CTLR, 0);
  for (u32 n = 0; n < registers; n++) mmio_write(GICD_BASE + GICD_ICENABLER + 4 * n, n ? ~0u : 0xffff0000);
  for (u32 intid = 0; intid < 32; intid += 4) mmio_write(GICD_BASE + GICD_IPRIORITYR + intid, 0xa0a0a0a0);
  set_priority(INTID_SGI_LOW, 0xc0);
  set_priority(INTID_SGI_HIGH, 0x40);
  set_priority(INTID_UART, 0xa0);
  set_byte(GICD_BASE + GICD_ITARGETSR + INTID_UART, own_target());
  mmio_write(GICD_BASE + GICD_ICFGR + 4 * (INTID_UART / 16), 0);
  mmio_write(GICD_BASE + GICD_ISENABLER + 4 * (INTID_UART / 32), 1u << INTID_UART % 32);
  mmio_write(GICD_BASE + GICD_ISENABLER,
             1u << INTID_SGI_LOW | 1u << INTID_SGI_HIGH | 1u << INTID_VIRTUAL_TIMER | 1u << INTID_PHYSICAL_TIMER);
  mmio_write(GICD_BASE + GICD_CTLR, CTLR_ENABLE);
}

void gic_init(void) {
  init_distributor();
  mmio_write(GICC_BASE + GICC_BPR, 0);
  mmio_write(GICC_BASE + GICC_PMR, 0xff);
  mmio_write(GICC_BASE + GICC_CTLR, CTLR_ENABLE);
  irq_enable();
}

void gic_irq(void) {
  for (;;) {
    u32 acknowledged = mmio_read(GICC_BASE + GICC_IAR);
    u32 intid = acknowledged & 1023;
    if (intid >= INTIDS_SPECIAL) return;
    if (intid == INTID_UART)
      console_irq();
    else if (intid == INTID_VIRTUAL_TIMER || intid == INTID_PHYSICAL_TIMER)
      timer_irq(intid);
    else if (sgi_count < 2)
      sgi_taken[sgi_count++] = intid;
    dsb(sy);
    mmio_write(GICC_BASE + GICC_EOIR, acknowledged);
  }
}

static void send_sgi(u32 intid, u32 filter, u32 targets) {
  dsb(ishst);
  mmio_write(GICD_BASE + GICD_SGIR, filter << 24 | targets << 16 | intid);
}

/* Two SGIs are sent to itself under a priority mask, the less urgent first; the mask goes, the urgent one comes first. */
void gic_sgi_check(void) {
  mmio_write(GICC_BASE + GICC_PMR, 0x20);
  send_sgi(INTID_SGI_LOW, SGI_TO_LIST, own_target());
  send_sgi(INTID_SGI_HIGH, SGI_TO_SELF, 0);
  u32 before = sgi_count;
  mmio_write(GICC_BASE + GICC_PMR, 0xff);
  sleep_until(sgi_count == 2);
  const char *state = mmio_read(GICC_BASE + GICC_RPR) == PRIORITY_IDLE ? "idle" : "not idle";
  print("gic: SGIs %u and %u sent, %u taken under the mask, then %u, %u; %s\n", INTID_SGI_LOW, INTID_SGI_HIGH, before,
        sgi_taken[0], sgi_taken[1], state);
}
