// Entered as FreeBSD/arm64 is: MMU off, X0 the virtual address of the metadata. Maps what sys/arm64/arm64/locore.S does, and runs there.
  .section .start, "ax"
  .global _start
_start:
  mov     x19, x0
  mov     x20, x1
  mov     x21, x2
  mov     x22, x3
  adr     x23, _start
  ldr     x9, =_start
  sub     x23, x23, x9              // physical less virtual
  ldr     x9, =kernbase
  add     x24, x9, x23              // where the virtual base lies
  adrp    x10, level0
  adrp    x11, level1
  adrp    x12, level2
  adrp    x13, level1_low
  orr     x14, x11, #3
  str     x14, [x10]
  orr     x14, x12, #3
  str     x14, [x11]
  // Blocks of 2 MiB, normal memory, accessed: up to two behind the metadata.
  sub     x15, x19, x9
  ldr     x16, =(3 * 0x200000 - 1)
  add     x15, x15, x16
  lsr     x15, x15, #21
  mov     x16, #0x705
  orr     x14, x24, x16
1:
  str     x14, [x12], #8
  add     x14, x14, #0x200000
  subs    x15, x15, #1
  b.ne    1b
  // Below: 1 GiB of devices, and this code where it lies.
  ldr     x14, =0x60000000000401
  str     x14, [x13]
  mov     x14, #0x40000000
  orr     x14, x14, x16
  str     x14, [x13, #8]
  mov     x14, #0xff00
  msr     mair_el1, x14
  // T0SZ 25, T1SZ 16, 4 KiB granules, write-back inner-shareable walks, 40 bits of PA.
  ldr     x14, =(25 | 16 << 16 | 1 << 8 | 1 << 10 | 3 << 12 | 1 << 24 | 1 << 26 | 3 << 28 | 2 << 30 | 2 << 32)
  msr     tcr_el1, x14
  msr     ttbr0_el1, x13
  msr     ttbr1_el1, x10
  tlbi    vmalle1
  dsb     nsh
  isb
  mrs     x14, sctlr_el1
  mov     x15, #0x1005
  orr     x14, x14, x15
  msr     sctlr_el1, x14
  isb
  ldr     x14, =virtual
  br      x14
virtual:
  ldr     x14, =stack_top
  mov     sp, x14
  mov     x0, x19
  mov     x1, x20
  mov     x2, x21
  mov     x3, x22
  mov     x4, x24
  bl      main
  .ltorg

  .global system_off
system_off:
  ldr     w0, =0x84000008
  hvc     #0
  b       .

  .bss
  .balign 4096
level0:
  .skip   4096
level1:
  .skip   4096
level2:
  .skip   4096
level1_low:
  .skip   4096
stack:
  .skip   8192
stack_top:
