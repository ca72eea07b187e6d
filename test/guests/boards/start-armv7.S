.section .text.start
.global _start
_start: ldr sp, =stack_top
  mov r0, r2                     @ the device tree
  bl guest
1: b 1b
