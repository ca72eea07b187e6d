.section .text.start
.global _start
_start: ldr x1, =stack_top
  mov sp, x1
  bl guest                       // x0: the device tree
1: b 1b
