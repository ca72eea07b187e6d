import { readSystem64, writeSystem64 } from './a64.fixture.ts';
import type { Code, Isa } from './isa.fixture.ts';

/** How a test guest uses its interrupt controller. Registers 6 and 7 are for its own use. */
export interface Gic {
  /** Lets one interrupt, and all that are enabled so, through to the CPU, which is a vCPU of this number. */
  enable(isa: Isa, intid: number, vcpu?: number): Code;
  acknowledge(isa: Isa, t: number): Code;
  end(isa: Isa, t: number): Code;
  /** A software-generated interrupt to the sender itself. */
  sendSgi(isa: Isa, intid: number): Code;
}

const DISTRIBUTOR = 0x0800_0000;
const CPU_INTERFACE = 0x0801_0000;
const SGI_FRAME = 0x080b_0000;
/** Of one redistributor to the next. */
const REDISTRIBUTOR_BYTES = 0x2_0000;
const ISENABLER = 0x100;

const poke = (isa: Isa, at: number, value: number): Code => [
  ...isa.li(7, at),
  ...isa.li(6, value),
  ...isa.store({ t: 6, n: 7, size: 4 }),
];
const enableAt = (isa: Isa, frame: number, intid: number): Code =>
  poke(isa, frame + ISENABLER + 4 * Math.floor(intid / 32), (1 << (intid % 32)) >>> 0);

/** GICv3: interrupts in Group 1, as they are at reset; the CPU interface by system registers. */
export const gicV3: Gic = {
  enable: (isa, intid, vcpu = 0) => [
    ...poke(isa, DISTRIBUTOR, 2),
    ...enableAt(isa, intid < 32 ? SGI_FRAME + REDISTRIBUTOR_BYTES * vcpu : DISTRIBUTOR, intid),
    ...isa.li(6, 0xff),
    ...writeSystem64([3, 0, 4, 6, 0], 6),
    ...isa.li(6, 1),
    ...writeSystem64([3, 0, 12, 12, 7], 6),
  ],
  acknowledge: (_isa, t) => readSystem64([3, 0, 12, 12, 0], t),
  end: (_isa, t) => writeSystem64([3, 0, 12, 12, 1], t),
  sendSgi: (isa, intid) => [...isa.li(6, (intid << 24) | 1), ...writeSystem64([3, 0, 12, 11, 5], 6)],
};

/** GICv2: interrupts in Group 0, as they are at reset; the CPU interface in memory. */
export const gicV2: Gic = {
  enable: (isa, intid) => [
    ...poke(isa, DISTRIBUTOR, 1),
    ...enableAt(isa, DISTRIBUTOR, intid),
    ...poke(isa, CPU_INTERFACE + 4, 0xff),
    ...poke(isa, CPU_INTERFACE, 1),
  ],
  acknowledge: (isa, t) => [...isa.li(7, CPU_INTERFACE), ...isa.load({ t, n: 7, size: 4, offset: 0xc })],
  end: (isa, t) => [...isa.li(7, CPU_INTERFACE), ...isa.store({ t, n: 7, size: 4, offset: 0x10 })],
  sendSgi: (isa, intid) => poke(isa, DISTRIBUTOR + 0xf00, (2 << 24) | intid),
};
