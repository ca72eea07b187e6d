/**
 * What of Linux's console may differ between this machine and QEMU's `virt` with a Cortex-A57: times, and hardware that only
 * one of them has or that is another model.
 */
const mayDiffer: readonly { readonly line: RegExp; readonly because: string }[] = [
  { line: /^NUMA: NODE_DATA /, because: 'below the device tree, whose size is another' },
  { line: /^Memory: .* reserved/, because: 'the size of the device tree is reserved memory' },
  { line: /^psci: (PSCIv1\.|SMC Calling Convention )/, because: 'PSCI 1.0 and SMCCC 1.1 here, 1.1 and 1.0 there' },
  { line: /^GICv3: \d+ SPIs implemented/, because: 'QEMU takes the private interrupts off twice' },
  { line: /^GICv2m: /, because: 'no messages as interrupts of a GICv2' },
  { line: /^(ITS[@ ]|GICv3: (CPU0: )?using .*LPI )/, because: 'no ITS' },
  { line: /^(Platform MSI|PCI\/MSI|fsl-mc MSI): .*its@/, because: 'no ITS' },
  { line: /^CPU features: detected: 32-bit EL[01] Support/, because: 'the guest is not shown AArch32' },
  { line: /^audit: type=2000 audit\(/, because: 'stamped with the time, and printed by a thread of its own' },
  { line: /^9000000\.pl011: ttyAMA0 at MMIO /, because: 'r1p5 of the PL011 here' },
  { line: /PMU driver/, because: 'the guest is not shown the PMU' },
  { line: /^(pl061_gpio |input: gpio-keys | *\d+: +\d+ +9030000\.pl061 )/, because: 'no GPIO' },
  { line: /^(pci|pci_bus|pci-host-generic|pcieport|PCI: bus0)[ :]/, because: 'no PCI' },
  { line: /^hw-breakpoint: (found|maximum|debug architecture) /, because: 'ARMv7 debug registers are not there' },
  { line: /^rtc-pl031 .*setting system clock/, because: 'some seconds pass before the kernel looks' },
  { line: /^\s*\d+:\s+\d+\s+(GICv3|GIC-0) /, because: 'counts of interrupts, and the numbers of those with a driver' },
  { line: /^\d+$/, because: 'the number of files in /sys, and so of devices' },
  { line: /^node 0 deferred pages initialised in \d+ms/, because: 'a time' },
];

/** What an ARMv7 kernel tells of its processor: a Cortex-A15, or a Cortex-A57 in AArch32 state. */
export const ofTheProcessor: readonly RegExp[] = [
  /^CPU: ARMv7 Processor /,
  /^CPU0: Spectre v2: firmware did not set auxiliary control register IBE bit/,
  // The kernel knows the Cortex-A15's efficiency, and so wants its clock.
  /^\/cpus\/cpu@0 missing clock-frequency property/,
  /^VFP support v0\.3: /,
  /^ThumbEE CPU extension supported/,
  /^Features\t: /,
  /^CPU (variant|part)\t: /,
];

/** Printed by a kernel thread beside the boot: they must be there, but anywhere. */
const ofOtherThreads: readonly RegExp[] = [/^Freeing initrd memory: /];

/** The lines to compare: without times, without what may differ (`others` too), and apart those that have no fixed place. */
export function comparableLines(
  console: string,
  others: readonly RegExp[] = [],
): { readonly inOrder: string[]; readonly anywhere: string[] } {
  const ignored = [...mayDiffer.map(({ line }) => line), ...others];
  const lines = console
    .replaceAll('\r', '')
    .split('\n')
    .map((line) => line.replace(/^\[ *\d+\.\d+\] /, ''))
    .filter((line) => line !== '' && !ignored.some((pattern) => pattern.test(line)));
  const isOfOther = (line: string): boolean => ofOtherThreads.some((pattern) => pattern.test(line));
  return { inOrder: lines.filter((line) => !isOfOther(line)), anywhere: lines.filter(isOfOther).sort() };
}
