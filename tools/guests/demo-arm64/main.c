#include "demo.h"
#include "sysreg.h"

static void simd_check(void) {
  struct simd_results r;
  simd_run(&r);
  print("fp: sqrt(2) %lx, 1/3 %x, trace %lx\n", r.sqrt2, (u32)r.third_f32, r.trace);
  print("fp: fused %lx, FPSR %x\n", r.fused, (u32)r.fpsr);
  print("simd: reciprocal %lx, sum %lx, permuted %lx, AES %lx\n", r.reciprocal, r.neon_sum, r.permuted, r.aes);
}

/* Lines that begin with "machine:" depend on where the demo runs; all others are always the same. */
void main(void) {
  console_init();
  print("demo-arm64: EL%lu\n", read_sysreg(currentel) >> 2);
  print("machine: MIDR %x, counter at %lu Hz\n", (u32)read_sysreg(midr_el1), read_sysreg(cntfrq_el0));
  firmware_report();
  rtc_report();
  mmu_check();
  gic_init();
  gic_sgi_check();
  timer_check();
  simd_check();
  exception_check();
  work_run();
  command_prompt();
  system_off();
}
