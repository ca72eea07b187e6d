@ Entry in SVC mode with the MMU off.
  .syntax unified
  .fpu    neon-vfpv4
  .arm

  .section .start, "ax"
  .global start
start:
  cpsid   aif, #0x13
  @ The device tree (Linux Documentation/arch/arm/booting.rst).
  mov     r4, r2
  ldr     sp, =stack_top
  ldr     r0, =vectors
  mcr     p15, 0, r0, c12, c0, 0
  @ VFP is off until its first use traps.
  mov     r0, #(0xf << 20)
  mcr     p15, 0, r0, c1, c0, 2
  isb
  mov     r0, #0
  vmsr    fpexc, r0
  mcr     p15, 0, r0, c1, c0, 2
  isb
  ldr     r0, =bss_start
  ldr     r1, =bss_end
  mov     r2, #0
  mov     r3, #0
1: strd   r2, r3, [r0], #8
  cmp     r0, r1
  blo     1b
  mov     r0, r4
  bl      boot_arguments
  bl      mmu_init
  bl      main
2: wfi
  b       2b
  .ltorg

  .text
@ u32 enter_user(entry, stack): runs USR mode until it leaves; returns its status.
  .global enter_user
  .type   enter_user, %function
enter_user:
  push    {r4-r11, lr}
  ldr     r3, =kernel_sp
  str     sp, [r3]
  cpsid   i
  cps     #0x1f
  mov     sp, r1
  cps     #0x13
  mov     r2, #0x10
  tst     r0, #1
  orrne   r2, r2, #0x20
  bic     lr, r0, #1
  msr     spsr_cxsf, r2
  movs    pc, lr

@ void leave_user(status): from the handler of an exception of USR mode back into enter_user's caller.
  .global leave_user
  .type   leave_user, %function
leave_user:
  ldr     r3, =kernel_sp
  ldr     sp, [r3]
  cpsie   i
  pop     {r4-r11, pc}
  .ltorg

  .bss
  .balign 4
kernel_sp:
  .skip   4
