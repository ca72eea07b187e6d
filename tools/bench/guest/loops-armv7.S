@ As loops-arm64.S.
  .syntax unified
  .arm
  .text
  .global _start
_start:
#if defined(COUNTER) || defined(BARRIER)
  mrrc    p15, 1, r2, r3, c14           @ CNTVCT
#if defined(COUNTER)
  ldr     r5, =COUNT / 4
1:mrrc    p15, 1, r0, r1, c14
#else
  ldr     r5, =COUNT / 16
1:isb
  mrrc    p15, 1, r0, r1, c14
#endif
  sub     r0, r0, r2
  cmp     r0, r5
  blo     1b
#else
  ldr     r2, =COUNT
  mov     r3, #0x09000000               @ The PL011.
1:
#if defined(REGISTER)
  mrc     p15, 1, r1, c9, c0, 2         @ L2CTLR
#elif defined(DEVICE)
  ldr     r1, [r3, #0x18]               @ UARTFR
#elif defined(STORE)
  str     r2, [r3, #0x24]               @ UARTIBRD
#elif defined(CALL)
  mov     r0, #0x84000000               @ PSCI_VERSION
  hvc     #0
#endif
  subs    r2, r2, #1
  bne     1b
#endif
  ldr     r0, =0x84000008               @ SYSTEM_OFF
  hvc     #0
1:wfi
  b       1b
  .ltorg
