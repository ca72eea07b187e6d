import { Failure } from '../base/failure.ts';
import type { AgentContext } from './agent-expression.ts';
import type { Debuggee, DebugRun, DebugStop, Direction, Space } from './debuggee.ts';
import type { Errand, Say } from './monitor.ts';
import {
  bytesOf,
  framed,
  fromLittleEndian,
  hexNumber,
  hexOf,
  type Incoming,
  latin1,
  PACKET_BYTES_MAX,
  PacketReader,
  textOf,
} from './packet.ts';
import { PointTable } from './point-table.ts';
import { RangeStepping } from './range-stepping.ts';
import { bytesOfRegister, stopReply, threadOf } from './stop-reply.ts';
import { SymbolCheck } from './symbol-check.ts';
import type { Register, TargetDescription } from './target-description.ts';

/** What a client may send while the machine runs, its interrupt aside: it waits for the stop otherwise. */
const WAITING_BYTES_MAX = 4 * PACKET_BYTES_MAX;
/** Text in hexadecimal, and a letter before it. */
const OUTPUT_CHARACTERS_MAX = (PACKET_BYTES_MAX - 1) >>> 1;
const READ_BYTES_MAX = OUTPUT_CHARACTERS_MAX;

/** Who carries the bytes, and what the protocol leaves open. */
export interface StubPorts {
  /** False where the client does not take what it is sent. */
  readonly send: (bytes: Uint8Array) => boolean;
  /** A line for the one who started the server. */
  readonly tell: (line: string) => void;
  /** Carries out `monitor LINE`; what it says is text with its newlines. @throws Failure */
  readonly monitor: (line: string, say: Say) => Errand | undefined;
}

/** One client's session: takes its packets, answers them, and runs the machine in slices while it is to run. */
export class GdbStub {
  readonly #debuggee: Debuggee;
  readonly #ports: StubPorts;
  readonly #reader = new PacketReader();
  readonly #points = new PointTable();
  readonly #symbolCheck: SymbolCheck;
  /** What has come while the machine ran. */
  readonly #waiting: Incoming[] = [];
  #waitingBytes = 0;
  #run: DebugRun | undefined;
  /** A command of `monitor` that takes its time. */
  #errand: Errand | undefined;
  #sent: Uint8Array | undefined;
  #acknowledges = true;
  #tellsBreak = { swbreak: false, hwbreak: false };
  #space: Space = 'virtual';
  /** The vCPU whose registers are asked for; undefined for the one that stands. */
  #selected: number | undefined;
  #stop: DebugStop = { kind: 'step' };
  #end: 'detached' | 'killed' | 'refused' | undefined;

  constructor(debuggee: Debuggee, ports: StubPorts) {
    this.#debuggee = debuggee;
    this.#ports = ports;
    this.#symbolCheck = new SymbolCheck(() => debuggee.witnesses());
  }

  /** Why the session is over; undefined while it is not. */
  get end(): 'detached' | 'killed' | 'refused' | undefined {
    return this.#end;
  }
  get isRunning(): boolean {
    return this.#run !== undefined;
  }
  /** The answer to the last packet is still to come. */
  get #isBusy(): boolean {
    return this.isRunning || this.#errand !== undefined;
  }
  #interrupt(): void {
    this.#run?.interrupt();
    this.#errand?.interrupt();
  }

  /** Bytes of the client's, however they are cut. */
  receive(bytes: Uint8Array): void {
    for (const incoming of this.#reader.read(bytes)) {
      if (this.#end !== undefined) return;
      if (!this.#isBusy) this.#take(incoming);
      else if (incoming.kind === 'interrupt') this.#interrupt();
      else if (incoming.kind === 'packet' || incoming.kind === 'overlong') this.#wait(incoming);
    }
  }
  #wait(incoming: Incoming): void {
    this.#waitingBytes += 1 + (incoming.kind === 'packet' ? incoming.bytes.length : 0);
    if (this.#waitingBytes <= WAITING_BYTES_MAX) this.#waiting.push(incoming);
    else this.#refuse('the client sends on and on and waits for no answer');
  }
  #refuse(why: string): void {
    this.#ports.tell(`the debugger's connection is closed: ${why}`);
    this.leave();
    this.#end = 'refused';
  }

  /** The client has gone: a run comes to rest with the next slices, and nothing more is answered. */
  leave(): void {
    this.#interrupt();
    this.#end ??= 'detached';
  }

  /** A slice of the machine's run, where it is to run. */
  work(): void {
    if (this.#run === undefined) return;
    let stop: DebugStop | undefined;
    try {
      stop = this.#run.slice();
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      this.#failed(error);
      stop = { kind: 'step' };
    }
    if (stop !== undefined) this.#stopped(stop);
  }
  #stopped(stop: DebugStop): void {
    this.#run = undefined;
    this.#stop = stop;
    if (this.#end !== undefined) return;
    if (stop.kind === 'event') this.#output(`${stop.text}\n`);
    if (stop.kind === 'exited') this.#ports.tell(stop.text);
    this.#send(this.#stopReply(stop));
    this.#takeWaiting();
  }
  #takeWaiting(): void {
    this.#waitingBytes = 0;
    for (const incoming of this.#waiting.splice(0)) {
      if (this.#isBusy) this.#wait(incoming);
      else this.#take(incoming);
    }
  }
  /** What went wrong is for the user; the client has no packet for it but output. */
  #failed(failure: Failure): void {
    this.#ports.tell(failure.message);
    this.#output(`${failure.message}\n`);
  }

  #take(incoming: Incoming): void {
    switch (incoming.kind) {
      case 'packet':
        this.#packet(incoming);
        return;
      case 'overlong':
        this.#acknowledge('+');
        this.#send('E16');
        return;
      case 'nak':
        if (this.#acknowledges && this.#sent !== undefined) this.#ports.send(this.#sent);
        return;
      case 'interrupt':
        // Nothing runs: where it stands is all there is to tell, and nobody waits for that.
        return;
      case 'ack':
        return;
    }
  }
  #packet({ bytes, sound }: Extract<Incoming, { kind: 'packet' }>): void {
    if (this.#acknowledges && !sound) {
      this.#acknowledge('-');
      return;
    }
    this.#acknowledge('+');
    let reply: string | Uint8Array | undefined;
    try {
      reply = this.#answer(bytes);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      this.#ports.tell(error.message);
      reply = 'E01';
    }
    if (reply !== undefined) this.#send(reply);
  }
  #acknowledge(sign: '+' | '-'): void {
    if (this.#acknowledges) this.#ports.send(latin1(sign));
  }
  #send(reply: string | Uint8Array): void {
    this.#sent = framed(reply);
    if (!this.#ports.send(this.#sent) && this.#end === undefined) this.#refuse('the client does not read its answers');
  }
  /** Text on the user's terminal, while the machine runs or a `monitor` command does. */
  #output(text: string): void {
    const bytes = new TextEncoder().encode(text);
    // One of nothing is a sign of life.
    for (let at = 0; at === 0 || at < bytes.length; at += OUTPUT_CHARACTERS_MAX)
      this.#send(`O${hexOf(bytes.subarray(at, at + OUTPUT_CHARACTERS_MAX))}`);
  }

  /** The reply; empty where the packet is none of this stub's, undefined where there is none now. */
  #answer(bytes: Uint8Array): string | Uint8Array | undefined {
    const text = textOf(bytes);
    const rest = text.slice(1);
    switch (text[0]) {
      case '?':
        return this.#stopReply(this.#stop);
      case 'g':
        return this.#general.map((register) => hexOf(bytesOfRegister(register))).join('');
      case 'G':
        return this.#writeGeneral(rest);
      case 'p':
        return this.#readRegister(rest);
      case 'P':
        return this.#writeRegister(rest);
      case 'm':
        return this.#readMemory(rest);
      case 'M': {
        const [where = '', data = ''] = rest.split(':');
        return this.#writeMemory(where, bytesOf(data));
      }
      case 'X': {
        const colon = bytes.indexOf(0x3a);
        return this.#writeMemory(textOf(bytes.subarray(1, Math.max(1, colon))), bytes.subarray(colon + 1));
      }
      case 'Z':
        return this.#points.insert(rest);
      case 'z':
        return this.#points.remove(rest);
      case 'c':
      case 'C':
        return this.#resume('forwards');
      case 's':
      case 'S':
        return this.#step('forwards');
      case 'b':
        return this.#back(rest);
      case 'H':
        return this.#select(rest);
      case 'T':
        return this.#threadOf(rest) === undefined ? 'E16' : 'OK';
      case 'D':
        this.#end = 'detached';
        return 'OK';
      case 'k':
        this.#end = 'killed';
        return undefined;
      case 'v':
        return this.#answerV(text);
      case 'q':
      case 'Q':
        return this.#query(text);
      default:
        return '';
    }
  }

  #answerV(text: string): string | undefined {
    if (text === 'vCont?') return 'vCont;c;C;s;S;t;r';
    if (text.startsWith('vCont;')) return this.#continue(text.slice('vCont;'.length));
    if (text.startsWith('vKill')) {
      this.#end = 'killed';
      return 'OK';
    }
    return '';
  }

  #query(text: string): string | Uint8Array | undefined {
    const [name = ''] = text.split(/[:,;]/, 1);
    const rest = text.slice(name.length + 1);
    switch (name) {
      case 'qSupported':
        return this.#supported(rest);
      case 'QStartNoAckMode':
        // The last of them: GDB acknowledges the reply.
        this.#acknowledges = false;
        return 'OK';
      case 'QNonStop':
        return rest === '0'
          ? 'OK'
          : 'E.non-stop is not for a machine whose order of things is recorded; "set non-stop off"';
      case 'qXfer':
        return this.#transfer(rest);
      case 'qC':
        return `QC${threadOf(this.#vcpu)}`;
      case 'qfThreadInfo':
        return `m${this.#debuggee.vcpus.map((_, vcpu) => threadOf(vcpu)).join()}`;
      case 'qsThreadInfo':
        return 'l';
      case 'qThreadExtraInfo': {
        const vcpu = this.#threadOf(rest);
        return vcpu === undefined ? 'E16' : hexOf(latin1(`vCPU ${vcpu}`));
      }
      case 'qAttached':
        // The machine was there before: leave it there.
        return '1';
      case 'qOffsets': {
        const base = this.#debuggee.textBase();
        return base === undefined ? '' : `TextSeg=${base.toString(16)}`;
      }
      case 'qSymbol':
        return this.#symbolCheck.answer(rest);
      case 'qRcmd':
        return this.#monitor(rest);
      case 'qqemu.PhyMemMode':
        return this.#space === 'physical' ? '1' : '0';
      case 'Qqemu.PhyMemMode':
        if (rest !== '0' && rest !== '1') return 'E16';
        this.#space = rest === '1' ? 'physical' : 'virtual';
        return 'OK';
      default:
        return '';
    }
  }

  #supported(text: string): string {
    const client = new Set(text.split(';'));
    this.#tellsBreak = { swbreak: client.has('swbreak+'), hwbreak: client.has('hwbreak+') };
    return [
      `PacketSize=${PACKET_BYTES_MAX.toString(16)}`,
      'QStartNoAckMode+',
      'qXfer:features:read+',
      'vContSupported+',
      'ConditionalBreakpoints+',
      ...Object.entries(this.#tellsBreak).flatMap(([name, tells]) => (tells ? [`${name}+`] : [])),
      ...(this.#debuggee.isReversible ? ['ReverseStep+', 'ReverseContinue+'] : []),
    ].join(';');
  }
  #transfer(text: string): string | Uint8Array {
    const [object, operation, annex, range] = text.split(':');
    if (object !== 'features' || operation !== 'read') return '';
    if (annex !== 'target.xml') return 'E00';
    const [offset, length] = (range ?? '').split(',').map(hexNumber);
    if (offset === undefined || length === undefined) return 'E16';
    const xml = this.#description.xml();
    const from = Number(offset);
    const to = from + Math.min(Number(length), READ_BYTES_MAX);
    return `${to < xml.length ? 'm' : 'l'}${xml.slice(from, to)}`;
  }
  #monitor(hex: string): string | undefined {
    const bytes = bytesOf(hex);
    if (bytes === undefined) return 'E16';
    try {
      const errand = this.#ports.monitor(new TextDecoder().decode(bytes), (text) => {
        if (this.#end === undefined) this.#output(text);
      });
      if (errand !== undefined) {
        this.#attend(errand);
        return undefined;
      }
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      this.#output(`${error.message}\n`);
    }
    return 'OK';
  }
  #attend(errand: Errand): void {
    this.#errand = errand;
    void errand.done.then(() => {
      this.#errand = undefined;
      if (this.#end !== undefined) return;
      this.#send('OK');
      this.#takeWaiting();
    });
  }

  // --- threads ---------------------------------------------------------------------------------------------------------
  get #vcpu(): number {
    return this.#selected ?? this.#debuggee.current;
  }
  get #description(): TargetDescription {
    return this.#debuggee.vcpus[this.#vcpu] as TargetDescription;
  }
  get #general(): readonly Register[] {
    return this.#description.general;
  }
  /** The vCPU of a thread's number. */
  #threadOf(text: string): number | undefined {
    const id = hexNumber(text);
    return id !== undefined && id >= 1n && id <= BigInt(this.#debuggee.vcpus.length) ? Number(id) - 1 : undefined;
  }
  /** `Hg` and `Hc` with a thread, 0 for any or -1 for all. */
  #select(text: string): string {
    const id = text.slice(1);
    const vcpu = this.#threadOf(id);
    if (vcpu === undefined && id !== '0' && id !== '-1') return 'E16';
    if (text.startsWith('g')) this.#selected = vcpu;
    return 'OK';
  }

  // --- registers and memory --------------------------------------------------------------------------------------------
  #readRegister(text: string): string {
    const register = this.#description.at(Number(hexNumber(text) ?? -1n));
    return register === undefined ? 'E16' : hexOf(bytesOfRegister(register));
  }
  #writeRegister(text: string): string {
    const [number, hex = ''] = text.split('=');
    const register = this.#description.at(Number(hexNumber(number) ?? -1n));
    const bytes = bytesOf(hex);
    if (register === undefined || bytes?.length !== register.bits / 8) return 'E16';
    return this.#written(() => this.#set(register.name, fromLittleEndian(bytes)));
  }
  #writeGeneral(hex: string): string {
    const bytes = bytesOf(hex);
    const size = this.#general.reduce((sum, { bits }) => sum + bits / 8, 0);
    if (bytes?.length !== size) return 'E16';
    let at = 0;
    return this.#written(() => {
      for (const register of this.#general) {
        const value = fromLittleEndian(bytes.subarray(at, at + register.bits / 8));
        at += register.bits / 8;
        // GDB writes all of them for the sake of one.
        if (value !== register.read()) this.#set(register.name, value);
      }
    });
  }

  #set(name: string, value: bigint): void {
    this.#debuggee.writeRegister(name, value, this.#vcpu);
  }

  #readMemory(text: string): string {
    const [at, length] = text.split(',').map(hexNumber);
    if (at === undefined || length === undefined) return 'E16';
    const bytes = this.#debuggee.read(this.#space, at, Math.min(Number(length), READ_BYTES_MAX), this.#vcpu);
    return bytes.length === 0 && length > 0n ? 'E14' : hexOf(bytes);
  }
  #writeMemory(where: string, bytes: Uint8Array | undefined): string {
    const [at, length] = where.split(',').map(hexNumber);
    if (at === undefined || length === undefined || bytes?.length !== Number(length)) return 'E16';
    // GDB finds out with no bytes whether the packet is known.
    if (bytes.length === 0) return 'OK';
    return this.#written(() => this.#debuggee.write(this.#space, at, bytes, this.#vcpu));
  }
  /** Why something cannot be written GDB shows of registers alone. */
  #written(write: () => void): string {
    try {
      write();
      return 'OK';
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      this.#ports.tell(error.message);
      return `E.${error.message}`;
    }
  }

  // --- running ---------------------------------------------------------------------------------------------------------
  #back(text: string): string | undefined {
    if (!this.#debuggee.isReversible) return '';
    if (text === 'c') return this.#resume('backwards');
    return text === 's' ? this.#step('backwards') : '';
  }
  /** Of several actions the one that does least: the vCPUs' turns are not a debugger's to choose. */
  #continue(text: string): string | undefined {
    const actions = text.split(';').map((action) => action.split(':')[0] ?? '');
    if (actions.some((action) => !/^(c|s|t|[CS][0-9a-f]{2}|r[0-9a-f]{1,16},[0-9a-f]{1,16})$/.test(action)))
      return 'E16';
    const range = actions.find((action) => action.startsWith('r'));
    if (range !== undefined) {
      const [from = 0n, to = 0n] = range.slice(1).split(',').map(hexNumber);
      const isBreakpoint = (at: bigint): boolean => this.#points.kindAt(at) !== undefined;
      return this.#start(() => new RangeStepping(this.#debuggee, from, to, isBreakpoint));
    }
    if (actions.some((action) => action.startsWith('s') || action.startsWith('S'))) return this.#step('forwards');
    return actions.every((action) => action === 't') ? 'OK' : this.#resume('forwards');
  }
  #step(direction: Direction): undefined {
    return this.#start(() => ({ slice: () => this.#debuggee.step(direction), interrupt() {} }));
  }
  #resume(direction: Direction): undefined {
    return this.#start(() => this.#debuggee.run(direction));
  }
  /** The machine has the points first. */
  #start(run: () => DebugRun): undefined {
    const points = this.#points.changed(() => this.#context());
    if (points !== undefined) this.#debuggee.setPoints(points);
    this.#selected = undefined;
    this.#run = run();
    const finding = this.#symbolCheck.take();
    if (finding !== undefined) this.#failed(new Failure(finding));
  }
  #stopReply(stop: DebugStop): string {
    // From now on the client means this one, until it says otherwise.
    this.#selected = this.#debuggee.current;
    return stopReply(stop, {
      vcpu: this.#selected,
      description: this.#description,
      breakAt: (pc) => {
        const kind = this.#points.kindAt(pc);
        return kind !== undefined && this.#tellsBreak[kind] ? kind : undefined;
      },
    });
  }
  #context(): AgentContext {
    return {
      register: (number) => this.#description.at(number)?.read(),
      memory: (at, bytes) => {
        const found = this.#debuggee.read('virtual', at, bytes);
        return found.length === bytes ? found : undefined;
      },
    };
  }
}
