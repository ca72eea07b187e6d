/** Words of a Xen hypervisor's image: its banner's format, and what it says where EL2 is missing (xen/arch/arm/arm64/head.S). */
const xenWords = ['Xen version %d.%d', '- Xen must be entered in '];

/** Is the image that of a hypervisor, which cannot run without EL2? */
export function isHypervisor(image: Uint8Array): boolean {
  const bytes = Buffer.from(image.buffer, image.byteOffset, image.byteLength);
  return xenWords.some((text) => bytes.includes(text));
}
