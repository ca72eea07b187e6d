@ Entered as FreeBSD/armv7 is: MMU off, R0 the virtual address of the metadata. Maps what sys/arm/arm/locore-v6.S does, and runs there.
  .syntax unified
  .arch armv7ve
  .arm
  .section .start, "ax"
  .global _start
_start:
  mov     r7, r0
  mov     r8, r1
  mov     r9, r2
  mov     r10, r3
  adr     r4, _start
  ldr     r5, =_start
  sub     r4, r4, r5                @ physical less virtual
  ldr     r5, =kernbase
  add     r11, r5, r4               @ where the virtual base lies
  ldr     r6, =table
  add     r6, r6, r4
  @ Sections of 1 MiB where they lie: devices below 1 GiB, normal memory above.
  ldr     r0, =0xc06
  ldr     r1, =0x1c0e
  mov     r2, #0
1:
  cmp     r2, #1024
  moveq   r0, r1
  orr     r3, r0, r2, lsl #20
  str     r3, [r6, r2, lsl #2]
  add     r2, r2, #1
  cmp     r2, #3072
  bne     1b
  @ 64 MiB at the virtual base.
  orr     r3, r11, r1
  mov     r0, #64
  add     r2, r6, r5, lsr #18
2:
  str     r3, [r2], #4
  add     r3, r3, #0x100000
  subs    r0, r0, #1
  bne     2b
  mov     r0, #0
  mcr     p15, 0, r0, c2, c0, 2     @ TTBCR
  mov     r0, #1
  mcr     p15, 0, r0, c3, c0, 0     @ DACR
  mcr     p15, 0, r6, c2, c0, 0     @ TTBR0
  mcr     p15, 0, r0, c8, c7, 0     @ TLBIALL
  dsb
  isb
  mrc     p15, 0, r0, c1, c0, 0
  ldr     r1, =0x1005
  orr     r0, r0, r1
  mcr     p15, 0, r0, c1, c0, 0
  isb
  ldr     pc, =virtual
virtual:
  ldr     sp, =stack_top
  mov     r0, r7
  mov     r1, r8
  mov     r2, r9
  mov     r3, r10
  push    {r11, r12}                @ the fifth argument; the stack stays a multiple of 8
  bl      main
  .ltorg

  .global system_off
  .type system_off, %function
system_off:
  ldr     r0, =0x84000008
  .arch_extension virt
  hvc     #0
  b       .
  .ltorg

  .bss
  .balign 16384
table:
  .skip   16384
stack:
  .skip   8192
stack_top:
