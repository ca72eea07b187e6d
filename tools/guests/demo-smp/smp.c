/* Several CPUs check what they have of each other, and print what they find: the same whatever the order they run in. */
#include "smp.h"

enum { UARTDR = 0x000, UARTFR = 0x018, FR_BUSY = 1 << 3, FR_TXFF = 1 << 5 };
enum { PSCI_SUCCESS = 0, PSCI_INVALID_PARAMETERS = -2, PSCI_ALREADY_ON = -4, AFFINITY_ON = 0, AFFINITY_OFF = 1 };
#define PSCI_CPU_OFF 0x84000002u
#define PSCI_SYSTEM_OFF 0x84000008u
enum { GICD_ISPENDR = 0x200, INTIDS_SPECIAL = 1020 };
enum { LOCKED_ADDS = 300, EXCLUSIVE_ADDS = 1000, MESSAGES = 300, PINGS = 40, TICKS = 5, REMAPS = 6, PATCHES = 6 };

char stacks[CPUS_MAX + 1][STACK_BYTES] __attribute__((aligned(4096)));

static u32 cpus;
static volatile u32 online;
/* What all CPUs are to do next, and how many have done it. */
static void (*volatile job)(u32 cpu);
static volatile u32 job_number, job_done;

static volatile u32 lock, exclusive_sum;
static u32 locked_sum;
static volatile u32 data, flag_, seen_wrong;
static volatile u32 counted[CPUS_MAX], pinged[CPUS_MAX], spis[CPUS_MAX], ticks[CPUS_MAX], senders[CPUS_MAX];
static volatile u32 code[64] __attribute__((aligned(64)));
static volatile u32 step;

void console_put(char c) {
  if (c == '\n') console_put('\r');
  while (mmio_read(UART_BASE + UARTFR) & FR_TXFF) continue;
  mmio_write(UART_BASE + UARTDR, (u8)c);
}

static void off(void) {
  while (mmio_read(UART_BASE + UARTFR) & FR_BUSY) continue;
  for (;;) hvc(PSCI_SYSTEM_OFF, 0, 0, 0);
}

void wrong_exception(u32 vector) {
  print("FAIL: exception %u on CPU %u\n", vector, this_cpu());
  off();
}

static void on_all(void (*what)(u32 cpu)) {
  job_done = 0;
  job = what;
  dmb();
  job_number++;
  dsb();
  sev();
  what(0);
  add_exclusive(&job_done, 1);
  wait_until(job_done == cpus);
  dmb();
}

void secondary(u32 cpu) {
  gic_cpu(cpu);
  irq_enable();
  u32 number = job_number;
  dmb();
  add_exclusive(&online, 1);
  dsb();
  sev();
  for (;;) {
    wait_until(job_number != number);
    number = job_number;
    dmb();
    job(cpu);
    dmb();
    add_exclusive(&job_done, 1);
    dsb();
    sev();
  }
}

void interrupted(void) {
  u32 cpu = this_cpu();
  for (;;) {
    u32 acknowledged = gic_acknowledge(), intid = acknowledged & 1023;
    if (intid >= INTIDS_SPECIAL) return;
    if (intid == INTID_SGI_COUNT) {
      counted[cpu]++;
      senders[cpu] |= 1u << (acknowledged >> 10);
    } else if (intid == INTID_SGI_PING) {
      pinged[cpu]++;
    } else if (intid == INTID_SPI) {
      spis[cpu]++;
    } else if (disk_interrupted(intid)) {
    } else if (++ticks[cpu] < TICKS) {
      timer_set(timer_frequency() / 10000);
    } else {
      timer_off();
    }
    dsb();
    gic_end(acknowledged);
    sev();
  }
}

static void check(const char *what, int holds) { print("smp: %s: %s\n", what, holds ? "ok" : "FAIL"); }

static int power_on(u32 cpu) { return hvc(PSCI_CPU_ON, cpu, (uptr)secondary_start, cpu); }

static void boot_others(void) {
  u32 before = online;
  int all = 1;
  for (u32 cpu = 1; cpu < cpus; cpu++) all &= power_on(cpu) == PSCI_SUCCESS;
  wait_until(online == before + cpus - 1);
  check("CPU_ON", all);
}

static void add_locked(u32 cpu) {
  (void)cpu;
  for (u32 i = 0; i < LOCKED_ADDS; i++) {
    while (!try_lock(&lock)) wfe();
    locked_sum++;
    unlock(&lock);
    dsb();
    sev();
  }
}
static void add_freely(u32 cpu) {
  for (u32 i = 0; i < EXCLUSIVE_ADDS; i++) add_exclusive(&exclusive_sum, cpu + 1);
}

/* Who sees the flag sees the data that was written before it. */
static void pass_messages(u32 cpu) {
  if (cpu > 1) return;
  for (u32 i = 1; i <= MESSAGES; i++) {
    if (cpu == 0) {
      wait_until(flag_ == 2 * i - 2);
      data = i;
      dmb();
      flag_ = 2 * i - 1;
    } else {
      wait_until(flag_ == 2 * i - 1);
      dmb();
      if (data != i) seen_wrong++;
      dmb();
      flag_ = 2 * i;
    }
    sev();
  }
}

static void send_around(u32 cpu) {
  if (cpu != 0) return;
  u32 last = cpus - 1, all = (1u << cpus) - 1;
  gic_send(INTID_SGI_COUNT, SGI_TO_LIST, 1u << last);
  wait_until(counted[last] == 1);
  gic_send(INTID_SGI_COUNT, SGI_TO_OTHERS, 0);
  for (u32 other = 1; other < cpus; other++) wait_until(counted[other] == (other == last ? 2 : 1));
  gic_send(INTID_SGI_COUNT, SGI_TO_SELF, 0);
  sleep_until(counted[0] == 1);
  gic_send(INTID_SGI_COUNT, SGI_TO_LIST, all);
  for (u32 each = 0; each < cpus; each++) wait_until(counted[each] == (each == last ? 3 : 2));
}

/* CPUs 0 and 1 wake each other out of WFI. */
static void ping(u32 cpu) {
  if (cpu > 1) return;
  for (u32 i = 1; i <= PINGS; i++) {
    if (cpu == 0) gic_send(INTID_SGI_PING, SGI_TO_LIST, 2);
    sleep_until(pinged[cpu] == i);
    if (cpu == 1) gic_send(INTID_SGI_PING, SGI_TO_LIST, 1);
  }
}

static void raise_spi(void) { mmio_write(GICD_BASE + GICD_ISPENDR + 4 * (INTID_SPI / 32), 1u << INTID_SPI % 32); }
static u32 spi_sum(void) {
  u32 sum = 0;
  for (u32 cpu = 0; cpu < cpus; cpu++) sum += spis[cpu];
  return sum;
}
static int route_around(void) {
  int right = 1;
  for (u32 cpu = 0; cpu < cpus; cpu++) {
    gic_route(INTID_SPI, 1u << cpu);
    raise_spi();
    wait_until(spis[cpu] == 1);
    right &= spi_sum() == cpu + 1;
  }
  gic_route(INTID_SPI, (1u << cpus) - 1);
  raise_spi();
  wait_until(spi_sum() == cpus + 1);
  return right;
}

static void tick(u32 cpu) {
  timer_set(timer_frequency() / 10000);
  sleep_until(ticks[cpu] == TICKS);
}

static void note_wrong(u32 is, u32 wanted) {
  if (is != wanted) add_exclusive(&seen_wrong, 1);
}
/* CPU 0 maps the window elsewhere; all see what is there. */
static void see_window(u32 cpu) {
  (void)cpu;
  note_wrong(*(volatile u32 *)WINDOW, 0xa0 + (step & 1));
}
/* CPU 0 writes code; all execute it. */
static void call_code(u32 cpu) {
  (void)cpu;
  isb();
  note_wrong(((u32(*)(void))(uptr)code)(), step);
}

static void leave(u32 cpu) {
  if (cpu == 0) return;
  add_exclusive(&job_done, 1);
  dsb();
  sev();
  irq_disable();
  hvc(PSCI_CPU_OFF, 0, 0, 0);
  note_wrong(0, 1);
}
static void wait_for_off(void) {
  for (u32 cpu = 1; cpu < cpus; cpu++)
    while (hvc(PSCI_AFFINITY_INFO, cpu, 0, 0) != AFFINITY_OFF) continue;
}

void boot_cpu(void) {
  while (cpus < CPUS_MAX && hvc(PSCI_AFFINITY_INFO, cpus, 0, 0) != PSCI_INVALID_PARAMETERS) cpus++;
  print("smp: %u CPUs\n", cpus);
  if (cpus < 2) {
    print("smp: nothing to check\nSMP-DONE\n");
    off();
  }
  gic_distributor(cpus);
  gic_cpu(0);
  irq_enable();
  boot_others();
  check("who is on", power_on(1) == PSCI_ALREADY_ON && hvc(PSCI_AFFINITY_INFO, 1, 0, 0) == AFFINITY_ON &&
                         power_on(cpus) == PSCI_INVALID_PARAMETERS);

  on_all(add_locked);
  check("spin lock", locked_sum == cpus * LOCKED_ADDS);
  on_all(add_freely);
  check("exclusive adds", exclusive_sum == EXCLUSIVE_ADDS * cpus * (cpus + 1) / 2);
  on_all(pass_messages);
  check("messages", seen_wrong == 0);

  on_all(send_around);
  check("SGIs to one, to the others, to itself, to all", senders[cpus - 1] == 1);
  on_all(ping);
  check("pings", pinged[0] == PINGS && pinged[1] == PINGS);
  check("SPI to each, and to any", route_around());
  on_all(tick);
  check("timers", 1);

  *(volatile u32 *)WINDOW_PLACE(0) = 0xa0;
  *(volatile u32 *)WINDOW_PLACE(1) = 0xa1;
  for (step = 1; step <= REMAPS; step++) {
    window_to(step & 1);
    on_all(see_window);
  }
  check("remaps", seen_wrong == 0);
  for (step = 1; step <= PATCHES; step++) {
    write_code(code, step);
    on_all(call_code);
  }
  check("patched code", seen_wrong == 0);

  on_all(leave);
  wait_for_off();
  check("CPU_OFF", 1);
  boot_others();
  locked_sum = 0;
  on_all(add_locked);
  check("back again", locked_sum == cpus * LOCKED_ADDS && seen_wrong == 0);
  if (disk_start(cpus)) check("what each CPU wrote to it another reads", disk_check(on_all));
  print("SMP-DONE\n");
  off();
}
