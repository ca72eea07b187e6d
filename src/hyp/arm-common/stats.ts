/** bhyve's counters of exits (sys/arm64/vmm/vmm.c, VMM_STAT), in its words. */
export const exitStats = {
  count: 'total number of vm exits',
  unknown: 'number of vmexits for the unknown exception',
  wfi: 'number of times wfi was intercepted',
  wfe: 'number of times wfe was intercepted',
  hvc: 'number of times hvc was intercepted',
  msr: 'number of times msr/mrs was intercepted',
  dataAbort: 'number of vmexits for a data abort',
  insnAbort: 'number of vmexits for an instruction abort',
  unhandledSync: 'number of vmexits for an unhandled synchronous exception',
  irq: 'number of vmexits for an irq',
  fiq: 'number of vmexits for an interrupt',
  brk: 'number of vmexits for a breakpoint exception',
  ss: 'number of vmexits for a single-step exception',
  unhandledEl2: 'number of vmexits for an unhandled EL2 exception',
  unhandled: 'number of vmexits for an unhandled exception',
} as const;
export type ExitStat = keyof typeof exitStats;
