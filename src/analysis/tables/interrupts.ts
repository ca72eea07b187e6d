import {
  irqAck,
  irqEoi,
  irqInject,
  irqLine,
  maintenanceIrq,
  sgi,
  timerFire,
  timerProgram,
} from '../../trace/events/index.ts';
import { type EventTableDecl, eventName, nameOf, nullable, numberOf, stamp, wordOf } from './event-table.ts';

/** What happens to interrupts. */
export const irqs: EventTableDecl = {
  name: 'irqs',
  about: 'something that happens to an interrupt: irq-line, irq-inject, irq-ack, irq-eoi, sgi, maintenance-irq',
  events: [irqLine, irqInject, irqAck, irqEoi, maintenanceIrq, sgi],
  columns: [
    ...stamp,
    eventName,
    nullable(numberOf('intid', 'BIGINT', 'intid', 'its INTID; none of a maintenance interrupt')),
    nullable(numberOf('level', 'INTEGER', 'level', 'irq-line: of the line')),
    nullable(
      nameOf('source', 'source', 'irq-line: who drives it: device, timer, guest, maintenance, monitor, message'),
    ),
    nullable(numberOf('lr', 'INTEGER', 'lr', 'irq-inject: number of the list register')),
    nullable(numberOf('priority', 'INTEGER', 'priority', 'irq-inject')),
    nullable(nameOf('state', 'state', 'irq-inject: ICH_LR<n>_EL2.State')),
    nullable(wordOf('targets', 'targets', 'sgi: a bit a vCPU')),
    nullable(numberOf('mode', 'INTEGER', 'mode', 'sgi: 0 the listed, 1 all but the sender, 2 the sender')),
    nullable(wordOf('misr', 'misr', 'maintenance-irq: ICH_MISR_EL2')),
  ],
};

/** Generic timers. */
export const timers: EventTableDecl = {
  name: 'timers',
  about: 'a timer that is programmed (timer-program), or whose condition is met (timer-fire)',
  events: [timerProgram, timerFire],
  columns: [
    ...stamp,
    eventName,
    nameOf('timer', 'timer', 'virtual, physical or hyp'),
    nullable(wordOf('ctl', 'ctl', 'timer-program: CNTx_CTL')),
    nullable(wordOf('cval', 'cval', 'timer-program: CNTx_CVAL, in ticks of the counter')),
    nullable(numberOf('intid', 'BIGINT', 'intid', 'timer-fire: the interrupt that it raises')),
  ],
};
