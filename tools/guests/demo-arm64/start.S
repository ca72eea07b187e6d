// Entry at EL1 with the MMU off.
  .section .start, "ax"
  .global start
start:
  msr     daifset, #15
  // The device tree (Linux Documentation/arch/arm64/booting.rst).
  mov     x19, x0
  adrp    x0, stack_top
  add     sp, x0, :lo12:stack_top
  adrp    x0, vectors
  add     x0, x0, :lo12:vectors
  msr     vbar_el1, x0
  // FP is off until its first use traps.
  msr     cpacr_el1, xzr
  isb
  adrp    x0, bss_start
  add     x0, x0, :lo12:bss_start
  adrp    x1, bss_end
  add     x1, x1, :lo12:bss_end
1: stp    xzr, xzr, [x0], #16
  cmp     x0, x1
  b.lo    1b
  mov     x0, x19
  bl      boot_arguments
  bl      mmu_init
  bl      main
2: wfi
  b       2b

  .text
// u64 enter_user(entry, stack): runs EL0 until it leaves; returns its status.
  .global enter_user
enter_user:
  stp     x29, x30, [sp, #-96]!
  stp     x19, x20, [sp, #16]
  stp     x21, x22, [sp, #32]
  stp     x23, x24, [sp, #48]
  stp     x25, x26, [sp, #64]
  stp     x27, x28, [sp, #80]
  mov     x9, sp
  adrp    x10, kernel_sp
  str     x9, [x10, :lo12:kernel_sp]
  msr     daifset, #2
  msr     elr_el1, x0
  msr     sp_el0, x1
  msr     spsr_el1, xzr
  eret

// void leave_user(status): from the handler of EL0's exception back into enter_user's caller.
  .global leave_user
leave_user:
  adrp    x10, kernel_sp
  ldr     x9, [x10, :lo12:kernel_sp]
  mov     sp, x9
  ldp     x19, x20, [sp, #16]
  ldp     x21, x22, [sp, #32]
  ldp     x23, x24, [sp, #48]
  ldp     x25, x26, [sp, #64]
  ldp     x27, x28, [sp, #80]
  ldp     x29, x30, [sp], #96
  msr     daifclr, #2
  ret

  .bss
  .balign 8
kernel_sp:
  .skip   8
