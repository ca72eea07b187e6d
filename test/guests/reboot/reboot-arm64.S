// Boots again and again: resets the machine until its counter has come to 40,000 ticks, then powers off. Each boot shows a letter: B where it finds RAM,
// a register of the CPU and one of a device as at power-on, X where the boot before has left something; and starts the second vCPU, which must be off.
  .equ UART, 0x9000000
  .equ UARTIMSC, 0x38
  .equ PSCI, 0x84000000
  .equ RAM, 0x41c00000
  .global _start
_start:
  mov     x20, #UART
  mov     x5, #RAM
  ldr     w6, [x5]
  mrs     x7, tpidr_el1
  ldr     w8, [x20, #UARTIMSC]
  orr     w6, w6, w7
  orr     w6, w6, w8
  mov     w1, #'B'
  cbz     w6, 1f
  mov     w1, #'X'
1: str    w1, [x20]
  str     w1, [x5]
  msr     tpidr_el1, x5
  mov     w8, #0x50
  str     w8, [x20, #UARTIMSC]
  // CPU_ON (Arm DEN 0022, 5.1.4).
  mov     w0, #PSCI
  add     w0, w0, #3
  mov     w1, #1
  adr     x2, 4f
  hvc     #0
  mov     x2, #0x20000
2: subs   x2, x2, #1
  b.ne    2b
  mrs     x3, cntvct_el0
  mov     w4, #40000
  mov     w0, #PSCI
  // SYSTEM_OFF (5.1.9), SYSTEM_RESET (5.1.11).
  add     w0, w0, #8
  cmp     x3, x4
  b.hs    3f
  add     w0, w0, #1
3: hvc    #0
4: b      4b
