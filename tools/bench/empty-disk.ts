// QEMU keeps a machine's snapshots in a disk image, and its recordings go backwards from such a snapshot alone (QEMU
// docs/system/replay.rst, "Snapshotting"). An image without any content is a header and three tables (QEMU docs/interop/qcow2.txt).

const CLUSTER_BITS = 16;
const CLUSTER_BYTES = 1 << CLUSTER_BITS;
const DISK_BYTES = 16n * 1024n * 1024n;
/** The clusters, in their order. */
const clusters = { header: 0, refcountTable: 1, refcounts: 2, l1: 3 } as const;
const offsetOf = (cluster: number): bigint => BigInt(cluster * CLUSTER_BYTES);

/** An empty disk image, version 2 of qcow2. */
export function emptyDisk(): Buffer {
  const image = Buffer.alloc(Object.keys(clusters).length * CLUSTER_BYTES);
  image.write('QFI\xfb', 'latin1');
  image.writeUInt32BE(2, 4);
  image.writeUInt32BE(CLUSTER_BITS, 20);
  image.writeBigUInt64BE(DISK_BYTES, 24);
  // One entry of the level 1 table is for half a gibibyte.
  image.writeUInt32BE(1, 36);
  image.writeBigUInt64BE(offsetOf(clusters.l1), 40);
  image.writeBigUInt64BE(offsetOf(clusters.refcountTable), 48);
  image.writeUInt32BE(1, 56);
  image.writeBigUInt64BE(offsetOf(clusters.refcounts), Number(offsetOf(clusters.refcountTable)));
  for (const cluster of Object.values(clusters))
    image.writeUInt16BE(1, Number(offsetOf(clusters.refcounts)) + 2 * cluster);
  return image;
}
