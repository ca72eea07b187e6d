// As reboot-arm64.S.
  .arch armv7-a
  .arch_extension virt
  .arm
  .equ UART, 0x9000000
  .equ UARTIMSC, 0x38
  .equ PSCI, 0x84000000
  .equ RAM, 0x41c00000
  .global _start
_start:
  mov     r10, #UART
  movw    r5, #:lower16:RAM
  movt    r5, #:upper16:RAM
  ldr     r6, [r5]
  // TPIDRPRW.
  mrc     p15, 0, r7, c13, c0, 4
  ldr     r8, [r10, #UARTIMSC]
  orr     r6, r6, r7
  orrs    r6, r6, r8
  moveq   r1, #'B'
  movne   r1, #'X'
  str     r1, [r10]
  str     r1, [r5]
  mcr     p15, 0, r5, c13, c0, 4
  mov     r8, #0x50
  str     r8, [r10, #UARTIMSC]
  mov     r0, #PSCI
  add     r0, r0, #3
  mov     r1, #1
  adr     r2, 4f
  hvc     #0
  mov     r2, #0x20000
2: subs   r2, r2, #1
  bne     2b
  // CNTVCT.
  mrrc    p15, 1, r3, r9, c14
  movw    r4, #40000
  mov     r0, #PSCI
  cmp     r3, r4
  addhs   r0, r0, #8
  addlo   r0, r0, #9
  hvc     #0
4: b      4b
