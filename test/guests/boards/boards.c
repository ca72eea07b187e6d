/* Looks through the device tree, and holds what is there against it: PrimeCells (their identification), SP804 and the interrupt that it
   raises, the vexpress system registers, virtio slots; then ends the run as `off=` in the command line says, by default through the
   system registers where there are any, else by PSCI. */
#include "boards.h"

#define PSCI_SYSTEM_OFF 0x84000008u
#define BVMCONSOLE 0x1c090000u
enum { GICD_CTLR = 0, GICD_ISENABLER = 0x100, GICD_ISPENDR = 0x200, FIRST_SPI = 32 };
enum { SYS_ID = 0, SYS_100HZ = 0x24, SYS_FLAGS = 0x30, SYS_FLAGSCLR = 0x34, SYS_24MHZ = 0x5c, SYS_PROCID0 = 0x84 };
enum { SYS_CFGDATA = 0xa0, SYS_CFGCTRL = 0xa4, SYS_CFGSTAT = 0xa8 };
#define CFG_WRITE_START 0xc0000000u

static uptr uart, gicd, sysregs;
static u32 slots, shutdown_func, reboot_func;
static const char *arguments = "";
static int has_stdout;

static u32 get(uptr at) { return *(volatile u32 *)at; }
static void put(uptr at, u32 value) { *(volatile u32 *)at = value; }

#ifdef __aarch64__
static u64 counter(void) {
  u64 value;
  __asm__ volatile("isb\n mrs %0, cntvct_el0" : "=r"(value)::"memory");
  return value;
}
static u32 frequency(void) {
  u64 value;
  __asm__ volatile("mrs %0, cntfrq_el0" : "=r"(value));
  return (u32)value;
}
static void power_off(void) {
  register u64 x0 __asm__("x0") = PSCI_SYSTEM_OFF;
  __asm__ volatile("hvc #0" : "+r"(x0)::"memory", "x1", "x2", "x3");
}
#else
static u64 counter(void) {
  u64 value;
  __asm__ volatile("isb\n mrrc p15, 1, %Q0, %R0, c14" : "=r"(value)::"memory");
  return value;
}
static u32 frequency(void) {
  u32 value;
  __asm__ volatile("mrc p15, 0, %0, c14, c0, 0" : "=r"(value));
  return value;
}
static void power_off(void) {
  register u32 r0 __asm__("r0") = PSCI_SYSTEM_OFF;
  __asm__ volatile(".arch_extension virt\n hvc #0" : "+r"(r0)::"memory", "r1", "r2", "r3");
}
#endif

static void character(char c) {
  if (has_stdout) put(uart, (u32)c);
  else put(BVMCONSOLE, (u32)c);
}
static void text(const char *s) {
  for (; *s; s++) character(*s);
}
static void hex(u32 value) {
  for (int shift = 28; shift >= 0; shift -= 4) character("0123456789abcdef"[value >> shift & 15]);
}
static void line(const char *what, uptr at, u32 value, const char *verdict) {
  text(what), text(" at "), hex((u32)at), text(": "), hex(value), text(" "), text(verdict), text("\r\n");
}
static const char *verdict(int is_good) { return is_good ? "ok" : "WRONG"; }

static void wait_us(u32 us) {
  /* Without a division: frequencies are whole numbers of MHz, or half ones. */
  u64 until = counter() + (u64)us * (frequency() / 500000u) / 2;
  while (counter() < until) continue;
}

/* Peripheral identification of PrimeCells. */
static u32 part_of(uptr base) {
  u32 id = 0;
  for (u32 n = 0; n < 4; n++) id |= (get(base + 0xfe0 + 4 * n) & 0xff) << (8 * n);
  return id;
}

static u32 intid_of(const struct node *node) { return cell(node->interrupts + 1) + FIRST_SPI; }
static int is_pending(u32 intid) { return get(gicd + GICD_ISPENDR + intid / 32 * 4) >> intid % 32 & 1; }

static void timer_report(const struct node *node) {
  uptr base = (uptr)node->address;
  enum { LOAD = 0, VALUE = 4, CONTROL = 8, INTCLR = 0xc };
  put(base + CONTROL, 0);
  put(base + LOAD, 0xffffffff);
  put(base + CONTROL, 0x82); /* enabled, 32 bits, free-running, 1 MHz */
  u32 from = get(base + VALUE);
  wait_us(1000);
  u32 counted = from - get(base + VALUE);
  line("sp804 in 1 ms", base, counted >= 1000 && counted < 1010, verdict(counted >= 1000 && counted < 1010));
  u32 intid = intid_of(node);
  int before = is_pending(intid);
  put(base + CONTROL, 0);
  put(base + LOAD, 10);
  put(base + CONTROL, 0xa3); /* once, with its interrupt */
  wait_us(20);
  int during = is_pending(intid);
  put(base + INTCLR, 1);
  int after = is_pending(intid);
  line("sp804 interrupt", base, intid, verdict(!before && during && !after));
}

static void sysregs_report(uptr base) {
  line("SYS_ID", base, get(base + SYS_ID), "");
  line("SYS_PROCID0", base, get(base + SYS_PROCID0), "");
  put(base + SYS_FLAGSCLR, ~0u);
  put(base + SYS_FLAGS, 0x80000005);
  put(base + SYS_FLAGSCLR, 1);
  line("SYS_FLAGS", base, get(base + SYS_FLAGS), verdict(get(base + SYS_FLAGS) == 0x80000004));
  u32 from = get(base + SYS_24MHZ);
  wait_us(1000);
  u32 counted = get(base + SYS_24MHZ) - from;
  line("SYS_24MHZ in 1 ms", base, counted >= 24000 && counted < 24240, verdict(counted >= 24000 && counted < 24240));
  from = get(base + SYS_100HZ);
  wait_us(10000);
  counted = get(base + SYS_100HZ) - from;
  line("SYS_100HZ in 10 ms", base, counted, verdict(counted == 1));
  /* A function that nobody carries out. */
  put(base + SYS_CFGSTAT, 0);
  put(base + SYS_CFGCTRL, CFG_WRITE_START | 63u << 20);
  line("SYS_CFGSTAT", base, get(base + SYS_CFGSTAT), verdict(get(base + SYS_CFGSTAT) == 3));
}

/* What the report needs to know before. */
static void find(const struct node *node) {
  if (node->bootargs) arguments = node->bootargs;
  if (node->stdout_path) has_stdout = 1;
  if (!node->compatible) return;
  if (node->has_address && same(node->compatible, "arm,pl011") && !uart) uart = (uptr)node->address;
  if (node->has_address && node->interrupts == 0 && same(node->compatible, "arm,gic-v3")) gicd = (uptr)node->address;
  if (node->has_address && same(node->compatible, "arm,cortex-a15-gic")) gicd = (uptr)node->address;
  if (node->has_address && same(node->compatible, "arm,vexpress-sysreg")) sysregs = (uptr)node->address;
  if (same(node->compatible, "arm,vexpress-shutdown")) shutdown_func = cell(node->func) << 20 | cell(node->func + 1);
  if (same(node->compatible, "arm,vexpress-reboot")) reboot_func = cell(node->func) << 20 | cell(node->func + 1);
}

static void report(const struct node *node) {
  if (!node->compatible || !node->has_address) return;
  uptr base = (uptr)node->address;
  u32 part = 0;
  if (same(node->compatible, "arm,pl011")) part = 0x011;
  if (same(node->compatible, "arm,pl031")) part = 0x031;
  if (same(node->compatible, "arm,sp804")) part = 0x804;
  if (part) line(node->compatible, base, intid_of(node), verdict((part_of(base) & 0xfff) == part));
  if (part == 0x804) timer_report(node);
  if (same(node->compatible, "arm,vexpress-sysreg")) sysregs_report(base);
  if (same(node->compatible, "virtio,mmio") && get(base) == 0x74726976) slots++;
}

void guest(const u32 *fdt) {
  walk(fdt, find);
  put(gicd + GICD_CTLR, 3);
  text("interrupt controller, counter in Hz at "), hex((u32)gicd), text(": "), hex(frequency()), text("\r\n");
  walk(fdt, report);
  text("virtio slots: "), hex(slots), text("\r\nGUEST-DONE\r\n");
  u32 func = same(arguments, "off=reboot") ? reboot_func : same(arguments, "off=psci") ? 0 : shutdown_func;
  if (sysregs && func) {
    put(sysregs + SYS_CFGDATA, 0);
    put(sysregs + SYS_CFGSTAT, 0);
    put(sysregs + SYS_CFGCTRL, CFG_WRITE_START | func);
    text("still there\r\n");
  }
  power_off();
}
