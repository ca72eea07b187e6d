@ Keeps what the boot protocol gives before the start that the SMP demo has too.
  .syntax unified
  .arm
  .section .start, "ax"
  .global entry
entry:
  ldr     r1, =device_tree
  str     r2, [r1]
  b       start
  .ltorg
