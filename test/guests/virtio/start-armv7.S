.arch_extension virt
.section .text.start
.global _start
_start: ldr sp, =stack_top
  bl guest
  ldr r0, =0x84000008            @ PSCI SYSTEM_OFF
  hvc #0
1: b 1b
