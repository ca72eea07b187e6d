import type { InterruptLife } from '../../src/analysis/interrupt-lives.ts';
import { VcpuTime } from '../../src/analysis/vcpu-time.ts';
import { hex } from '../../src/base/bits.ts';
import { functionOf } from '../../src/replay/symbols/table.ts';
import type { RecordedEvent } from '../../src/trace/codec/event-rows.ts';
import { bhyveExitName, edit, kvmClassName, smcccName, sysregName } from '../../src/trace/events/index.ts';
import { type Group, grouped } from '../session/event-lines.ts';
import { ConsoleLines } from './console-lines.ts';
import { Entries, type Entry } from './entries.ts';
import type { ExportSource, Pieces } from './export-source.ts';
import { Outside } from './perfetto-outside.ts';
import { type Annotations, EventType, PacketWriter } from './perfetto-packets.ts';

type Exit = Extract<RecordedEvent, { kind: 'vm-exit' }>;

const PID = 1;
const PROCESS = 1;
const CONSOLE = 2;
const INPUTS = 3;
const INSTRUCTIONS = 4;
/** Tracks that the tape's contents call for have numbers from here on. */
const FURTHER = 0x1000;
/** No tape of a machine has so many interrupts; what a forged one has beyond is left out. */
const TRACKS_MAX = 1 << 16;
/** Rates are of so many nanoseconds of the guest's time: 10 ms. */
const WINDOW = 1e7;
const NS_PER_S = 1e9;

/** INTIDs below are each vCPU's own (Arm IHI 0069, 2.2.1). */
const FIRST_SHARED = 32;

const threadOf = (vcpu: number): number => 0x100 + vcpu;
const rateOf = (vcpu: number): number => 0x200 + vcpu;

/**
 * Perfetto's native trace: a process for the machine, a thread a vCPU with "guest" while it runs and an exit, named by its class and the
 * guest's function, until it runs again (no time, unless it waits), "others run" while its turn is over; tracks of interrupts with flows from
 * the line to the end of interrupt; requests of virtio devices, and what comes and goes outside; counters; lines of the console.
 */
export function* perfetto(source: ExportSource): Pieces {
  const trace = new PerfettoTrace(source);
  trace.describe();
  for (const group of grouped(source.events())) {
    trace.see(group);
    const piece = trace.packets.take();
    if (piece !== undefined) yield piece;
  }
  trace.end();
  let flow = 0;
  for (const life of source.interrupts()) {
    trace.interrupt(life, ++flow);
    const piece = trace.packets.take();
    if (piece !== undefined) yield piece;
  }
  const piece = trace.packets.take(true);
  if (piece !== undefined) yield piece;
}

/** What a vCPU does, which is the category of its slices; `turn`: others run. */
type Doing = 'guest' | 'exit' | 'turn';

class PerfettoTrace {
  readonly packets = new PacketWriter();
  readonly #source: ExportSource;
  readonly #entries = new Entries();
  readonly #lines = new ConsoleLines((at, text, device) => this.#said(at, text, device));
  readonly #rates: Rates;
  readonly #furtherTracks = new Map<string, number>();
  readonly #outside = new Outside(this.packets, (key, name) => this.#furtherTrack(key, name));
  /** What each vCPU does. */
  readonly #open: (Doing | undefined)[] = [];
  readonly #asserted = new Set<number>();
  #last: number | undefined;

  constructor(source: ExportSource) {
    this.#source = source;
    this.#rates = new Rates(source.vcpus, (track, at, value) =>
      this.packets.event({ type: EventType.counter, at, track, value }),
    );
  }

  describe(): void {
    const { packets } = this;
    const { title, vcpus, header } = this.#source;
    packets.track({ uuid: PROCESS, process: { pid: PID, name: title } });
    for (let vcpu = 0; vcpu < vcpus; vcpu++) {
      // The first thread of a process is its main one.
      packets.track({ uuid: threadOf(vcpu), thread: { pid: PID, tid: PID + vcpu, name: `vCPU ${vcpu}` } });
      packets.track({ uuid: rateOf(vcpu), parent: PROCESS, name: `exits/s vCPU ${vcpu}`, counter: 'exits/s', rank: 1 });
    }
    packets.track({ uuid: CONSOLE, parent: PROCESS, name: 'console', rank: 0 });
    packets.track({ uuid: INPUTS, parent: PROCESS, name: 'inputs', rank: 0 });
    // A host's trace counts no instructions of the guest.
    if (header.machine.imported === undefined)
      packets.track({ uuid: INSTRUCTIONS, parent: PROCESS, name: 'instructions', counter: 'instructions', rank: 1 });
  }

  see(group: Group): void {
    for (const event of group) {
      if (this.#last === undefined) this.#begin(event.vcpu, event.at, 'guest', 'guest');
      this.#last = Math.max(this.#last ?? 0, event.at);
      for (const entry of this.#entries.before(event)) this.#entered(entry);
      this.#see(event, group);
    }
  }
  end(): void {
    for (const entry of this.#entries.end()) this.#entered(entry);
    this.#lines.end();
    const at = this.#last ?? 0;
    this.#rates.end(at, this.#countsInstructions);
    for (const vcpu of this.#open.keys()) this.#close(vcpu, at);
  }
  get #countsInstructions(): boolean {
    return this.#source.header.machine.imported === undefined;
  }

  #see(event: RecordedEvent, group: Group): void {
    this.#rates.see(event, this.#countsInstructions);
    this.#outside.see(event);
    switch (event.kind) {
      case 'vm-exit': {
        const symbol = this.#source.names.symbolAt(event.pc);
        const place = symbol === undefined ? hex(event.pc) : functionOf(symbol);
        this.#close(event.vcpu, event.at);
        const annotations = { ...this.#aboutExit(event, symbol), ...this.#aboutDone(group[1]) };
        this.#begin(event.vcpu, event.at, 'exit', `${kvmClassName(event.kvmClass)} ${place}`, annotations);
        return;
      }
      case 'vcpu-turn':
        this.#turn(event.at, event.from, event.to);
        return;
      case 'irq-line':
        this.#line(event.intid, event.vcpu, event.at, event.level !== 0);
        return;
      case 'timer-fire': {
        const track = this.#lineTrack(event.intid, event.vcpu);
        if (track !== undefined) this.#instant(track, event.at, 'interrupt', 'timer fires');
        return;
      }
      case 'console-out':
        this.#lines.add(event.at, event.device, event.bytes);
        return;
      case 'console-in':
        this.#instant(INPUTS, event.at, 'input', `console-in ${JSON.stringify(Buffer.from(event.bytes).toString())}`);
        return;
      case 'edit':
        this.#instant(INPUTS, event.at, 'input', `edit ${edit.text(event)}`);
        return;
      default:
    }
  }

  #said(at: number, text: string, device: number): void {
    const port = this.#source.names.portAt?.(device);
    const track = port === undefined ? CONSOLE : this.#furtherTrack(`console ${device}`, `console ${port}`);
    if (track !== undefined) this.#instant(track, at, 'console', text);
  }
  #entered({ at, vcpu }: Entry): void {
    this.#close(vcpu, at);
    this.#begin(vcpu, at, 'guest', 'guest');
  }
  /** A turn ends between two instructions, with no exit of the guest's own; who waits within an exit is told by what that waits for. */
  #turn(at: number, from: number, to: number): void {
    if (this.#open[from] === 'guest') {
      this.#close(from, at);
      this.#begin(from, at, 'turn', 'others run');
    }
    if (this.#open[to] === 'exit') return;
    this.#close(to, at);
    this.#begin(to, at, 'guest', 'guest');
  }
  #begin(vcpu: number, at: number, what: Doing, name: string, annotations: Annotations = {}): void {
    if (vcpu >= this.#source.vcpus) return;
    this.packets.event({ type: EventType.begin, at, track: threadOf(vcpu), category: what, name, annotations });
    this.#open[vcpu] = what;
  }
  #close(vcpu: number, at: number): void {
    if (this.#open[vcpu] === undefined) return;
    this.packets.event({ type: EventType.end, at, track: threadOf(vcpu) });
    this.#open[vcpu] = undefined;
  }
  #instant(track: number, at: number, category: string, name: string): void {
    this.packets.event({ type: EventType.instant, at, track, category, name });
  }

  #aboutExit({ pc, bhyveExit, esr, far, hpfar, ordinal }: Exit, symbol: string | undefined): Annotations {
    return {
      ...(symbol === undefined ? { pc } : { pc, symbol }),
      ...{ esr: BigInt(esr), bhyve: bhyveExitName(bhyveExit) },
      ...(hpfar === 0n ? {} : { far, ipa: hpfar }),
      event: ordinal,
    };
  }
  #aboutDone(done: RecordedEvent | undefined): Annotations {
    switch (done?.kind) {
      case 'mmio-read':
      case 'mmio-write': {
        const [device, register] = (this.#source.names.registerAt(done.ipa) ?? '').split(' ');
        return {
          access: done.kind === 'mmio-read' ? 'read' : 'write',
          ...(device ? { device } : {}),
          ...(register ? { register } : {}),
          ...{ ipa: done.ipa, size: done.size, value: done.value },
        };
      }
      case 'sysreg-read':
      case 'sysreg-write':
        return {
          access: done.kind === 'sysreg-read' ? 'read' : 'write',
          ...{ register: sysregName(done.encoding), value: done.value },
        };
      case 'stage2-map':
        return { mapped: done.ipa, bytes: done.bytes };
      case 'psci':
        return { function: smcccName(done.functionId), arg0: done.arg0, arg1: done.arg1, value: done.result };
      default:
        return {};
    }
  }

  #line(intid: number, vcpu: number, at: number, isHigh: boolean): void {
    const track = this.#lineTrack(intid, vcpu);
    if (track === undefined) return;
    if (isHigh && !this.#asserted.has(track)) {
      this.#asserted.add(track);
      this.packets.event({ type: EventType.begin, at, track, name: 'asserted' });
    } else if (!isHigh && this.#asserted.delete(track)) this.packets.event({ type: EventType.end, at, track });
  }
  /** One interrupt from what raised it to its end, on the tracks of its line and of its vCPU. */
  interrupt(life: InterruptLife, flow: number): void {
    const { packets } = this;
    const { intid, vcpu, raiser, raisedAt, placedAt, acknowledgedAt, completedAt, endedAt } = life;
    const line = this.#lineTrack(intid, vcpu);
    const [pending, active] = ['pending', 'active'].map((state) =>
      this.#furtherTrack(`INTID ${intid} ${state} on vCPU ${vcpu}`),
    );
    if (line === undefined || pending === undefined || active === undefined) return;
    const category = 'interrupt';
    if (raisedAt !== undefined) {
      const name = `raised by ${raiser}`;
      packets.event({ type: EventType.instant, at: raisedAt, track: line, category, name, flow });
    }
    if (placedAt !== undefined) {
      const name = 'in list register';
      packets.event({ type: EventType.begin, at: placedAt, track: pending, category, name, flow });
      packets.event({ type: EventType.end, at: acknowledgedAt ?? endedAt, track: pending });
    }
    if (acknowledgedAt === undefined) return;
    const annotations = life.isSpurious ? { spurious: 'the line had fallen' } : {};
    packets.event({
      ...{ type: EventType.begin, at: acknowledgedAt, track: active, category, name: 'active', flow, annotations },
    });
    packets.event({ type: EventType.end, at: completedAt ?? endedAt, track: active });
    if (completedAt === undefined) return;
    packets.event({ type: EventType.instant, at: completedAt, track: active, category, name: 'EOI', ends: flow });
  }
  /** Of several vCPUs each has private interrupts of its own. */
  #lineTrack(intid: number, vcpu: number): number | undefined {
    const isPrivate = intid < FIRST_SHARED && this.#source.vcpus > 1;
    return this.#furtherTrack(isPrivate ? `INTID ${intid} of vCPU ${vcpu}` : `INTID ${intid}`);
  }
  #furtherTrack(key: string, name = key): number | undefined {
    const known = this.#furtherTracks.get(key);
    if (known !== undefined || this.#furtherTracks.size === TRACKS_MAX) return known;
    const uuid = FURTHER + this.#furtherTracks.size;
    this.#furtherTracks.set(key, uuid);
    this.packets.track({ uuid, parent: PROCESS, name, rank: 2 });
    return uuid;
  }
}

/** Exits a second of the guest's time, and instructions retired, a value a window. */
class Rates {
  readonly #counter: (track: number, at: number, value: number) => void;
  readonly #exits: number[];
  #window = 0;
  #time: VcpuTime | undefined;
  /** A window without exits was told of. */
  #isQuiet = true;

  constructor(vcpus: number, counter: (track: number, at: number, value: number) => void) {
    this.#counter = counter;
    this.#exits = new Array<number>(vcpus).fill(0);
  }
  see(event: RecordedEvent, countsInstructions: boolean): void {
    this.#time ??= new VcpuTime({ begin: event.at });
    const { kind, at } = event;
    this.#over(at, countsInstructions ? at : undefined);
    if (kind === 'idle-skip') this.#time.skip(at, event.to);
    else if (kind === 'vm-exit' || kind === 'irq-inject' || kind === 'irq-ack') this.#time.awake(at);
    if (event.kind === 'vm-exit' && event.vcpu < this.#exits.length)
      this.#exits[event.vcpu] = (this.#exits[event.vcpu] ?? 0) + 1;
  }
  end(at: number, countsInstructions: boolean): void {
    this.#over((Math.floor(at / WINDOW) + 1) * WINDOW, countsInstructions ? at : undefined);
  }
  /** Windows that are over at a moment; `counted`: when instructions are told of. */
  #over(at: number, counted: number | undefined): void {
    const window = Math.floor(at / WINDOW);
    if (window <= this.#window) return;
    this.#tell(this.#window * WINDOW);
    if (window > this.#window + 1 && !this.#isQuiet) this.#tell((this.#window + 1) * WINDOW);
    if (counted !== undefined) this.#counter(INSTRUCTIONS, counted, Math.max(0, this.#time?.all(counted) ?? 0));
    this.#window = window;
  }
  #tell(at: number): void {
    this.#isQuiet = this.#exits.every((count) => count === 0);
    for (const [vcpu, count] of this.#exits.entries())
      this.#counter(rateOf(vcpu), at, Math.round((count * NS_PER_S) / WINDOW));
    this.#exits.fill(0);
  }
}
