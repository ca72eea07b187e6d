import { styleText } from 'node:util';
import { must } from '../../src/base/assert.ts';
import { hex } from '../../src/base/bits.ts';
import type { RegisterAt } from '../../src/machine/register-names.ts';
import { type SymbolAt, withSymbol } from '../../src/replay/event-text.ts';
import type { RecordedEvent } from '../../src/trace/codec/event-rows.ts';
import {
  bhyveExitName,
  dumpLine,
  type EventDecl,
  edit,
  eventByName,
  kvmClassName,
  type Syndrome,
  showFields,
  smcccName,
  syndromeOf,
  sysregName,
} from '../../src/trace/events/index.ts';
import type { PortAt } from './event-symbols.ts';
import { withoutControls } from './standard-output.ts';
import { bytesText, countText } from './units.ts';

type Exit = Extract<RecordedEvent, { kind: 'vm-exit' }>;
/** What a hypervisor does about an exit, and tells of in an event of its own. */
type Handled = Extract<
  RecordedEvent,
  { kind: 'mmio-read' | 'mmio-write' | 'sysreg-read' | 'sysreg-write' | 'stage2-map' | 'psci' | 'wfi' | 'suspend' }
>;
const HANDLED: ReadonlySet<string> = new Set<Handled['kind']>([
  'mmio-read',
  'mmio-write',
  'sysreg-read',
  'sysreg-write',
  'stage2-map',
  'psci',
  'wfi',
  'suspend',
]);

/** Events that belong on one line: an exit with what was done about it, or any other event. */
export type Group = readonly [RecordedEvent] | readonly [Exit, Handled];

/** A WFI counts as executed when the guest begins to wait, one instruction behind its exit. */
const follows = (event: Handled, exit: Exit): boolean =>
  event.kind === 'wfi' ? event.pc === exit.pc : event.at === exit.at;

const isHandled = (event: RecordedEvent): event is RecordedEvent & Handled => HANDLED.has(event.kind);

/** Puts an exit together with the event that follows from it. */
export function* grouped(events: Iterable<RecordedEvent>): Generator<Group> {
  let exit: Exit | undefined;
  for (const event of events) {
    const last = exit;
    exit = undefined;
    if (last !== undefined) {
      if (isHandled(event) && event.vcpu === last.vcpu && follows(event, last)) {
        yield [last, event];
        continue;
      }
      yield [last];
    }
    if (event.kind === 'vm-exit') exit = event;
    else yield [event];
  }
  if (exit !== undefined) yield [exit];
}

const declarationOf = ({ kind }: RecordedEvent): EventDecl => must(eventByName(kind), 'declaration');

/** What the guest's functions, its devices' registers and its own are called. */
export interface GuestNames {
  readonly symbolAt: SymbolAt;
  readonly registerAt: RegisterAt;
  /** Of consoles beside the UART. */
  readonly portAt?: PortAt;
  readonly isArmv7: boolean;
}

/** One line for an event, in bhyve's and KVM's words. */
export const rawLine = (event: RecordedEvent, symbolAt: SymbolAt): string =>
  `${String(event.ordinal).padStart(8)} ${withSymbol(dumpLine(declarationOf(event), event as never), event, symbolAt)}`;

type Style = Parameters<typeof styleText>[0];

/** Whether standard output shows colours: a terminal, and neither NO_COLOR nor FORCE_COLOR says otherwise. */
const hasColour = (): boolean => styleText('dim', 'x', { stream: process.stdout }) !== 'x';

/** Widths of the columns before the last. */
const COLUMNS = { ordinal: 8, icount: 16, seconds: 12, vcpu: 3, what: 20 } as const;

/** Lists events as a table for people. Its lines are free of control characters but for their colours. */
export class EventTable {
  readonly #names: GuestNames;
  readonly #paint: (style: Style, text: string) => string;

  constructor(names: GuestNames, colour = hasColour()) {
    this.#names = names;
    this.#paint = colour ? (style, text) => styleText(style, text, { validateStream: false }) : (_, text) => text;
  }

  get header(): string {
    return this.#paint('bold', `${row('EVENT', 'ICOUNT', 'SECONDS', 'CPU', 'WHAT')} DETAILS`);
  }

  line([event, handled]: Group): string {
    const { ordinal, at, vcpu } = event;
    const what =
      event.kind === 'vm-exit' ? `${kvmClassName(event.kvmClass)}/${bhyveExitName(event.bhyveExit)}` : event.kind;
    const columns = row(String(ordinal), countText(at), (at / 1e9).toFixed(6), String(vcpu), what);
    const details = withoutControls(this.#details(event, handled));
    return `${this.#paint(styleOf(event), columns)} ${details}`.trimEnd();
  }

  #details(event: RecordedEvent, handled: Handled | undefined): string {
    if (event.kind === 'edit') return edit.text(event);
    if (event.kind === 'console-out') {
      const port = this.#names.portAt?.(event.device);
      return `${port === undefined ? '' : `${port}: `}${showFields(declarationOf(event), event)}`;
    }
    if (event.kind !== 'vm-exit')
      return isHandled(event) ? this.#alone(event) : showFields(declarationOf(event), event);
    const syndrome = syndromeOf(event.kvmClass, event.esr, this.#names.isArmv7);
    const done = handled === undefined ? aboutExit(event, syndrome) : this.#done(handled, event, syndrome);
    return done === '' ? this.#place(event.pc) : `${this.#place(event.pc)}: ${done}`;
  }

  /** What was done about an exit whose own event is not there. */
  #alone(event: Handled): string {
    const done = this.#done(event, undefined, {});
    return 'pc' in event ? `${this.#place(event.pc)}: ${done}` : done;
  }

  #place(pc: bigint): string {
    const symbol = this.#names.symbolAt(pc);
    return symbol === undefined ? hex(pc) : `${hex(pc)} ${symbol}`;
  }

  #done(event: Handled, exit: Exit | undefined, { transfer, fault, access }: Syndrome): string {
    switch (event.kind) {
      case 'mmio-read':
        return `read ${event.size} ${unit(event.size)} ${at(event.ipa, exit, this.#names.registerAt(event.ipa))}: ${transfer ?? this.#register(event.rt)} = ${hex(event.value)}`;
      case 'mmio-write':
        return `write ${event.size} ${unit(event.size)} ${at(event.ipa, exit, this.#names.registerAt(event.ipa))}: ${transfer ?? this.#register(event.rt)} = ${hex(event.value)}`;
      case 'sysreg-read':
        return `read ${sysregName(event.encoding)}: ${transfer ?? this.#register(event.rt)} = ${hex(event.value)}`;
      case 'sysreg-write':
        return `write ${sysregName(event.encoding)}: ${transfer ?? this.#register(event.rt)} = ${hex(event.value)}`;
      case 'stage2-map': {
        const mapped = `maps ${bytesText(event.bytes)} at ${hex(event.ipa)}`;
        return exit === undefined ? mapped : `${access} ${at(exit.hpfar, exit)}: ${fault}; ${mapped}`;
      }
      case 'psci': {
        const args = [event.arg0, event.arg1, event.arg2, event.arg3].map((arg) => hex(arg)).join(', ');
        return `${smcccName(event.functionId)}(${args}) = ${hex(event.result)}`;
      }
      case 'wfi':
        return 'waits for an interrupt';
      default:
        return showFields(declarationOf(event), event);
    }
  }

  #register(rt: number): string {
    return registerName(rt, this.#names.isArmv7);
  }
}

/** The guest's register that is transferred. */
export function registerName(rt: number, isArmv7: boolean): string {
  if (isArmv7) return `r${rt}`;
  return rt === 31 ? 'xzr' : `x${rt}`;
}

/** Of an exit that nothing was done about in an event of its own. */
function aboutExit(exit: Exit, syndrome: Syndrome): string {
  const { access, fault, register, transfer, instruction, immediate, size } = syndrome;
  if (register !== undefined) return `${access} ${register}: ${transfer}`;
  if (fault !== undefined)
    return `${access}${size === undefined ? '' : ` ${size} ${unit(size)}`} ${at(exit.hpfar, exit)}: ${fault}`;
  if (instruction !== undefined) return instruction;
  return immediate === undefined || immediate === 0 ? '' : `immediate ${hex(immediate)}`;
}

const unit = (size: number): string => (size === 1 ? 'byte' : 'bytes');
/** The guest's own address, and in brackets the guest-physical one where that is another, and the device's register there. */
function at(ipa: bigint, exit: Exit | undefined, register?: string): string {
  const own = exit?.far ?? ipa;
  const more = [...(own === ipa ? [] : [`ipa ${hex(ipa)}`]), ...(register === undefined ? [] : [register])];
  return more.length === 0 ? `at ${hex(own)}` : `at ${hex(own)} (${more.join(', ')})`;
}

const row = (ordinal: string, icount: string, seconds: string, vcpu: string, what: string): string =>
  [
    ordinal.padStart(COLUMNS.ordinal),
    icount.padStart(COLUMNS.icount),
    seconds.padStart(COLUMNS.seconds),
    vcpu.padStart(COLUMNS.vcpu),
    ` ${what.padEnd(COLUMNS.what)}`,
  ].join(' ');

function styleOf(event: RecordedEvent): Style {
  const role = declarationOf(event).role;
  if (role === 'input') return 'green';
  if (role === 'check') return 'magenta';
  if (event.kind === 'vm-exit' || isHandled(event)) return 'cyan';
  return event.kind.startsWith('console') ? 'green' : 'yellow';
}
