// Keeps what the boot protocol gives before the start that the SMP demo has too.
  .section .start, "ax"
  .global entry
entry:
  adrp    x1, device_tree
  str     x0, [x1, :lo12:device_tree]
  b       start
