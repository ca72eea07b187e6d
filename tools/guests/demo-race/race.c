/* Two CPUs that make a mistake: each shows only where one is interrupted at the wrong moment. `race=…` of the command line says which. */
#include "smp.h"

enum { UARTDR = 0x000, UARTFR = 0x018, FR_BUSY = 1 << 3, FR_TXFF = 1 << 5 };
enum { INTIDS_SPECIAL = 1020, FDT_TOTALSIZE = 1 };
#define PSCI_SYSTEM_OFF 0x84000008u
#define PSCI_SYSTEM_RESET 0x84000009u
enum { ADDS = 100, LETTERS = 20, TRANSFERS = 20 };

char stacks[CPUS_MAX + 1][STACK_BYTES] __attribute__((aligned(4096)));
/* As the boot protocol gives it; outside of .bss, which is cleared later. */
const u32 *device_tree __attribute__((section(".data"))) = 0;

static volatile u32 online, job_number, job_done;
static void (*volatile job)(u32 cpu);

static volatile u32 counter;
static volatile u32 letter, answer, naps;
static volatile u32 lock_a, lock_b, balance_a, balance_b;

void console_put(char c) {
  if (c == '\n') console_put('\r');
  while (mmio_read(UART_BASE + UARTFR) & FR_TXFF) continue;
  mmio_write(UART_BASE + UARTDR, (u8)c);
}

static void end(u32 how) {
  while (mmio_read(UART_BASE + UARTFR) & FR_BUSY) continue;
  for (;;) hvc(how, 0, 0, 0);
}

void wrong_exception(u32 vector) {
  print("FAIL: exception %u on CPU %u\n", vector, this_cpu());
  end(PSCI_SYSTEM_RESET);
}

void interrupted(void) {
  for (;;) {
    u32 acknowledged = gic_acknowledge();
    if ((acknowledged & 1023) >= INTIDS_SPECIAL) return;
    gic_end(acknowledged);
  }
}

static void ring(u32 cpu) { gic_send(INTID_SGI_PING, SGI_TO_LIST, 1u << cpu); }

/* Lost updates: what the other CPU adds between the load and the store is overwritten. */
static void add_unlocked(u32 cpu) {
  (void)cpu;
  for (u32 i = 0; i < ADDS; i++) counter++;
}

/* Lost wake-ups: a letter that comes between the look and the WFI has rung by then, and CPU 1 sleeps for ever. */
static void receive(void) {
  for (u32 i = 1; i <= LETTERS; i++) {
    while (letter != i) {
      naps++;
      wfi();
    }
    answer = i;
    ring(0);
  }
}
/* As it should be: with interrupts masked, WFI returns for one that is there already. */
static void send(void) {
  for (u32 i = 1; i <= LETTERS; i++) {
    letter = i;
    ring(1);
    irq_disable();
    while (answer != i) {
      wfi();
      irq_enable();
      isb();
      irq_disable();
    }
    irq_enable();
  }
}
static void exchange(u32 cpu) {
  if (cpu) receive();
  else send();
}

static void take(volatile u32 *lock) {
  while (!try_lock(lock)) wfe();
}
static void release(volatile u32 *lock) {
  unlock(lock);
  dsb();
  sev();
}
/* A deadlock: CPU 0 takes A and then B, CPU 1 takes B and then A. */
static void move_from_a(void) {
  take(&lock_a);
  balance_a--;
  take(&lock_b);
  balance_b++;
  release(&lock_b);
  release(&lock_a);
}
static void move_from_b(void) {
  take(&lock_b);
  balance_b--;
  take(&lock_a);
  balance_a++;
  release(&lock_a);
  release(&lock_b);
}
static void transfer(u32 cpu) {
  for (u32 i = 0; i < TRANSFERS; i++)
    if (cpu) move_from_b();
    else move_from_a();
}

#define wait_until(condition) \
  while (!(condition)) wfe()

static void on_both(void (*what)(u32 cpu)) {
  job_done = 0;
  job = what;
  dmb();
  job_number++;
  dsb();
  sev();
  what(0);
  add_exclusive(&job_done, 1);
  wait_until(job_done == 2);
  dmb();
}

void secondary(u32 cpu) {
  gic_cpu(cpu);
  irq_enable();
  online = 1;
  dsb();
  sev();
  for (u32 number = 1;; number++) {
    wait_until(job_number == number);
    dmb();
    job(cpu);
    dmb();
    add_exclusive(&job_done, 1);
    dsb();
    sev();
  }
}

static void check(const char *what, u32 is, u32 wanted) {
  print("race: %s: %u, wanted %u: %s\n", what, is, wanted, is == wanted ? "ok" : "FAIL");
  if (is != wanted) end(PSCI_SYSTEM_RESET);
}

static int begins(const char *text, const char *with) {
  while (*with && *text == *with) text++, with++;
  return !*with;
}
/* What stands behind `race=` in the device tree, whose strings are the command line's too; null where it has none. */
static const char *asked(void) {
  if (!device_tree) return 0;
  const char *text = (const char *)device_tree;
  u32 bytes = __builtin_bswap32(device_tree[FDT_TOTALSIZE]);
  for (u32 i = 0; i + 5 < bytes; i++)
    if (begins(text + i, "race=")) return text + i + 5;
  return 0;
}

void boot_cpu(void) {
  const char *which = asked();
  gic_distributor(2);
  gic_cpu(0);
  irq_enable();
  if (hvc(PSCI_CPU_ON, 1, (uptr)secondary_start, 1)) {
    print("race: it takes two CPUs\n");
    end(PSCI_SYSTEM_OFF);
  }
  wait_until(online);
  if (!which || begins(which, "counter")) {
    on_both(add_unlocked);
    check("counter", counter, 2 * ADDS);
  }
  if (!which || begins(which, "wakeup")) {
    on_both(exchange);
    check("wakeup", answer, LETTERS);
  }
  if (!which || begins(which, "deadlock")) {
    on_both(transfer);
    check("deadlock", balance_a + balance_b, 0);
  }
  print("RACE-DONE\n");
  end(PSCI_SYSTEM_OFF);
}
