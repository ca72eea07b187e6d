// One loop of a kind, chosen by a macro, and power-off: what a counter, a barrier, an exit costs by itself.
  .text
  .global _start
_start:
#if defined(COUNTER)                    // Polls the virtual counter, as udelay does: 4 instructions a look.
  mrs     x2, cntvct_el0
  ldr     x3, =COUNT / 4
1:mrs     x1, cntvct_el0
  sub     x1, x1, x2
  cmp     x1, x3
  b.lo    1b
#elif defined(BARRIER)                  // The same behind a barrier, as Linux reads it.
  mrs     x2, cntvct_el0
  ldr     x3, =COUNT / 16
1:isb
  mrs     x1, cntvct_el0
  sub     x1, x1, x2
  cmp     x1, x3
  b.lo    1b
#else
  ldr     x2, =COUNT
  movz    x3, #0x0900, lsl #16          // The PL011.
1:
#if defined(REGISTER)
  mrs     x1, id_aa64pfr0_el1
#elif defined(DEVICE)
  ldr     w1, [x3, #0x18]               // UARTFR
#elif defined(STORE)
  str     w2, [x3, #0x24]               // UARTIBRD
#elif defined(CALL)
  mov     w0, #0x84000000               // PSCI_VERSION
  hvc     #0
#endif
  subs    x2, x2, #1
  b.ne    1b
#endif
  movz    w0, #0x8400, lsl #16
  movk    w0, #8                        // SYSTEM_OFF
  hvc     #0
1:wfi
  b       1b
