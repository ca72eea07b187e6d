#include "demo.h"
#include "sysreg.h"

static void simd_check(void) {
  struct simd_results r;
  simd_run(&r);
  print("fp: sqrt(2) %lx, 1/3 %x, trace %lx\n", r.sqrt2, r.third_f32, r.trace);
  print("fp: fused %lx, half %lx\n", r.fused, r.half);
  print("fp: FPSCR %x, flushed %x, saturated %x\n", r.fpscr, r.flushed, r.saturated);
  print("simd: reciprocal %lx, sum %lx, permuted %lx\n", r.reciprocal, r.neon_sum, r.permuted);
}

/* Lines that begin with "machine:" depend on where the demo runs; all others are always the same. */
void main(void) {
  console_init();
  print("demo-armv7: %s mode\n", (read_cpsr() & CPSR_MODE) == MODE_SVC ? "SVC" : "another");
  print("machine: MIDR %x, counter at %u Hz\n", read_sysreg(midr_el1), read_sysreg(cntfrq_el0));
  firmware_report();
  rtc_report();
  mmu_check();
  state_check();
  gic_init();
  gic_sgi_check();
  timer_check();
  simd_check();
  exception_check();
  work_run();
  command_prompt();
  system_off();
}
