/**
 * bhyve's capabilities (FreeBSD sys/arm64/include/vmm.h, enum vm_cap_type), by the names of libvmmapi: WFI is an exit, as HCR_EL2.TWI has it
 * (Arm ARM DDI 0487, D19.2.48); YIELD and WFE are none. BRK and software steps are the guest's own, and interrupts are never held back.
 */
export const capabilities = {
  hlt_exit: true,
  pause_exit: false,
  unrestricted_guest: true,
  brk_exit: false,
  ss_exit: false,
  mask_hwintr: false,
} as const;
