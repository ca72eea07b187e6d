/** What is conspicuous in a run, and what can be done: rules of thumb, as data. */

/** When a rule has something to say: all of these must hold. */
export interface Threshold {
  /** Of the events of `of`, 0..1. */
  readonly share?: number;
  readonly count?: number;
  /** Of virtual time, idle time included. */
  readonly perSecond?: number;
  /** So many with the same `key` within so many nanoseconds, once at least. */
  readonly burst?: { readonly count: number; readonly ns: number };
}

/** A rule of thumb. Texts may have {count}, {share}, {perSecond}, {top}, {topShare} (of the events, that of the most frequent `by`) and {burst}. */
export interface AdviceRule {
  readonly id: string;
  readonly level: 'info' | 'warning' | 'serious';
  /** `events`: it follows from the events themselves. `likely`: they look so, and something else may be the cause. */
  readonly certainty: 'events' | 'likely';
  /** Rows of a table, in the language of `check` (docs/check.md). */
  readonly count: Readonly<Record<string, unknown>>;
  /** What the share is of; exits, where nothing is said. */
  readonly of?: Readonly<Record<string, unknown>>;
  readonly when: Threshold;
  /** The column whose most frequent value is named. */
  readonly by?: string;
  /** The column whose values are counted apart in a burst. */
  readonly key?: string;
  readonly title: string;
  readonly text: string;
  readonly advice: string;
}

const pl011 = { table: 'exits', device: 'pl011' };
const trapped = (register: string | readonly string[]) => ({ table: 'exits', register });

/**
 * Sources of what they say: Linux Documentation/admin-guide/kernel-parameters.txt (console, earlycon, loglevel, nohlt), Documentation/virt/kvm/arm,
 * drivers/tty/serial/amba-pl011.c, drivers/tty/hvc, kernel/irq; Arm ARM DDI 0487 (CNTHCTL_EL2, HCR_EL2, ESR_EL2.ISV); Arm DEN0022 (PSCI).
 */
export const adviceRules: readonly AdviceRule[] = [
  {
    id: 'uart-output',
    level: 'warning',
    certainty: 'events',
    count: { ...pl011, access: 'write', register: 'UARTDR' },
    when: { share: 0.1, count: 500 },
    by: 'symbol',
    title: 'Console output is an exit a character',
    text: '{share} of exits ({count}) write a character to the PL011, {topShare} of them from {top}.',
    advice:
      'Give the guest a virtio console (console=hvc0), which takes a buffer an exit; or less output: quiet, loglevel=4, no earlycon, no ignore_loglevel.',
  },
  {
    id: 'uart-polling',
    level: 'warning',
    certainty: 'events',
    count: { ...pl011, access: 'read', register: 'UARTFR' },
    when: { share: 0.1, count: 500 },
    by: 'symbol',
    title: 'The guest polls the UART',
    text: '{share} of exits ({count}) read UARTFR to see whether there is room, {topShare} of them from {top}. The FIFO of an emulated PL011 is never full for long: each of these exits is in vain.',
    advice:
      'A virtio console needs none of them. A kernel console polls always (earlycon, printk); user land that writes to the tty goes by interrupts.',
  },
  {
    id: 'uart-interrupts',
    level: 'info',
    certainty: 'events',
    count: { ...pl011, access: 'write', register: ['UARTIMSC', 'UARTICR', 'UARTCR'] },
    when: { share: 0.02, count: 200 },
    by: 'symbol',
    title: 'The UART is masked and unmasked for each piece of output',
    text: '{share} of exits ({count}) write to the PL011’s masks and control register, {topShare} of them from {top}.',
    advice: 'Console writes save and restore UARTCR each time: fewer and longer lines cost less.',
  },
  {
    id: 'counter-reads',
    level: 'warning',
    certainty: 'events',
    count: trapped(['CNTPCT*', 'CNTVCT*']),
    when: { share: 0.05, count: 100 },
    by: 'symbol',
    title: 'Reading the time is an exit',
    text: '{share} of exits ({count}) are reads of a counter, {topShare} of them from {top}.',
    advice:
      'Let the guest read the counters (CNTHCTL_EL2.EL1PCTEN; here --timer-policy direct), and apply an offset (CNTVOFF_EL2, CNTPOFF_EL2) in place of a trap.',
  },
  {
    id: 'timer-traps',
    level: 'warning',
    certainty: 'events',
    count: trapped(['CNTP_CTL*', 'CNTP_CVAL*', 'CNTP_TVAL*', 'CNTV_CTL*', 'CNTV_CVAL*', 'CNTV_TVAL*']),
    when: { share: 0.05, count: 100 },
    by: 'register',
    title: 'Programming a timer is an exit',
    text: '{share} of exits ({count}) are accesses to timer registers, {topShare} of them to {top}.',
    advice:
      'The virtual timer needs no trap: a guest that finds it in its device tree or ACPI table should take it (Linux does, unless it runs at EL2). Here: --timer-policy direct.',
  },
  {
    id: 'timer-rate',
    level: 'info',
    certainty: 'events',
    count: { table: 'timers', event: 'timer-fire' },
    of: { table: 'timers' },
    when: { perSecond: 1200, count: 200 },
    by: 'timer',
    title: 'Timers fire often',
    text: 'Timers fired {count} times, {perSecond} a second of virtual time, most of them the {top} one.',
    advice:
      'A tick of 1000 Hz, or high-resolution timers of user land: CONFIG_HZ=100 or 250, nohz=on, and larger timer slack.',
  },
  {
    id: 'interrupt-masking',
    level: 'warning',
    certainty: 'likely',
    count: {
      table: 'exits',
      access: 'write',
      register: ['GIC*_ISENABLER*', 'GIC*_ICENABLER*', 'GIC*_ISACTIVER*', 'GIC*_ICACTIVER*', 'GIC*_ICPENDR*'],
    },
    when: { share: 0.05, count: 200 },
    by: 'symbol',
    title: 'Interrupts are enabled and disabled at the distributor',
    text: '{share} of exits ({count}) write to the GIC’s enable, pending and active registers, {topShare} of them from {top}.',
    advice:
      'Each is an exit, and disabling waits for GICD_CTLR.RWP. Threaded handlers without IRQF_ONESHOT need, disable_irq() in hot paths, and level interrupts that nobody clears do this.',
  },
  {
    id: 'distributor',
    level: 'info',
    certainty: 'events',
    count: { table: 'exits', device: 'gic*' },
    when: { share: 0.15, count: 500 },
    by: 'register',
    title: 'Much of the run is set-up of the interrupt controller',
    text: '{share} of exits ({count}) are accesses to the GIC’s frames, {topShare} of them to {top}.',
    advice:
      'A GIC with fewer SPIs (GICD_TYPER.ITLinesNumber) is set up with fewer accesses: a register of each kind for 32, 16 or 4 of them.',
  },
  {
    id: 'sgis',
    level: 'info',
    certainty: 'events',
    count: { table: 'irqs', event: 'sgi' },
    of: { table: 'exits' },
    when: { share: 0.05, count: 200 },
    by: 'intid',
    title: 'vCPUs interrupt each other often',
    text: '{count} SGIs were sent, one for each {share} of exits; most are INTID {top}.',
    advice:
      'Wake-ups and TLB shoot-downs across vCPUs: pin tasks, give fewer vCPUs, or let the host deliver them (GICv4.1 virtual SGIs).',
  },
  {
    id: 'waiting',
    level: 'info',
    certainty: 'likely',
    count: { table: 'exits', class: 'WFx' },
    when: { share: 0.2, count: 200 },
    by: 'symbol',
    title: 'The guest falls asleep and wakes up again and again',
    text: '{share} of exits ({count}) are WFI or WFE, {perSecond} a second of virtual time, {topShare} of them from {top}.',
    advice:
      'Where vCPUs have cores of their own, do not trap WFI (HCR_EL2.TWI); otherwise poll a little before a vCPU is put to sleep (KVM’s halt_poll_ns, the guest’s haltpoll governor).',
  },
  {
    id: 'stage2-by-page',
    level: 'warning',
    certainty: 'events',
    count: { table: 'stage2', bytes: { max: 16384 } },
    of: { table: 'exits' },
    when: { share: 0.1, count: 1000 },
    title: 'Memory is mapped page by page',
    text: '{count} pages of at most 16 KiB were mapped at their first use, each by an exit: {share} of all.',
    advice:
      'Back the guest with huge pages (transparent or hugetlbfs; stage 2 blocks of 2 MiB or 1 GiB), or map its memory before it starts (bhyve -S, memory prealloc).',
  },
  {
    id: 'maintenance',
    level: 'info',
    certainty: 'events',
    count: { table: 'irqs', event: 'maintenance-irq' },
    of: { table: 'irqs', event: 'irq-inject' },
    when: { share: 0.5, count: 100 },
    title: 'Interrupts bring maintenance interrupts',
    text: '{count} maintenance interrupts, {share} of the interrupts that were placed in list registers: each is an exit more.',
    advice:
      'They are asked for level interrupts (ICH_LR.EOI) and where list registers are short (ICH_HCR_EL2.UIE). Read list registers back at the next exit instead, or use hardware-mapped interrupts (ICH_LR.HW) for the timer.',
  },
  {
    id: 'interrupt-storm',
    level: 'serious',
    certainty: 'likely',
    count: { table: 'irqs', event: 'irq-ack' },
    of: { table: 'exits' },
    when: { burst: { count: 100, ns: 1_000_000 } },
    by: 'intid',
    key: 'intid',
    title: 'An interrupt comes again and again',
    text: 'One INTID was taken {burst} times within a millisecond of virtual time; {topShare} of all {count} are INTID {top}.',
    advice:
      'A level interrupt whose cause nobody clears, or a device without moderation. "hypertape profile --interrupts" shows its life.',
  },
  {
    id: 'fp-identification',
    level: 'info',
    certainty: 'events',
    count: { table: 'sysregs', register: ['MVFR*', 'FPSID'] },
    of: { table: 'exits' },
    when: { share: 0.01, count: 50 },
    by: 'symbol',
    title: 'The guest asks what its floating point unit is, often',
    text: '{share} of exits ({count}) read MVFR0 to MVFR2, {topShare} of them from {top}.',
    advice:
      'Linux on ARMv7 reads MVFR0 at each change of the VFP’s owner: HCR_EL2.TID3 makes that an exit. An ARMv7 hypervisor, or one that leaves TID3 clear, has none.',
  },
  {
    id: 'fp-traps',
    level: 'warning',
    certainty: 'events',
    count: { table: 'exits', class: 'FP_ASIMD' },
    when: { share: 0.02, count: 50 },
    by: 'symbol',
    title: 'Floating point is switched lazily by the hypervisor',
    text: '{share} of exits ({count}) are the first use of FP or SIMD registers, {topShare} of them from {top}.',
    advice:
      'Switch these registers with the rest of the state, or keep them while the same vCPU goes on (CPTR_EL2.FPEN).',
  },
  {
    id: 'identification',
    level: 'info',
    certainty: 'events',
    count: trapped(['ID_*', 'MIDR*', 'MPIDR*', 'CTR*', 'CCSIDR*', 'CLIDR*', 'CSSELR*']),
    when: { share: 0.05, count: 500 },
    by: 'register',
    title: 'Feature registers are read often',
    text: '{share} of exits ({count}) read what the processor is, {topShare} of them {top}.',
    advice:
      'User land’s reads (MRS emulation) and cache set-up come here: traps by HCR_EL2.TID2 and TID3 that a hypervisor may do without where host and guest agree.',
  },
  {
    id: 'debug-registers',
    level: 'info',
    certainty: 'likely',
    count: trapped(['OSLAR*', 'OSLSR*', 'OSDLR*', 'MDSCR*', 'DBG*']),
    when: { share: 0.02, count: 100 },
    by: 'register',
    title: 'Debug registers trap',
    text: '{share} of exits ({count}) are accesses to debug registers, {topShare} of them to {top}.',
    advice: 'Trap them (MDCR_EL2.TDA, TDOSA) until the guest first uses them, then switch them with its state.',
  },
  {
    id: 'no-syndrome',
    level: 'warning',
    certainty: 'events',
    count: { table: 'exits', class: 'DABT_LOW', bhyve: 'INST_EMUL', size: null },
    when: { count: 1 },
    by: 'symbol',
    title: 'Device accesses without a syndrome',
    text: '{count} accesses to devices have no valid syndrome (ESR_EL2.ISV is 0), {topShare} of them from {top}: instructions with writeback, pairs, SIMD registers.',
    advice:
      'KVM does not emulate them (KVM_EXIT_ARM_NISV, or an abort), here they are decoded. Access devices with plain loads and stores: readl(), writel().',
  },
  {
    id: 'calls',
    level: 'info',
    certainty: 'events',
    count: { table: 'psci', event: 'psci' },
    of: { table: 'exits' },
    when: { share: 0.05, count: 200 },
    by: 'function',
    title: 'Many calls of the hypervisor',
    text: '{count} SMCCC calls, {share} of exits, {topShare} of them {top}.',
    advice:
      'Mitigations (SMCCC_ARCH_WORKAROUND), TRNG and paravirtual time come as calls; those that always answer the same can be answered once.',
  },
  {
    id: 'psci-polling',
    level: 'warning',
    certainty: 'likely',
    count: { table: 'psci', function: 'AFFINITY_INFO' },
    of: { table: 'psci', event: 'psci' },
    when: { count: 20 },
    by: 'function',
    title: 'A vCPU waits for another one by asking',
    text: '{count} calls of AFFINITY_INFO: one vCPU polls for another to go off.',
    advice:
      'The other one should have called CPU_OFF: see where it is ("hypertape where", "hypertape profile --by vcpu").',
  },
  {
    id: 'cpu-on-failed',
    level: 'serious',
    certainty: 'events',
    count: { table: 'psci', function: 'CPU_ON', result: { min: '0x80000000' } },
    of: { table: 'psci', function: 'CPU_ON' },
    when: { count: 1 },
    by: 'result',
    title: 'A vCPU was not started',
    text: '{count} calls of CPU_ON failed, most with {top} (Arm DEN0022, 5.2.2).',
    advice:
      'The device tree has more CPUs than the machine, or names one that runs already: --smp N, and no nr_cpus beyond it.',
  },
  {
    id: 'clock-polling',
    level: 'info',
    certainty: 'events',
    count: { table: 'exits', device: 'pl031', access: 'read' },
    when: { share: 0.02, count: 50 },
    by: 'symbol',
    title: 'The real-time clock is read often',
    text: '{share} of exits ({count}) read the PL031, {topShare} of them from {top}.',
    advice: 'It counts seconds: the system counter is what measures time, without an exit.',
  },
];
