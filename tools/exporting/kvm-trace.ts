import type { RecordedEvent } from '../../src/trace/codec/event-rows.ts';
import { IrqSource, KvmClass, sysregName } from '../../src/trace/events/index.ts';
import { grouped } from '../session/event-lines.ts';
import { Entries, type Entry } from './entries.ts';
import {
  kvmEntry,
  kvmExit,
  kvmGuestFault,
  kvmHandleSysReg,
  kvmHvc,
  kvmIrqLine,
  kvmMmio,
  kvmSysAccess,
  kvmTimerRestoreState,
  kvmTimerUpdateIrq,
  kvmUserspaceExit,
  kvmWfx,
  type Tracepoint,
  type TraceValues,
  vgicUpdateIrqPending,
} from './kvm-tracepoints.ts';

type Exit = Extract<RecordedEvent, { kind: 'vm-exit' }>;

/** A tracepoint that KVM would have passed. */
export interface TraceRecord {
  readonly at: number;
  readonly vcpu: number;
  readonly point: Tracepoint;
  readonly values: TraceValues;
}

const FIRST_SPI = 32;
const KVM_ARM_IRQ_TYPE = { spi: 1, ppi: 2 } as const;
const MMIO = { read: 1, write: 2 } as const;
const KVM_EXIT_SYSTEM_EVENT = 24;
/** Classes that KVM hands to its tables of system and coprocessor registers. */
const SYSREG: ReadonlySet<number> = new Set([
  KvmClass.SYS64,
  KvmClass.CP15_32,
  KvmClass.CP15_64,
  KvmClass.CP14_MR,
  KvmClass.CP14_64,
]);
const HVC: ReadonlySet<number> = new Set([KvmClass.HVC64, KvmClass.HVC32]);

/**
 * What a host's trace of KVM would show of a tape's events, in the order of a host: exit, what was done about it, entry. Events that KVM
 * has no tracepoint for are left out.
 */
export function* kvmTrace(events: Iterable<RecordedEvent>): Generator<TraceRecord> {
  const entries = new Entries();
  for (const group of grouped(callsFirst(events))) {
    for (const event of group) {
      for (const entry of entries.before(event)) yield entered(entry);
      if (event.kind === 'vm-exit') yield* exited(event, group[1]);
      else yield* handled(event);
    }
  }
  for (const entry of entries.end()) yield entered(entry);
}

/** The call that powers off is told of when it has: on a host it comes first. */
function* callsFirst(events: Iterable<RecordedEvent>): Generator<RecordedEvent> {
  let held: RecordedEvent | undefined;
  for (const event of events) {
    const isCause = event.kind === 'psci' && held?.at === event.at && held.vcpu === event.vcpu;
    if (isCause) yield event;
    if (held !== undefined) yield held;
    held = undefined;
    if (event.kind === 'suspend') held = event;
    else if (!isCause) yield event;
  }
  if (held !== undefined) yield held;
}

const entered = ({ at, vcpu, pc }: Entry): TraceRecord => ({ at, vcpu, point: kvmEntry, values: { vcpu_pc: pc } });

/** ARM_EXCEPTION_*. */
function exceptionOf(kvmClass: number): number {
  if (kvmClass === KvmClass.EL1_SERROR) return 1;
  if (kvmClass === KvmClass.IL) return 3;
  return kvmClass < KvmClass.IRQ ? 2 : 0;
}

function* exited(exit: Exit, done: RecordedEvent | undefined): Generator<TraceRecord> {
  const { at, vcpu, pc, kvmClass, esr, far, hpfar } = exit;
  const record = (point: Tracepoint, values: TraceValues): TraceRecord => ({ at, vcpu, point, values });
  const ret = exceptionOf(kvmClass);
  yield record(kvmExit, { ret, esr_ec: ret === 2 ? kvmClass : 0, vcpu_pc: pc });
  if (kvmClass === KvmClass.IABT_LOW || kvmClass === KvmClass.DABT_LOW)
    yield record(kvmGuestFault, { vcpu_pc: pc, hsr: esr, hxfar: far, ipa: hpfar });
  else if (kvmClass === KvmClass.WFx) yield record(kvmWfx, { vcpu_pc: pc, is_wfe: esr & 1 });
  else if (SYSREG.has(kvmClass)) yield record(kvmHandleSysReg, { hsr: esr });
  else if (HVC.has(kvmClass)) {
    const r0 = done?.kind === 'psci' ? done.functionId : 0;
    yield record(kvmHvc, { vcpu_pc: pc, r0, imm: esr & 0xffff });
  }
}

/** MCRR's opc1 has four bits. */
const isWide = (encoding: number): boolean => encoding >= 0xc000_0000;

function* handled(event: RecordedEvent): Generator<TraceRecord> {
  const { at, vcpu } = event;
  const record = (point: Tracepoint, values: TraceValues): TraceRecord => ({ at, vcpu, point, values });
  switch (event.kind) {
    case 'mmio-read':
    case 'mmio-write': {
      const type = event.kind === 'mmio-read' ? MMIO.read : MMIO.write;
      yield record(kvmMmio, { type, len: event.size, gpa: event.ipa, val: event.value });
      return;
    }
    case 'sysreg-read':
    case 'sysreg-write': {
      const { encoding, pc } = event;
      const isWrite = event.kind === 'sysreg-write' ? 1 : 0;
      yield record(kvmSysAccess, {
        ...{ vcpu_pc: pc, is_write: isWrite, name: sysregName(encoding) },
        // KVM's own are coprocessor registers' too; they have no Op0.
        ...{ Op0: encoding > 0xffff ? 0 : encoding >>> 14, Op1: (encoding >>> 11) & (isWide(encoding) ? 15 : 7) },
        ...{ CRn: (encoding >>> 7) & 15, CRm: (encoding >>> 3) & 15, Op2: encoding & 7 },
      });
      return;
    }
    case 'irq-line': {
      const { intid, level, source } = event;
      if (source === IrqSource.timer) yield record(kvmTimerUpdateIrq, { vcpu_id: vcpu, irq: intid, level });
      else if (source === IrqSource.device || source === IrqSource.message) {
        const type = intid < FIRST_SPI ? KVM_ARM_IRQ_TYPE.ppi : KVM_ARM_IRQ_TYPE.spi;
        yield record(kvmIrqLine, { type, vcpu_idx: vcpu, irq_num: intid, level });
      }
      return;
    }
    case 'irq-inject':
      yield record(vgicUpdateIrqPending, { vcpu_id: vcpu, irq: event.intid, level: 1 });
      return;
    case 'timer-program':
      yield record(kvmTimerRestoreState, { ctl: event.ctl, cval: event.cval, timer_idx: event.timer });
      return;
    case 'suspend':
      yield record(kvmUserspaceExit, { reason: KVM_EXIT_SYSTEM_EVENT, errno: 0 });
      return;
    default:
  }
}
