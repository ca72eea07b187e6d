.section .text.start
.global _start
_start: ldr x0, =stack_top
  mov sp, x0
  bl guest
  movz x0, #0x8400, lsl #16      // PSCI SYSTEM_OFF
  movk x0, #8
  hvc #0
1: b 1b
