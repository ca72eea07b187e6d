import { Failure } from '../base/failure.ts';
import type { Witness } from '../replay/symbols/same-kernel.ts';
import type { Debuggee, DebugRun, DebugStop, Direction, Space, StopPoints } from './debuggee.ts';
import { framed, PacketReader, textOf } from './packet.ts';
import { GdbStub, type StubPorts } from './stub.ts';
import { TargetDescription } from './target-description.ts';

const BASE = 0x1000n;
const RAM = 0x8000n;

/** A machine of a hundred instructions, each of which adds its number to a counter in memory. */
export class FakeDebuggee implements Debuggee {
  at = 0;
  readonly last = 100;
  readonly memory = new Uint8Array(64);
  readonly x = [0n, 0n];
  refusal: string | undefined = undefined;
  readonly written: [string, bigint][] = [];
  points: StopPoints = { breakpoints: [], watchpoints: [], accepts: () => true };
  given = 0;
  functions: readonly Witness[] = [];
  readonly current = 0;
  readonly runsItself = false;
  readonly isReversible: boolean = true;
  readonly vcpus = [
    new TargetDescription('aarch64', [
      {
        name: 'org.gnu.gdb.aarch64.core',
        registers: [
          ...[0, 1].map((n) => ({
            name: `x${n}`,
            bits: 64 as const,
            read: () => this.x[n] ?? 0n,
          })),
          { name: 'sp', bits: 64, read: () => 0x7000n },
          { name: 'pc', bits: 64, read: () => BASE + 4n * BigInt(this.at) },
        ],
      },
      {
        name: 'org.hypertape.el2',
        registers: [{ name: 'ESR_EL2', bits: 64, group: 'system', read: () => 0x5600_0000n }],
      },
    ]),
  ];

  read(space: Space, at: bigint, bytes: number): Uint8Array {
    const from = space === 'virtual' ? at - RAM : at;
    if (from < 0n || from >= 64n) return new Uint8Array(0);
    return this.memory.slice(Number(from), Number(from) + bytes);
  }
  write(_space: Space, at: bigint, bytes: Uint8Array): void {
    const from = Number(at - RAM);
    if (this.refusal !== undefined) throw new Failure(this.refusal);
    if (from < 0 || from + bytes.length > 64) throw new Failure('no memory');
    this.memory.set(bytes, from);
  }
  writeRegister(name: string, value: bigint): void {
    if (this.refusal !== undefined) throw new Failure(this.refusal);
    this.written.push([name, value]);
    if (name.startsWith('x')) this.x[Number(name.slice(1))] = value;
  }
  textBase(): bigint {
    return 0xffff_8000_1234_0000n;
  }
  witnesses(): readonly Witness[] {
    return this.functions;
  }
  setPoints(points: StopPoints): void {
    this.points = points;
    this.given++;
  }
  release(): void {}
  step(direction: Direction): DebugStop {
    if (direction === 'forwards' && this.at === this.last) return { kind: 'end' };
    if (direction === 'backwards' && this.at === 0) return { kind: 'start' };
    this.at += direction === 'forwards' ? 1 : -1;
    return { kind: 'step' };
  }
  run(direction: Direction): DebugRun {
    let isInterrupted = false;
    const { breakpoints, accepts } = this.points;
    return {
      interrupt: () => {
        isInterrupted = true;
      },
      slice: () => {
        if (isInterrupted) return { kind: 'interrupted' };
        for (let n = 0; n < 10; n++) {
          const stop = this.step(direction);
          if (stop.kind !== 'step') return stop;
          const pc = BASE + 4n * BigInt(this.at);
          if (breakpoints.includes(pc) && accepts(pc)) return { kind: 'breakpoint' };
        }
        return undefined;
      },
    };
  }
}

/** A client: says packets, and reads the answers. */
export class FakeClient {
  readonly debuggee = new FakeDebuggee();
  readonly told: string[] = [];
  readonly stub: GdbStub;
  readonly #reader = new PacketReader();
  #answers: string[] = [];
  /** Whether it takes what it is sent. */
  reads = true;
  /** All that came, acknowledgements included. */
  raw = '';

  constructor(monitor: StubPorts['monitor'] = () => undefined) {
    this.stub = new GdbStub(this.debuggee, {
      send: (bytes) => {
        this.raw += textOf(bytes);
        for (const incoming of this.#reader.read(bytes))
          if (incoming.kind === 'packet') this.#answers.push(textOf(incoming.bytes));
        return this.reads;
      },
      tell: (line) => void this.told.push(line),
      monitor,
    });
  }

  /** The answers to a packet, what runs included. */
  say(payload: string | Uint8Array): string[] {
    this.send(framed(payload));
    return this.finish();
  }
  send(bytes: Uint8Array): void {
    this.stub.receive(bytes);
  }
  finish(): string[] {
    while (this.stub.isRunning) this.stub.work();
    return this.answers();
  }
  answers(): string[] {
    return this.#answers.splice(0);
  }
}
