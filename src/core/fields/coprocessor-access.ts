/** CPTR_EL2 and HCPTR: TFP is the one's, TCP10 and TASE are the other's. Arm ARM DDI 0487, D17.2.30; DDI 0406C, B4.1.61. */
export const Cptr = { tfp: 1 << 10, tcp10: 1 << 10, tase: 1 << 15, tcpac: 1 << 31 } as const;

/** CPACR_EL1 and CPACR: FPEN is cp10 there. Arm ARM DDI 0487, D17.2.29; DDI 0406C, B4.1.40. */
export const Cpacr = { fpenShift: 20, fpen: 3 << 20, asedis: 1 << 31 } as const;

/** HSTR_EL2, HSTR: accesses to c15 of CP15, and ThumbEE and Jazelle of ARMv7. Arm ARM DDI 0406C, B4.1.73. */
export const Hstr = { t15: 1 << 15, ttee: 1 << 16, tjdbx: 1 << 17 } as const;

/** FPEXC. Arm ARM DDI 0406C, B4.1.57. */
export const Fpexc = { en: 1 << 30 } as const;
