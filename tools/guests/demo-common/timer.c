/* The generic timers of EL1 (Arm ARM DDI 0487, D11): each counts ticks by its comparator or by its down counter. */
#include "demo.h"
#include "sysreg.h"

enum { CTL_ENABLE = 1, CTL_IMASK = 2, CTL_ISTATUS = 4 };

struct timer {
  enum timer_register by;
  u64 period;
  u32 target;
  volatile u32 ticks;
};
static struct timer virtual_timer, physical_timer;

static struct timer *timer_of(u32 intid) { return intid == INTID_VIRTUAL_TIMER ? &virtual_timer : &physical_timer; }

static void write_ctl(u32 intid, u64 value) {
  if (intid == INTID_VIRTUAL_TIMER)
    write_sysreg(cntv_ctl_el0, value);
  else
    write_sysreg(cntp_ctl_el0, value);
  isb();
}
static void write_tval(u32 intid, u64 value) {
  if (intid == INTID_VIRTUAL_TIMER)
    write_sysreg(cntv_tval_el0, value);
  else
    write_sysreg(cntp_tval_el0, value);
}
static u64 read_cval(u32 intid) {
  return intid == INTID_VIRTUAL_TIMER ? read_sysreg64(cntv_cval_el0) : read_sysreg64(cntp_cval_el0);
}
static void write_cval(u32 intid, u64 value) {
  if (intid == INTID_VIRTUAL_TIMER)
    write_sysreg64(cntv_cval_el0, value);
  else
    write_sysreg64(cntp_cval_el0, value);
}
static u64 read_count(u32 intid) {
  isb();
  return intid == INTID_VIRTUAL_TIMER ? read_sysreg64(cntvct_el0) : read_sysreg64(cntpct_el0);
}

/* A number of ticks, `microseconds` apart; then the timer is off. */
void timer_start(u32 intid, enum timer_register by, u64 microseconds, u32 ticks) {
  struct timer *timer = timer_of(intid);
  timer->by = by;
  timer->period = read_sysreg(cntfrq_el0) * microseconds / MICROSECONDS_PER_SECOND;
  timer->target = ticks;
  timer->ticks = 0;
  if (by == BY_CVAL)
    write_cval(intid, read_count(intid) + timer->period);
  else
    write_tval(intid, timer->period);
  write_ctl(intid, CTL_ENABLE);
}

void timer_stop(u32 intid) { write_ctl(intid, 0); }

u32 timer_ticks(u32 intid) { return timer_of(intid)->ticks; }

void timer_irq(u32 intid) {
  struct timer *timer = timer_of(intid);
  if (__atomic_add_fetch(&timer->ticks, 1, __ATOMIC_RELAXED) >= timer->target)
    write_ctl(intid, 0);
  else if (timer->by == BY_CVAL)
    write_cval(intid, read_cval(intid) + timer->period);
  else
    write_tval(intid, timer->period);
  isb();
}

static u32 run(u32 intid, enum timer_register by) {
  timer_start(intid, by, 1000, 5);
  sleep_until(timer_ticks(intid) == 5);
  return timer_ticks(intid);
}

/* A masked timer raises no interrupt, but its status can be polled. */
static void poll_masked(void) {
  write_ctl(INTID_VIRTUAL_TIMER, CTL_IMASK | CTL_ENABLE);
  write_tval(INTID_VIRTUAL_TIMER, read_sysreg(cntfrq_el0) / 100000);
  isb();
  while (!(read_sysreg(cntv_ctl_el0) & CTL_ISTATUS)) continue;
  timer_stop(INTID_VIRTUAL_TIMER);
}

void timer_check(void) {
  u32 virtual_by_cval = run(INTID_VIRTUAL_TIMER, BY_CVAL);
  u32 virtual_by_tval = run(INTID_VIRTUAL_TIMER, BY_TVAL);
  print("timer: virtual %u ticks by CVAL, %u by TVAL\n", virtual_by_cval, virtual_by_tval);
  u32 physical_by_cval = run(INTID_PHYSICAL_TIMER, BY_CVAL);
  u32 physical_by_tval = run(INTID_PHYSICAL_TIMER, BY_TVAL);
  print("timer: physical %u ticks by CVAL, %u by TVAL\n", physical_by_cval, physical_by_tval);
  timer_start(INTID_VIRTUAL_TIMER, BY_CVAL, 700, 6);
  timer_start(INTID_PHYSICAL_TIMER, BY_TVAL, 900, 4);
  sleep_until(timer_ticks(INTID_VIRTUAL_TIMER) == 6 && timer_ticks(INTID_PHYSICAL_TIMER) == 4);
  poll_masked();
  print("timer: both at once %u and %u ticks; masked one polled\n", timer_ticks(INTID_VIRTUAL_TIMER),
        timer_ticks(INTID_PHYSICAL_TIMER));
}
