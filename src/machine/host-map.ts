/** Where the emulated host has the virtual CPU interface of its GICv2 (GICV): beyond all memory that it could have. */
export const HOST_GICV = 0x1_0000_0000;
