import type { Board } from './board.ts';

/** The motherboard of Arm's Fixed Virtual Platforms, in the RS1 memory map (Linux arch/arm64/boot/dts/arm/rtsm_ve-motherboard.dtsi), and its clocks. */
export const fvpMotherboard = {
  apbHz: 24_000_000,
  console: 'pl011',
  pl011: { base: 0x1c09_0000, size: 0x1000, intid: 37 },
  otherPl011s: [
    { base: 0x1c0a_0000, size: 0x1000, intid: 38 },
    { base: 0x1c0b_0000, size: 0x1000, intid: 39 },
    { base: 0x1c0c_0000, size: 0x1000, intid: 40 },
  ],
  pl031: { base: 0x1c17_0000, size: 0x1000, intid: 36 },
  sp804: {
    timclkHz: 1_000_000,
    places: [
      { base: 0x1c11_0000, size: 0x1000, intid: 34 },
      { base: 0x1c12_0000, size: 0x1000, intid: 35 },
    ],
  },
} as const satisfies Partial<Board>;
