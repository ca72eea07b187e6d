import { event } from './event.ts';
import { bits32, named, u8, u32, u64 } from './field.ts';

/** Who drives an interrupt line; `message`: a device's write to GICD_SETSPI_NSR, an edge for which nothing falls again. */
export const IrqSource = { device: 0, timer: 1, guest: 2, maintenance: 3, monitor: 4, message: 5 } as const;
export type IrqSource = (typeof IrqSource)[keyof typeof IrqSource];
const irqSource = named({ 0: 'device', 1: 'timer', 2: 'guest', 3: 'maintenance', 4: 'monitor', 5: 'message' });

/** ICH_LR<n>_EL2.State. */
const listRegisterState = named({ 0: 'inactive', 1: 'pending', 2: 'active', 3: 'pending+active' });

/** Generic timers by their number on the tape. */
export const TimerId = { virtual: 0, physical: 1, hyp: 2 } as const;
export type TimerId = (typeof TimerId)[keyof typeof TimerId];
const timerId = named({ 0: 'virtual', 1: 'physical', 2: 'hyp' });

/** An interrupt line changed its level: the cause of an injection, whatever the guest then does with it. */
export const irqLine = event({
  tag: 0x30,
  name: 'irq-line',
  since: 1,
  fields: { intid: u32, level: u8, source: irqSource },
  text: (e) => `kvm_irq_line irq ${e.intid} level ${e.level} (${irqSource.show(e.source)})`,
});

/** An interrupt was placed in a list register: from here on the guest can take it. `state` as ICH_LR<n>_EL2.State. */
export const irqInject = event({
  tag: 0x31,
  name: 'irq-inject',
  since: 1,
  fields: { intid: u32, lr: u8, priority: u8, state: listRegisterState },
  text: (e) =>
    `vgic_update_irq_pending irq ${e.intid} lr ${e.lr} priority ${e.priority} ${listRegisterState.show(e.state)}`,
});

/** The guest acknowledged an interrupt (ICC_IAR1, GICC_IAR): its latency ends here. */
export const irqAck = event({ tag: 0x32, name: 'irq-ack', since: 1, fields: { intid: u32 } });

/** The guest completed an interrupt (EOIR, or DIR where EOImode is 1): it can be raised again. */
export const irqEoi = event({ tag: 0x33, name: 'irq-eoi', since: 1, fields: { intid: u32 } });

/** The virtual CPU interface asked the hypervisor for attention; `misr` is ICH_MISR_EL2 at that point. */
export const maintenanceIrq = event({ tag: 0x34, name: 'maintenance-irq', since: 1, fields: { misr: bits32 } });

/** A software-generated interrupt: `targets` a bit a vCPU, `mode` 0 = the listed, 1 = all but the sender, 2 = the sender (GICv2). */
export const sgi = event({ tag: 0x35, name: 'sgi', since: 1, fields: { intid: u32, targets: bits32, mode: u8 } });

/** A timer was programmed: where the deadline of a later interrupt comes from. */
export const timerProgram = event({
  tag: 0x38,
  name: 'timer-program',
  since: 1,
  fields: { timer: timerId, ctl: bits32, cval: u64 },
  text: (e) => `kvm_timer_restore_state ${timerId.show(e.timer)} ctl ${bits32.show(e.ctl)} cval ${u64.show(e.cval)}`,
});

/** A timer's condition was met and its interrupt raised. */
export const timerFire = event({
  tag: 0x39,
  name: 'timer-fire',
  since: 1,
  fields: { timer: timerId, intid: u32 },
  text: (e) => `kvm_timer_update_irq ${timerId.show(e.timer)} irq ${e.intid} level 1`,
});
