/** Disks are counted in sectors of 512 bytes, whatever their blocks: virtio 1.2, 5.2.4. */
export const SECTOR_BYTES = 512;
