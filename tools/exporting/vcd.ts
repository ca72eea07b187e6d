import type { RecordedEvent } from '../../src/trace/codec/event-rows.ts';
import { TimerId } from '../../src/trace/events/index.ts';
import { type ExportSource, linesAsPieces, type Pieces } from './export-source.ts';

/** INTIDs below are each PE's own (Arm IHI 0069, 2.2.1). */
const FIRST_SHARED = 32;
/** No machine has so many signals; what a forged tape has beyond is left out. */
const SIGNALS_MAX = 1 << 16;
const TIMERS: Readonly<Record<number, string>> = {
  [TimerId.virtual]: 'virtual',
  [TimerId.physical]: 'physical',
  [TimerId.hyp]: 'hyp',
};
/** CNT*_CTL: ENABLE and IMASK. */
const CTL = { enable: 1, mask: 2 } as const;
const COMPARE_BITS = 64;
/** Whether it is a vCPU's turn, where there are several. */
const RUNS = 'runs';
/** ICH_LR<n>_EL2.State: pending, alone or with active. */
const PENDING = 1;

interface Change {
  readonly scope: string;
  readonly signal: string;
  readonly bits: number;
  readonly value: bigint;
}
interface Signal {
  readonly code: string;
  /** Before the first event. */
  readonly begins: bigint;
  readonly scope: string;
  readonly name: string;
  readonly bits: number;
}

/**
 * A value change dump (IEEE 1364-2001, 18.2) of interrupts and timers, a time unit a nanosecond: of each INTID its line, whether it is pending
 * in a list register and whether it is active; of each timer enable, mask and compare value; whether a vCPU waits in WFI, and of several whose turn it is. What is the
 * vCPU's own stands in its scope. A pass before finds which signals there are.
 */
export const vcd = (source: ExportSource): Pieces => linesAsPieces(lines(source));

function* lines({ events, title }: ExportSource): Generator<string> {
  const signals = signalsOf(events());
  yield `$comment ${title.replace(/[$\s]+/g, '_')} $end`;
  yield '$timescale 1 ns $end';
  const scopes = new Map<string, Signal[]>();
  for (const signal of signals.values()) scopes.set(signal.scope, [...(scopes.get(signal.scope) ?? []), signal]);
  for (const [scope, members] of scopes) {
    yield `$scope module ${scope} $end`;
    for (const { bits, code, name } of members) yield `$var wire ${bits} ${code} ${name} $end`;
    yield '$upscope $end';
  }
  yield '$enddefinitions $end';
  yield '#0';
  yield '$dumpvars';
  for (const signal of signals.values()) yield valueText(signal, signal.begins);
  yield '$end';
  const values = new Map<Signal, bigint>();
  let now = 0;
  let last = 0;
  for (const event of events()) {
    last = Math.max(last, event.at);
    for (const change of changesOf(event)) {
      const signal = signals.get(keyOf(change));
      if (signal === undefined || (values.get(signal) ?? signal.begins) === change.value) continue;
      values.set(signal, change.value);
      if (last > now) yield `#${(now = last)}`;
      yield valueText(signal, change.value);
    }
  }
  if (last > now) yield `#${last}`;
}

const keyOf = ({ scope, signal }: Change): string => `${scope} ${signal}`;
const valueText = ({ code, bits }: Signal, value: bigint): string =>
  bits === 1 ? `${value}${code}` : `b${value.toString(2)} ${code}`;

function signalsOf(events: Iterable<RecordedEvent>): Map<string, Signal> {
  const found = new Map<string, Omit<Signal, 'code'>>();
  let isFirstTurn = true;
  for (const event of events) {
    const runs = event.kind === 'vcpu-turn' && isFirstTurn ? `vcpu${event.from} ${RUNS}` : undefined;
    isFirstTurn &&= event.kind !== 'vcpu-turn';
    for (const change of changesOf(event)) {
      const key = keyOf(change);
      if (found.size === SIGNALS_MAX || found.has(key)) continue;
      found.set(key, { scope: change.scope, name: change.signal, bits: change.bits, begins: key === runs ? 1n : 0n });
    }
  }
  const keys = [...found.keys()].sort((a, b) => (inOrder(a) < inOrder(b) ? -1 : 1));
  return new Map(keys.map((key, i) => [key, { ...(found.get(key) as Omit<Signal, 'code'>), code: codeOf(i) }]));
}

/** Numbers in names by their values. */
const inOrder = (key: string): string => key.replace(/[0-9]+/g, (digits) => digits.padStart(10, '0'));

/** Identifiers are of the printable characters, ! to ~. */
function codeOf(number: number): string {
  let code = '';
  for (let rest = number; ; rest = Math.floor(rest / 94) - 1) {
    code = String.fromCharCode(33 + (rest % 94)) + code;
    if (rest < 94) return code;
  }
}

function* changesOf(event: RecordedEvent): Generator<Change> {
  const own = `vcpu${event.vcpu}`;
  const flag = (scope: string, signal: string, is: boolean): Change => ({
    ...{ scope, signal, bits: 1, value: is ? 1n : 0n },
  });
  switch (event.kind) {
    case 'irq-line':
      yield flag(event.intid < FIRST_SHARED ? own : 'spi', `intid${event.intid}_line`, event.level !== 0);
      return;
    case 'irq-inject':
      yield flag(own, `intid${event.intid}_pending`, (event.state & PENDING) !== 0);
      yield flag(own, 'wfi', false);
      return;
    case 'irq-ack':
      yield flag(own, `intid${event.intid}_pending`, false);
      yield flag(own, `intid${event.intid}_active`, true);
      return;
    case 'irq-eoi':
      yield flag(own, `intid${event.intid}_active`, false);
      return;
    case 'timer-program': {
      const timer = `timer_${TIMERS[event.timer] ?? event.timer}`;
      yield flag(own, `${timer}_enable`, (event.ctl & CTL.enable) !== 0);
      yield flag(own, `${timer}_mask`, (event.ctl & CTL.mask) !== 0);
      yield { scope: own, signal: `${timer}_cval`, bits: COMPARE_BITS, value: event.cval };
      return;
    }
    case 'wfi':
      yield flag(own, 'wfi', true);
      return;
    case 'vm-exit':
      yield flag(own, 'wfi', false);
      return;
    case 'vcpu-turn':
      yield flag(`vcpu${event.from}`, RUNS, false);
      yield flag(`vcpu${event.to}`, RUNS, true);
      // An event (SEV) may have woken it, which is no event of the tape.
      yield flag(`vcpu${event.to}`, 'wfi', false);
      return;
    default:
  }
}
