/** CNT<x>_CTL. Arm ARM DDI 0487, D17.8. */
export const TimerCtl = { enable: 1 << 0, imask: 1 << 1, istatus: 1 << 2 } as const;

/** CNTKCTL_EL1, CNTKCTL: accesses of EL0. */
export const Cntkctl = { el0pcten: 1 << 0, el0vcten: 1 << 1, el0vten: 1 << 8, el0pten: 1 << 9 } as const;

/** CNTHCTL_EL2, CNTHCTL: accesses of EL1 and EL0; EL1TVT and EL1TVCT are FEAT_ECV's. */
export const Cnthctl = { el1pcten: 1 << 0, el1pcen: 1 << 1, el1tvt: 1 << 13, el1tvct: 1 << 14 } as const;
