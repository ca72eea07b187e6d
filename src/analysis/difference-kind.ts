import type { RecordedEvent } from '../trace/codec/event-rows.ts';
import { EditKind, KvmClass, smcccName, sysregName } from '../trace/events/index.ts';
import type { DifferenceKind, HeaderDifference } from './headers.ts';

/** Ends of a run that who records decides, not the guest. */
const DECIDED: ReadonlySet<string> = new Set(['until', 'limit', 'interrupted']);
const INTERRUPT_CLASSES: ReadonlySet<number> = new Set([
  KvmClass.IRQ,
  KvmClass.FIQ,
  KvmClass.SERROR,
  KvmClass.EL1_SERROR,
]);
/** Registers of the generic timer, in both states. Arm ARM DDI 0487, D17.11. */
const TIMER_REGISTER = /^CNT/;

const INTERRUPT_EDITS: ReadonlySet<number> = new Set([
  EditKind.interrupt,
  EditKind.privateInterrupt,
  EditKind.irqAssert,
  EditKind.irqDeassert,
]);

/** What an input is to its guest: an edit stands for what it changes. */
export function kindOfInput(event: RecordedEvent): DifferenceKind {
  if (event.kind !== 'edit') return 'input';
  if (INTERRUPT_EDITS.has(event.what)) return 'interrupt';
  return event.what === EditKind.deviceRead ? 'device' : 'input';
}

/** What an event is about; undefined where it only shows that the guest does something else. */
function subjectOf(event: RecordedEvent): DifferenceKind | undefined {
  switch (event.kind) {
    case 'console-in':
    case 'external-in':
    case 'edit':
      return kindOfInput(event);
    case 'timer-program':
    case 'timer-fire':
    case 'idle-skip':
      return 'timer';
    case 'irq-line':
    case 'irq-inject':
    case 'irq-ack':
    case 'irq-eoi':
    case 'maintenance-irq':
    case 'sgi':
      return 'interrupt';
    case 'vcpu-turn':
      return 'schedule';
    case 'vm-exit':
      return INTERRUPT_CLASSES.has(event.kvmClass) ? 'interrupt' : undefined;
    case 'run-end':
      return DECIDED.has(event.outcome) ? 'end' : undefined;
    default:
      return undefined;
  }
}

/** What a read gave its guest, where two reads of the same gave different values. */
function answerOf(a: RecordedEvent, b: RecordedEvent): DifferenceKind | undefined {
  if (a.at !== b.at) return undefined;
  if (a.kind === 'mmio-read' && b.kind === 'mmio-read' && a.ipa === b.ipa) return 'device';
  if (a.kind === 'sysreg-read' && b.kind === 'sysreg-read' && a.encoding === b.encoding)
    return TIMER_REGISTER.test(sysregName(a.encoding)) ? 'timer' : undefined;
  if (a.kind === 'psci' && b.kind === 'psci' && a.functionId === b.functionId)
    return smcccName(a.functionId).startsWith('TRNG') ? 'entropy' : undefined;
  return undefined;
}

/** By which kinds an event is told apart first, where two say different ones: inputs bring about the rest. */
const ORDER: readonly DifferenceKind[] = ['input', 'device', 'entropy', 'interrupt', 'timer', 'schedule', 'end'];

/**
 * What kind of thing two different events are: a missing one is that of a side that has ended. Where they only show that the guest
 * does something else with the same inputs, it is the emulator's semantics.
 */
export function kindOfEvents(a: RecordedEvent | undefined, b: RecordedEvent | undefined): DifferenceKind {
  if (a === undefined || b === undefined) return 'end';
  const answer = answerOf(a, b);
  if (answer !== undefined) return answer;
  const kinds = [subjectOf(a), subjectOf(b)];
  return ORDER.find((kind) => kinds.includes(kind)) ?? 'semantics';
}

/** What kind of difference came first: one of the headers, from which a run follows, else one of the events. */
export function firstKind(headers: readonly HeaderDifference[], ofEvents: () => DifferenceKind): DifferenceKind {
  return headers.find(({ what }) => what !== 'producer')?.kind ?? ofEvents();
}
